"""Batches: the list, preparing one with a look at whom it reaches, releasing and withdrawing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.pages import Action
from audit.reads import reads, reads_nothing
from audit.trail import record_list
from audit.workflow import Problem, Refused
from records.candidates.models import Candidate
from records.catalogue.models import Major
from records.jobs.models import Job
from records.jobs.views import progress_of
from records.messages import batches, choosing
from records.messages.forms import RECORDS, BatchForm
from records.messages.models import MessageBatch
from records.messages.templates import segments
from records.offices.models import Office
from records.people.models import User
from records.people.requests import SignedRequest

PAGE = 50


@reads_nothing
@require_safe
def batch_list(request: SignedRequest) -> HttpResponse:
    """The office's batches, the latest first."""
    _require_either(request.user)
    before = request.GET.get("before", "")
    found = batches.visible_to(request.user).order_by("-pk")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    shown = list(found[: PAGE + 1])
    more, shown = len(shown) > PAGE, shown[:PAGE]
    context = {
        "rows": [{"batch": batch, "state": state_of(batch)} for batch in shown],
        "pages": {"shown": len(shown), "unit": _("批"), "next_url": f"?before={shown[-1].pk}" if more else ""},
        "may_prepare": request.user.has_perm(batches.PREPARE),
    }
    return render(request, "records/messages/batches.html", context)


def _require_either(user: User) -> None:
    if not (user.has_perm(batches.PREPARE) or user.has_perm(batches.RELEASE)):
        raise PermissionDenied(batches.PREPARE)


def state_of(batch: MessageBatch) -> Any:
    """The word of a batch's state."""
    if batch.cancelled_at:
        return _("已撤回")
    if batch.released_at is None:
        return _("待第二人确认")
    if batch.job is not None and batch.job.state == Job.State.DONE:
        return _("已发送")
    return _("失败") if batch.job is not None and batch.job.state == Job.State.FAILED else _("进行中")


@reads("list")
@permission_required(batches.PREPARE, raise_exception=True)
@require_http_methods(["GET", "POST"])
def new(request: SignedRequest) -> HttpResponse:
    """Write a batch, see whom it reaches, have it held."""
    office = batches.office_of(request.user)
    form = BatchForm(request.POST or None, is_city=office.kind == Office.Kind.MUNICIPALITY)
    context: dict[str, Any] = {"form": form, "crumbs": _crumbs(_("新的群发消息"))}
    if form.is_valid():
        if "hold" in request.POST:
            return _held(request, form)
        context["preview"] = _preview(office, form)
    return render(request, "records/messages/new.html", context, status=422 if form.errors else 200)


def _held(request: SignedRequest, form: BatchForm) -> HttpResponse:
    given = form.cleaned_data
    batch = batches.prepare(request.user, title=given["title"], text=given["text"], query=form.query, by_sms=given["by_sms"])
    messages.success(request, _("已保存，等负责人放行；放行以前什么也不会发出。"))
    return redirect("messages:detail", batch.pk)


def _preview(office: Office, form: BatchForm) -> dict[str, Any]:
    """How many it reaches, how long the short message is, and three of those whom it reaches, masked."""
    found = batches.recipients(office, form.query)
    examples = [_masked(person) for person in found.order_by("pk")[: batches.EXAMPLES]]
    record_list("message-batch", Candidate, len(examples), purpose=_("拟群发消息"))
    text = batches.sms_of(form.cleaned_data["text"])
    return {"count": found.count(), "examples": examples, "sms": text, "segments": segments(text)}


def _masked(person: Candidate) -> str:
    """A name's first character and the masked phone: enough to see that the right people are meant."""
    return f"{person.name[:1]}{'*' * max(1, len(person.name) - 1)} {person.phone_mask or _('没有手机号码')}"


@reads_nothing
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """A batch: what it says, whom it is about, how far it is."""
    _require_either(request.user)
    return _page(request, get_object_or_404(batches.visible_to(request.user), pk=pk))


def _page(request: SignedRequest, batch: MessageBatch, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    count = batches.recipients(batch.office, batch.query).count() if batches.is_held(batch) else batch.count
    context = {
        "batch": batch,
        "state": state_of(batch),
        "facts": _facts(batch, count),
        "crumbs": _crumbs(batch.title),
        "problems": problems,
        "job": progress_of(batch.job) if batch.job else None,
        "actions": list(_actions(request.user, batch, count)),
        "barred": _barred(request.user, batch),
        "count": count,
    }
    return render(request, "records/messages/detail.html", context, status=409 if problems else 200)


def _facts(batch: MessageBatch, count: int) -> list[tuple[Any, ...]]:
    sms = batches.sms_of(batch.text)
    by_sms = _("发，每人%(count)s条") % {"count": segments(sms)} if batch.by_sms else _("不发")
    return [
        (_("标题"), batch.title),
        (_("内容"), batch.text, True),
        (_("发给"), _whom(batch), True),
        (_("人数"), f"{count:,}"),
        (_("短信"), by_sms),
        (_("拟稿"), f"{batch.prepared_by}（{batch.office}）"),
        (_("放行"), batch.released_by),
    ]


def _whom(batch: MessageBatch) -> str:
    """The choice in words."""
    query = batch.query
    words = [
        _("%(office)s管理的考生") % {"office": batch.office} if batch.office.kind != Office.Kind.MUNICIPALITY else _("全市考生")
    ]
    words += [str(office) for office in Office.objects.filter(pk=query.get("university"))]
    words += [str(major) for major in Major.objects.filter(pk=query.get("major"))]
    words += [str(word) for key, word in RECORDS if key and key == query.get("record")]
    words += [choosing.words_of(query["case"]) or _("已不能选的办理情况")] if query.get("case") else []
    days = [query.get("first_day", ""), query.get("last_day", "")]
    if any(days):
        words.append(_("%(first)s至%(last)s注册") % {"first": days[0] or _("最早"), "last": days[1] or _("今天")})
    return "，".join(words)


def _actions(user: User, batch: MessageBatch, count: int) -> Any:
    if not batches.is_held(batch):
        return
    if batches.may_release(user, batch):
        url = f"{reverse('messages:release', args=[batch.pk])}?expected={count}"
        label = _("放行，发给%(count)s人") % {"count": f"{count:,}"}
        yield Action("release", label, url, "primary", "confirm", _("随即开始发送，不能收回。"))
    if batches.may_cancel(user, batch):
        url = reverse("messages:cancel", args=[batch.pk])
        yield Action("cancel", _("撤回"), url, "outline-danger", "confirm", _("这一批就此作废，什么也不会发出。"))


def _barred(user: User, batch: MessageBatch) -> list[str]:
    if batches.is_held(batch) and user.pk == batch.prepared_by_id:
        return [_("放行须由负责人、另一人办理。")]
    return []


@reads_nothing
@permission_required(batches.RELEASE, raise_exception=True)
@require_POST
def release(request: SignedRequest, pk: int) -> HttpResponse:
    """Release a batch to as many people as its page showed."""
    batch = get_object_or_404(batches.visible_to(request.user), pk=pk)
    expected = request.GET.get("expected", "")
    try:
        batches.release(batch, by=request.user, expected=int(expected) if expected.isascii() and expected.isdigit() else -1)
    except Refused as refusal:
        return _page(request, batches.visible_to(request.user).get(pk=pk), tuple(refusal.problems))
    messages.success(request, _("已放行，正在发送。"))
    return redirect("messages:detail", pk)


@reads_nothing
@require_POST
def cancel(request: SignedRequest, pk: int) -> HttpResponse:
    """Withdraw a batch that is held."""
    _require_either(request.user)
    batch = get_object_or_404(batches.visible_to(request.user), pk=pk)
    try:
        batches.cancel(batch, by=request.user)
    except Refused as refusal:
        return _page(request, batches.visible_to(request.user).get(pk=pk), tuple(refusal.problems))
    messages.success(request, _("已撤回，什么也没有发出。"))
    return redirect("messages:list")


def _crumbs(here: str) -> list[tuple[str, str]]:
    return [(_("群发消息"), reverse("messages:list")), (here, "")]

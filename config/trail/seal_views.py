"""The seals: their list, the verification of the whole chain as a job, and whether a seal on paper still stands."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.models import Seal
from audit.reads import reads_nothing
from config.trail.forms import SealCheckForm
from config.trail.sight import TRAIL, sees_everything
from config.trail.verifying import JOB, request_verification
from config.wording import grouped
from records.jobs.models import Job
from records.jobs.views import progress_of
from records.people.requests import SignedRequest

PAGE = 30


@reads_nothing
@permission_required(TRAIL, raise_exception=True)
@require_safe
def seal_list(request: SignedRequest) -> HttpResponse:
    """The seals, newest first, and what the last verification found."""
    return _page(request, SealCheckForm())


@reads_nothing
@permission_required(TRAIL, raise_exception=True)
@require_POST
def verify(request: SignedRequest) -> HttpResponse:
    """Have the whole trail verified; one verification at a time."""
    if not sees_everything(request.user):
        raise PermissionDenied(TRAIL)
    request_verification(request.user)
    return redirect("trail:seals")


@reads_nothing
@permission_required(TRAIL, raise_exception=True)
@require_http_methods(["POST"])
def check(request: SignedRequest) -> HttpResponse:
    """Whether a seal on paper is the one that is kept."""
    form = SealCheckForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    return _page(request, form, answer=_answer(form.cleaned_data["number"], form.cleaned_data["printed"]))


def _answer(number: int, printed: str) -> dict[str, Any]:
    """What to say of a printed seal: tone, headline, what follows."""
    kept = Seal.objects.filter(number=number).values_list("hash", flat=True).first()
    words = {"number": number}
    if kept is None:
        text = _("现在的链比纸上的短。请先看号码有没有抄错；没有抄错的，说明留痕被截断过，请立即报告负责人。")
        return {"tone": "no", "title": _("没有第%(number)s号封存") % words, "text": text}
    if bytes(kept).hex() != printed:
        text = _("请先看有没有抄错；没有抄错的，说明第%(number)s号或它以前的留痕被改动过，请立即报告负责人。") % words
        return {"tone": "no", "title": _("第%(number)s号封存与纸上的不一致") % words, "text": text}
    text = _("这个校验值含有它以前的全部封存。留痕本身有没有被改动，请再做一次核验。")
    return {"tone": "ok", "title": _("第%(number)s号封存与纸上的一致") % words, "text": text}


def _page(
    request: SignedRequest, form: SealCheckForm, *, answer: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    rows, pages = _seals(request.GET.get("before", ""))
    last = Job.objects.filter(kind=JOB).select_related("started_by").order_by("-pk").first()
    context = {
        "seals": rows,
        "pages": pages,
        "form": form,
        "answer": answer,
        "may_verify": sees_everything(request.user),
        "last": last,
        "job": progress_of(last) if last else None,
        "is_running": last is not None and last.finished_at is None,
        "crumbs": [(_("工作台"), reverse("desk")), (_("封存"), "")],
    }
    return render(request, "config/trail/seals.html", context, status=status)


def _seals(before: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    seals = Seal.objects.order_by("-number")
    if before.isascii() and before.isdigit() and len(before) < 19:
        seals = seals.filter(number__lt=int(before))
    found = list(seals.values("number", "sealed_at", "entries", "hash")[: PAGE + 1])
    shown = [{**seal, "hash": grouped(bytes(seal["hash"]).hex(), 8)} for seal in found[:PAGE]]
    pages = {
        "shown": len(shown),
        "unit": _("号"),
        "previous_url": reverse("trail:seals") if before else "",
        "next_url": f"?before={shown[-1]['number']}" if len(found) > PAGE else "",
    }
    return shown, pages

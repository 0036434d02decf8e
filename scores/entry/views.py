"""Batches of marks: the list, the upload, the report, what confirming and undoing would do."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads, reads_nothing
from audit.trail import record_list
from records.imports.batches import is_under_way
from records.imports.report_pages import BatchPages, way
from records.people.models import User
from records.people.requests import SignedRequest
from scores.entry.entering import is_left_unchecked, request_entry, start_check, undo, why_not_undone
from scores.entry.forms import UploadForm
from scores.entry.fresh_eyes import why_not_confirmed_by
from scores.entry.importing import receive, sitting_named
from scores.models import ReplacedMark, ScoreBatch
from scores.publishing.publication import waiting_publications

IMPORT = "scores.import_scores"
PUBLISH = "scores.publish_scores"
PAGES = BatchPages("scores:", gettext_lazy("成绩批次"))
State = ScoreBatch.State


def visible_batches(request: SignedRequest) -> QuerySet[ScoreBatch]:
    """The batches that this person may know of; without the long fault lists of their files."""
    batches = ScoreBatch.objects.visible_to(request.user)
    return batches.select_related("sitting", "file__sent_by", "job", "publication").defer("file__outcome")


def batch_or_404(request: SignedRequest, pk: int) -> ScoreBatch:
    """The batch: missing for who is outside the office, forbidden for who has other duties in it."""
    batch = get_object_or_404(visible_batches(request), pk=pk)
    if not request.user.has_perm(IMPORT):
        raise PermissionDenied(IMPORT)
    return batch


@reads_nothing
@require_safe
def batch_list(request: SignedRequest) -> HttpResponse:
    """All batches, the newest first, and the publications that wait for somebody."""
    if not (request.user.has_perm(IMPORT) or request.user.has_perm(PUBLISH)):
        raise PermissionDenied(IMPORT)
    if not request.user.reach.municipal:
        raise Http404
    rows = Cast(KT("preview__rows"), BigIntegerField())
    batches = visible_batches(request).annotate(rows=rows).defer("preview", "file__outcome")
    shown, pages = PAGES.listed(batches, request.GET.get("before", ""))
    context = {
        "batches": shown,
        "pages": pages,
        "publications": waiting_publications(),
        "may_import": request.user.has_perm(IMPORT),
    }
    return render(request, "scores/batches.html", context)


@reads_nothing
@permission_required(IMPORT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def upload(request: SignedRequest) -> HttpResponse:
    """A file is kept and a worker checks it; the same file again leads to the batch that it made before."""
    if not request.user.reach.municipal:
        raise Http404
    form = UploadForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        crumbs = PAGES.crumbs(last=_("上传"))
        return render(request, "scores/upload.html", {"form": form, "crumbs": crumbs}, status=422 if form.is_bound else 200)
    sitting = sitting_named(form.cleaned_data["sitting"])
    sent, kind = form.cleaned_data["file"], form.cleaned_data["kind"]
    batch, is_new = receive(sent, sitting, kind, by=request.user, also_waiting=True)
    if is_new or is_left_unchecked(batch):
        start_check(batch, by=request.user)
    return PAGES.arrived(batch, is_new=is_new)


@reads("list")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The report of a batch and what may be done with it now; with ``?part=progress`` the bar alone while a worker is at it."""
    batch = batch_or_404(request, pk)
    return PAGES.progress(request, batch) or page(request, batch)


def page(request: SignedRequest, batch: ScoreBatch, *, problems: Any = (), status: int = 200) -> HttpResponse:
    """The page of a batch, with what forbade the last step. Faults quote the file's numbers: who sees them leaves a line."""
    faults = batch.preview.get("first", [])
    if faults:
        record_list("score-faults", batch, len(faults), purpose=_("核对成绩批次的错误"))
    under_way = is_under_way(batch)
    context = {
        **PAGES.shown(request, batch, batch.preview, is_faulty=batch.state == State.FAULTY),
        "steps": _steps(batch),
        "actions": [] if under_way else _actions(batch, request.user),
        "barred": [] if under_way else _barred(batch, request.user),
        "may_mend": True,
        "problems": problems,
    }
    return render(request, "scores/batch.html", context, status=status)


def _page_again(request: SignedRequest, pk: int, *, problems: Any, status: int) -> HttpResponse:
    """The page as the batch stands by now."""
    return page(request, batch_or_404(request, pk), problems=problems, status=status)


@reads("list")
@require_POST
def confirm(request: SignedRequest, pk: int) -> HttpResponse:
    """Enter the batch, or show the page again with what forbids it."""
    batch = batch_or_404(request, pk)
    return PAGES.taken(batch, partial(request_entry, batch, by=request.user), partial(_page_again, request, pk))


@reads("list")
@require_http_methods(["GET", "POST"])
def undo_batch(request: SignedRequest, pk: int) -> HttpResponse:
    """What undoing would destroy and restore, then the step itself with its reason."""
    batch = batch_or_404(request, pk)
    note = request.POST.get("note", "").strip()
    if request.method == "GET" or not note:
        return _undo_page(request, batch, is_note_missing=request.method == "POST")
    return PAGES.taken(batch, partial(undo, batch, by=request.user, note=note), partial(_page_again, request, pk))


def _undo_page(request: SignedRequest, batch: ScoreBatch, *, is_note_missing: bool) -> HttpResponse:
    if batch.state not in (State.FAULTY, State.READY, State.CONFIRMED):
        return redirect("scores:batch", batch.pk)
    is_entered = batch.state == State.CONFIRMED
    removed = batch.preview["new"] if is_entered else 0
    restored = ReplacedMark.objects.filter(batch=batch).count() if is_entered else 0
    context = {
        "batch": batch,
        "is_entered": is_entered,
        "facts": [(_("取出的成绩"), f"{removed:,}"), (_("恢复原样的成绩"), f"{restored:,}")],
        "barred": why_not_undone(batch) if is_entered else "",
        "is_note_missing": is_note_missing,
        "urls": PAGES.urls(batch),
        "crumbs": PAGES.crumbs(batch, last=_("撤销")),
    }
    return render(request, "scores/undo.html", context, status=422 if is_note_missing else 200)


@reads("export")
@require_safe
def faults(request: SignedRequest, pk: int) -> FileResponse:
    """The rows as they came, with what is wrong."""
    batch = batch_or_404(request, pk)
    if batch.state != State.FAULTY:
        raise Http404
    return PAGES.workbook(batch, "score-faults", batch.preview["rows"], purpose=_("下载带错误列的成绩表"))


def _steps(batch: ScoreBatch) -> list[dict[str, str]]:
    """The way of a batch; where it stands now."""
    names = [_("上传"), _("校验"), _("预览"), _("确认入库"), _("公布")]
    here = {State.CHECKING: 1, State.FAULTY: 1, State.READY: 2, State.CONFIRMED: 4, State.PUBLISHED: 5}.get(
        State(batch.state), -1
    )
    if batch.state == State.READY and is_under_way(batch):
        here = 3
    return way(names, here)


def _actions(batch: ScoreBatch, user: User) -> list[dict[str, Any]]:
    """The buttons of the page, the main one first."""
    undo_url = reverse("scores:undo", args=[batch.pk])
    give_up = {"name": "undo", "label": _("作废这个批次…"), "url": undo_url, "is_link": True, "tone": "outline-danger"}
    if batch.state == State.FAULTY:
        return [{**give_up, "then": _("什么都没有入库。文件和错误清单仍然留存。")}]
    if batch.state == State.READY:
        entry = [] if why_not_confirmed_by(batch, user) else [_entry(batch)]
        return [*entry, {**give_up, "then": _("什么都没有入库。文件仍然留存。")}]
    if batch.state == State.CONFIRMED and batch.publication:
        line = _("先看影响到谁，由一人提出，另一人确认。")
        url = reverse("scores:publication", args=[batch.publication.pk])
        follow = {"name": "publication", "label": _("去公布"), "url": url, "is_link": True, "tone": "primary", "then": line}
        label, then = _("撤销整个批次…"), _("入库的成绩全部取出，被它改动的恢复原样。公布以前都可以。")
        return [follow] if why_not_undone(batch) else [follow, {**give_up, "label": label, "then": then}]
    return []


def _entry(batch: ScoreBatch) -> dict[str, Any]:
    then = _("写入 %(new)s 个新成绩，改动 %(changed)s 个，%(same)s 个不变。公布以前任何人都看不到。") % {
        key: f"{batch.preview[key]:,}" for key in ("new", "changed", "same")
    }
    url = reverse("scores:confirm", args=[batch.pk])
    return {"name": "confirm", "label": _("确认入库"), "url": url, "tone": "primary", "asks": "confirm", "then": then}


def _barred(batch: ScoreBatch, user: User) -> list[str]:
    if batch.state == State.READY and why_not_confirmed_by(batch, user):
        return [why_not_confirmed_by(batch, user)]
    return [why_not_undone(batch)] if batch.state == State.CONFIRMED and why_not_undone(batch) else []

"""Files of registrations: the list, the upload, the report, what confirming and undoing would do."""

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
from records.people.requests import SignedRequest
from scores.batches import is_left_unchecked
from scores.entry.importing import sitting_named
from scores.models import RegistrationFile
from scores.sittings.entering import removal_of, request_entry, start_check, undo, why_not_undone
from scores.sittings.finding import SIT
from scores.sittings.forms import UploadForm
from scores.sittings.importing import receive

PAGES = BatchPages("sittings:", gettext_lazy("报考批次"))
State = RegistrationFile.State


def _visible(request: SignedRequest) -> QuerySet[RegistrationFile]:
    batches = RegistrationFile.objects.visible_to(request.user)
    return batches.select_related("sitting", "file__sent_by", "job").defer("file__outcome")


def _batch_or_404(request: SignedRequest, pk: int) -> RegistrationFile:
    """The batch: missing for who is outside the office, forbidden for who has other duties in it."""
    batch = get_object_or_404(_visible(request), pk=pk)
    if not request.user.has_perm(SIT):
        raise PermissionDenied(SIT)
    return batch


@reads_nothing
@permission_required(SIT, raise_exception=True)
@require_safe
def batch_list(request: SignedRequest) -> HttpResponse:
    """All files of registrations, the newest first."""
    rows = Cast(KT("preview__rows"), BigIntegerField())
    batches = _visible(request).annotate(rows=rows).defer("preview", "file__outcome")
    shown, pages = PAGES.listed(batches, request.GET.get("before", ""))
    crumbs = [(_("考次"), reverse("sittings:list")), (_("报考批次"), "")]
    return render(request, "scores/sittings/batches.html", {"batches": shown, "pages": pages, "crumbs": crumbs})


@reads_nothing
@permission_required(SIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def upload(request: SignedRequest) -> HttpResponse:
    """A file is kept and a worker checks it; the same file again leads to the batch that it made before."""
    initial = {"sitting": request.GET.get("sitting", "")[:7]}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial)
    if not form.is_valid():
        crumbs = PAGES.crumbs(last=_("上传"))
        status = 422 if form.is_bound else 200
        return render(request, "scores/sittings/upload.html", {"form": form, "crumbs": crumbs}, status=status)
    sitting, practical = sitting_named(form.cleaned_data["sitting"]), form.cleaned_data["kind"] == "practical"
    batch, is_new = receive(form.cleaned_data["file"], sitting, practical=practical, by=request.user, also_waiting=True)
    if is_new or is_left_unchecked(batch):
        start_check(batch, by=request.user)
    return PAGES.arrived(batch, is_new=is_new)


@reads("list")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The report of a batch and what may be done with it now; with ``?part=progress`` the bar alone while a worker is at it."""
    batch = _batch_or_404(request, pk)
    return PAGES.progress(request, batch) or _page(request, batch)


def _page(request: SignedRequest, batch: RegistrationFile, *, problems: Any = (), status: int = 200) -> HttpResponse:
    """The page of a batch, with what forbade the last step. Its report quotes the file's numbers: seeing them leaves a line."""
    noted = batch.preview.get("first", []) or batch.preview.get("warnings", [])
    if noted:
        record_list("registration-faults", batch, len(noted), purpose=_("核对报考批次"))
    under_way = is_under_way(batch)
    barred = why_not_undone(batch) if batch.state == State.ENTERED and not under_way else ""
    context = {
        **PAGES.shown(request, batch, batch.preview, is_faulty=batch.state == State.FAULTY),
        "steps": _steps(batch),
        "actions": [] if under_way else _actions(batch, barred),
        "barred": [barred] if barred else [],
        "may_mend": True,
        "problems": problems,
    }
    return render(request, "scores/sittings/batch.html", context, status=status)


def _page_again(request: SignedRequest, pk: int, *, problems: Any, status: int) -> HttpResponse:
    """The page as the batch stands by now."""
    return _page(request, _batch_or_404(request, pk), problems=problems, status=status)


@reads("list")
@require_POST
def confirm(request: SignedRequest, pk: int) -> HttpResponse:
    """Enter the batch, or show the page again with what forbids it."""
    batch = _batch_or_404(request, pk)
    return PAGES.taken(batch, partial(request_entry, batch, by=request.user), partial(_page_again, request, pk))


@reads("list")
@require_http_methods(["GET", "POST"])
def undo_batch(request: SignedRequest, pk: int) -> HttpResponse:
    """What undoing would take out and put back, then the step itself with its reason."""
    batch = _batch_or_404(request, pk)
    note = request.POST.get("note", "").strip()
    if request.method == "GET" or not note:
        return _undo_page(request, batch, is_note_missing=request.method == "POST")
    return PAGES.taken(batch, partial(undo, batch, by=request.user, note=note), partial(_page_again, request, pk))


def _undo_page(request: SignedRequest, batch: RegistrationFile, *, is_note_missing: bool) -> HttpResponse:
    if batch.state not in (State.FAULTY, State.READY, State.ENTERED):
        return redirect("sittings:batch", batch.pk)
    removal = removal_of(batch)
    facts = [
        (_("取出的报考"), f"{removal.removed:,}"),
        (_("恢复原座位的报考"), f"{removal.restored:,}"),
        (_("其中已有成绩"), f"{removal.marked:,}"),
    ]
    context = {
        "batch": batch,
        "is_entered": batch.state == State.ENTERED,
        "facts": facts,
        "barred": why_not_undone(batch) if batch.state == State.ENTERED else "",
        "is_note_missing": is_note_missing,
        "urls": PAGES.urls(batch),
        "crumbs": PAGES.crumbs(batch, last=_("撤销")),
    }
    return render(request, "scores/sittings/undo.html", context, status=422 if is_note_missing else 200)


@reads("export")
@require_safe
def faults(request: SignedRequest, pk: int) -> FileResponse:
    """The rows as they came, with what is wrong."""
    batch = _batch_or_404(request, pk)
    if batch.state != State.FAULTY:
        raise Http404
    return PAGES.workbook(batch, "registration-faults", batch.preview["rows"], purpose=_("下载带错误列的报考表"))


def _steps(batch: RegistrationFile) -> list[dict[str, str]]:
    """The way of a batch; where it stands now."""
    here = {State.CHECKING: 1, State.FAULTY: 1, State.READY: 2, State.ENTERED: 4}.get(State(batch.state), -1)
    if batch.state == State.READY and is_under_way(batch):
        here = 3
    return way([_("上传"), _("校验"), _("预览"), _("确认入库")], here)


def _actions(batch: RegistrationFile, barred: str) -> list[dict[str, Any]]:
    """The buttons of the page, the main one first."""
    undo_url = reverse("sittings:undo", args=[batch.pk])
    give_up = {"name": "undo", "label": _("作废这个批次…"), "url": undo_url, "is_link": True, "tone": "outline-danger"}
    if batch.state == State.FAULTY:
        return [{**give_up, "then": _("什么都没有入库。文件和错误清单仍然留存。")}]
    if batch.state == State.READY:
        return [_entry(batch), {**give_up, "then": _("什么都没有入库。文件仍然留存。")}]
    if batch.state != State.ENTERED:
        return []
    look = {
        "name": "sitting",
        "label": _("看这个考次"),
        "is_link": True,
        "tone": "primary",
        "then": _("报考、缺成绩和考试时间。"),
    }
    look["url"] = reverse("sittings:detail", args=[batch.sitting.name])
    then = _("它带来的报考全部取出，改动的座位恢复原样。成绩公布以前都可以。")
    return [look] if barred else [look, {**give_up, "label": _("撤销整个批次…"), "then": then}]


def _entry(batch: RegistrationFile) -> dict[str, Any]:
    then = _("写入 %(new)s 条新报考，改动 %(changed)s 条的地点，%(same)s 条不变。考生随即看到考试安排。") % {
        key: f"{batch.preview[key]:,}" for key in ("new", "changed", "same")
    }
    url = reverse("sittings:confirm", args=[batch.pk])
    return {"name": "confirm", "label": _("确认入库"), "url": url, "tone": "primary", "asks": "confirm", "then": then}

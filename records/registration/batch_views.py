"""Pages of files of candidates: the list, the upload, the report or preview, what confirming and undoing would do."""

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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads, reads_nothing
from audit.trail import record_list
from records.imports.batches import is_under_way
from records.imports.report_pages import BatchPages
from records.offices.models import Office
from records.people.requests import SignedRequest
from records.registration.batch_forms import UploadForm
from records.registration.batch_page import actions_of, differences_of, steps_of
from records.registration.batches import (
    State,
    confirm,
    discard,
    is_left_unchecked,
    receive,
    standing,
    start_check,
)
from records.registration.models import CandidateBatch, ProbableDuplicate
from records.registration.obstacles import obstacles_of
from records.registration.undoing import Removal, removal_of, request_undo

REGISTER, READ = "records.register_candidate", "records.read_record"
WARNINGS_SHOWN = 200
PAGES = BatchPages("registration:", gettext_lazy("考生批次"))


def visible_batches(request: SignedRequest) -> QuerySet[CandidateBatch]:
    """The batches that this person may know of; without the long fault lists of their files."""
    require_duty(request)
    batches: QuerySet[CandidateBatch] = CandidateBatch.objects.visible_to(request.user)
    return batches.select_related("university", "file__sent_by", "job").defer("file__outcome")


def require_duty(request: SignedRequest) -> None:
    """Clerks who register, and the city's officers who read records; 403 for everybody else."""
    user = request.user
    if not (user.has_perm(REGISTER) or (user.reach.municipal and user.has_perm(READ))):
        raise PermissionDenied(REGISTER)


def batch_or_404(request: SignedRequest, pk: int) -> CandidateBatch:
    """The batch: missing for who is outside the office, forbidden for who has other duties in it."""
    get_object_or_404(CandidateBatch.objects.visible_to(request.user), pk=pk)
    return get_object_or_404(visible_batches(request), pk=pk)


def own_batch_or_404(request: SignedRequest, pk: int) -> CandidateBatch:
    """The same for who works on it: the city's officers only look."""
    batch = batch_or_404(request, pk)
    if not request.user.has_perm(REGISTER):
        raise PermissionDenied(REGISTER)
    return batch


@reads_nothing
@require_safe
def batch_list(request: SignedRequest) -> HttpResponse:
    """All batches, the newest first."""
    batches = visible_batches(request).annotate(rows=Cast(KT("report__rows"), BigIntegerField())).defer("report", "file__outcome")
    shown, pages = PAGES.listed(batches, request.GET.get("before", ""))
    context = {
        "batches": shown,
        "may_register": request.user.has_perm(REGISTER),
        "duplicates": ProbableDuplicate.objects.visible_to(request.user).open().count(),
        "pages": pages,
    }
    return render(request, "records/registration/batches.html", context)


@reads_nothing
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def upload(request: SignedRequest) -> HttpResponse:
    """A file is kept and a worker checks it; the same file again leads to the batch that it made before."""
    university = get_object_or_404(Office.objects.universities(), pk__in=request.user.reach.universities)
    form = UploadForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        context = {"form": form, "crumbs": PAGES.crumbs(last=_("上传"))}
        return render(request, "records/registration/upload.html", context, status=422 if request.method == "POST" else 200)
    batch, is_new = receive(form.cleaned_data["file"], university, by=request.user)
    if is_new or is_left_unchecked(batch):
        start_check(batch, by=request.user)
    return PAGES.arrived(batch, is_new=is_new)


@reads("list")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The report of a batch and what may be done with it now; with ``?part=progress`` the bar alone while a worker is at it."""
    batch = batch_or_404(request, pk)
    return PAGES.progress(request, batch) or _page(request, batch)


def _page(request: SignedRequest, batch: CandidateBatch, *, problems: Any = (), status: int = 200) -> HttpResponse:
    """The page of a batch, with what forbade the last step. Rows and faults name people: who sees them leaves a line."""
    first, warnings = batch.report.get("first", []), batch.report.get("warnings", [])[:WARNINGS_SHOWN]
    if first or warnings:
        record_list("candidate-batch", batch, len(first) + len(warnings), purpose=_("核对考生批次"))
    may_register = request.user.has_perm(REGISTER)
    context = {
        **PAGES.shown(request, batch, batch.report, is_faulty=batch.state == State.REFUSED),
        "steps": steps_of(batch),
        "actions": actions_of(batch) if may_register else [],
        "may_mend": may_register,
        "problems": problems,
        "first": first,
        "warnings": warnings,
        "differences": differences_of(batch.report),
    }
    return render(request, "records/registration/batch.html", context, status=status)


def _page_again(request: SignedRequest, pk: int, *, problems: Any, status: int) -> HttpResponse:
    """The page as the batch stands by now."""
    return _page(request, batch_or_404(request, pk), problems=problems, status=status)


@reads("list")
@require_POST
def confirm_batch(request: SignedRequest, pk: int) -> HttpResponse:
    """Write the batch, or show the page again with what forbids it."""
    batch = own_batch_or_404(request, pk)
    return PAGES.taken(batch, partial(confirm, batch, by=request.user), partial(_page_again, request, pk))


@reads("list")
@require_POST
def discard_batch(request: SignedRequest, pk: int) -> HttpResponse:
    """Give up a batch of which nothing was written."""
    batch = own_batch_or_404(request, pk)
    return PAGES.taken(batch, partial(discard, batch, by=request.user), partial(_page_again, request, pk))


@reads("list")
@require_http_methods(["GET", "POST"])
def undo_batch(request: SignedRequest, pk: int) -> HttpResponse:
    """What undoing would take away and what stands in its way, then the step itself with its reason."""
    batch = own_batch_or_404(request, pk)
    note = request.POST.get("note", "").strip()
    if request.method == "GET" or not note:
        return _undo_page(request, batch, is_note_missing=request.method == "POST")
    return PAGES.taken(batch, partial(request_undo, batch, by=request.user, note=note), partial(_page_again, request, pk))


def _undo_page(request: SignedRequest, batch: CandidateBatch, *, is_note_missing: bool) -> HttpResponse:
    if standing(batch) != State.WRITTEN or is_under_way(batch):
        return redirect("registration:batch", batch.pk)
    obstacles = obstacles_of(batch)
    if obstacles.count:
        record_list("batch-obstacles", batch, len(obstacles.people), purpose=_("核对能否撤销考生批次"))
    context = {
        "batch": batch,
        "facts": _removal(removal_of(batch)),
        "obstacles": obstacles,
        "is_note_missing": is_note_missing,
        "urls": PAGES.urls(batch),
        "crumbs": PAGES.crumbs(batch, last=_("撤销")),
    }
    return render(request, "records/registration/undo.html", context, status=422 if is_note_missing else 200)


def _removal(removal: Removal) -> list[tuple[str, str]]:
    return [
        (_("取出的考生"), f"{removal.people:,}"),
        (_("取出的加报专业"), f"{removal.majors:,}"),
        (_("作废的准考证号"), f"{removal.tickets:,}"),
        (_("恢复原样的资料"), _("%(count)s人") % {"count": f"{removal.filled:,}"}),
    ]


@reads("export")
@require_safe
def faults(request: SignedRequest, pk: int) -> FileResponse:
    """The rows as they came, with what is wrong."""
    batch = own_batch_or_404(request, pk)
    if batch.state != State.REFUSED:
        raise Http404
    return PAGES.workbook(batch, "candidate-faults", batch.report["faulty_rows"], purpose=_("下载带错误列的考生表"))

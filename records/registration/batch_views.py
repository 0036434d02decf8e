"""Pages of files of candidates: the list, the upload, the report or preview, what confirming and undoing would do."""

from __future__ import annotations

import hashlib
from dataclasses import replace
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
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from audit.reads import reads, reads_nothing
from audit.trail import record_export, record_list
from audit.workflow import Refused
from records.jobs.views import progress_of
from records.offices.models import Office
from records.people.requests import SignedRequest
from records.registration.batch_forms import UploadForm
from records.registration.batch_page import actions_of, differences_of, steps_of
from records.registration.batches import (
    State,
    confirm,
    discard,
    is_left_unchecked,
    is_under_way,
    receive,
    standing,
    start_check,
)
from records.registration.models import CandidateBatch, ProbableDuplicate
from records.registration.obstacles import obstacles_of
from records.registration.reports import fault_workbook
from records.registration.undoing import removal_of, request_undo

REGISTER, READ = "records.register_candidate", "records.read_record"
PAGE = 30
WARNINGS_SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        batches = batches.filter(pk__lt=int(before))
    found = list(batches.order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    context = {
        "batches": shown,
        "may_register": request.user.has_perm(REGISTER),
        "duplicates": ProbableDuplicate.objects.visible_to(request.user).open().count(),
        "pages": {
            "shown": len(shown),
            "unit": _("个批次"),
            "previous_url": reverse("registration:batches") if before else "",
            "next_url": f"?before={shown[-1].pk}" if len(found) > PAGE else "",
        },
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
        crumbs = [(_("考生批次"), reverse("registration:batches")), (_("上传"), "")]
        context = {"form": form, "crumbs": crumbs}
        return render(request, "records/registration/upload.html", context, status=422 if request.method == "POST" else 200)
    batch, is_new = receive(form.cleaned_data["file"], university, by=request.user)
    if is_new or is_left_unchecked(batch):
        start_check(batch, by=request.user)
    url = reverse("registration:batch", args=[batch.pk])
    return redirect(url if is_new else f"{url}?again=1")


@reads("list")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The report of a batch and what may be done with it now; with ``?part=progress`` the bar alone while a worker is at it."""
    batch = batch_or_404(request, pk)
    if request.GET.get("part") == "progress":
        if not is_under_way(batch):
            return HttpResponseClientRefresh()
        return render(request, "components/_job.html", {"job": _progress(batch)})
    return _page(request, batch)


def _page(request: SignedRequest, batch: CandidateBatch, *, problems: Any = (), status: int = 200) -> HttpResponse:
    """The page of a batch, with what forbade the last step. Rows and faults name people: who sees them leaves a line."""
    first, warnings = batch.report.get("first", []), batch.report.get("warnings", [])
    if first or warnings:
        record_list("candidate-batch", batch, len(first) + len(warnings[:WARNINGS_SHOWN]), purpose=_("核对考生批次"))
    under_way = is_under_way(batch)
    context = {
        "batch": batch,
        "report": batch.report,
        "standing": standing(batch),
        "under_way": under_way,
        "job": _progress(batch) if under_way or (batch.job and batch.job.error) else None,
        "steps": steps_of(batch),
        "actions": actions_of(batch) if request.user.has_perm(REGISTER) else [],
        "problems": problems,
        "is_again": "again" in request.GET,
        "crumbs": [(_("考生批次"), reverse("registration:batches")), (_("批次 %(pk)d") % {"pk": batch.pk}, "")],
        "sha256": _shortened(batch.file.sha256),
        "first": first,
        "differences": differences_of(batch.report),
        "warnings": warnings[:WARNINGS_SHOWN],
        "kinds": [{"text": kind["text"], "value": _("%(count)d处") % kind} for kind in batch.report.get("kinds", [])],
    }
    return render(request, "records/registration/batch.html", context, status=status)


@reads("list")
@require_POST
def confirm_batch(request: SignedRequest, pk: int) -> HttpResponse:
    """Write the batch, or show the page again with what forbids it."""
    batch = own_batch_or_404(request, pk)
    try:
        confirm(batch, by=request.user)
    except Refused as refused:
        return _page(request, batch_or_404(request, pk), problems=refused.problems, status=409)
    return redirect("registration:batch", pk)


@reads("list")
@require_POST
def discard_batch(request: SignedRequest, pk: int) -> HttpResponse:
    """Give up a batch of which nothing was written."""
    batch = own_batch_or_404(request, pk)
    try:
        discard(batch, by=request.user)
    except Refused as refused:
        return _page(request, batch_or_404(request, pk), problems=refused.problems, status=409)
    return redirect("registration:batch", pk)


@reads("list")
@require_http_methods(["GET", "POST"])
def undo_batch(request: SignedRequest, pk: int) -> HttpResponse:
    """What undoing would take away and what stands in its way, then the step itself with its reason."""
    batch = own_batch_or_404(request, pk)
    note = request.POST.get("note", "").strip()
    if request.method == "GET" or not note:
        return _undo_page(request, batch, is_note_missing=request.method == "POST")
    try:
        request_undo(batch, by=request.user, note=note)
    except Refused as refused:
        return _page(request, batch_or_404(request, pk), problems=refused.problems, status=409)
    return redirect("registration:batch", pk)


def _undo_page(request: SignedRequest, batch: CandidateBatch, *, is_note_missing: bool) -> HttpResponse:
    if standing(batch) != State.WRITTEN or is_under_way(batch):
        return redirect("registration:batch", batch.pk)
    obstacles = obstacles_of(batch)
    if obstacles.count:
        record_list("batch-obstacles", batch, len(obstacles.people), purpose=_("核对能否撤销考生批次"))
    context = {
        "batch": batch,
        "removal": removal_of(batch),
        "obstacles": obstacles,
        "is_note_missing": is_note_missing,
        "crumbs": [
            (_("考生批次"), reverse("registration:batches")),
            (_("批次 %(pk)d") % {"pk": batch.pk}, reverse("registration:batch", args=[batch.pk])),
            (_("撤销"), ""),
        ],
    }
    return render(request, "records/registration/undo.html", context, status=422 if is_note_missing else 200)


@reads("export")
@require_safe
def faults(request: SignedRequest, pk: int) -> FileResponse:
    """The rows as they came, with what is wrong; whoever takes them away leaves a line in the trail."""
    batch = own_batch_or_404(request, pk)
    path = fault_workbook(batch)
    if batch.state != State.REFUSED or not path.exists():
        raise Http404
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    record_export("candidate-faults", batch, batch.report["faulty_rows"], sha256=sha256, purpose=_("下载带错误列的考生表"))
    name = _("%(name)s 错误.xlsx") % {"name": batch.file.name.rpartition(".")[0]}
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX)


def _progress(batch: CandidateBatch) -> Any:
    assert batch.job is not None
    progress = progress_of(batch.job)
    url = f"{reverse('registration:batch', args=[batch.pk])}?part=progress"
    return replace(progress, poll_url=url) if progress.poll_url else progress


def _shortened(sha256: str) -> str:
    """Both ends of the hash, in fours: enough to compare by eye."""
    return f"{sha256[:4]} {sha256[4:8]} … {sha256[-8:-4]} {sha256[-4:]}"

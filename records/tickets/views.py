"""The pages of tickets: one at the desk, one's own, many in a job."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads, reads_nothing
from audit.trail import record_export, record_list, record_read
from audit.workflow import Problem, Refused
from records.candidates.models import Candidate
from records.jobs.models import Job
from records.jobs.views import progress_of
from records.people.requests import SignedRequest
from records.photos.taking import REGISTER, managed_by
from records.tickets.batching import JOB, start_batch
from records.tickets.forms import SelectionForm
from records.tickets.printing import printed
from records.tickets.selecting import Selection, selected, unknown

SHOWN = 100
HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


@reads("ticket")
@permission_required(REGISTER, raise_exception=True)
@require_safe
def one(request: SignedRequest, pk: int) -> HttpResponse:
    """The ticket of a candidate whom the own university manages; or why there is none."""
    candidate = get_object_or_404(managed_by(request.user), pk=pk)
    record_read("ticket", candidate, candidate_id=pk, purpose=_("打印准考证"))
    crumbs = [(_("工作台"), reverse("desk")), (_("准考证"), reverse("tickets:batch-new")), (candidate.name, "")]
    return _file_or_reasons(request, candidate.pk, "staff.html", crumbs)


@reads_nothing
@require_safe
def own(request: SignedRequest) -> HttpResponse:
    """The candidate's own ticket."""
    if not request.user.candidate_id:
        raise Http404
    return _file_or_reasons(request, request.user.candidate_id, "candidate.html", [])


def _file_or_reasons(request: SignedRequest, candidate_id: int, skeleton: str, crumbs: list[tuple[str, str]]) -> HttpResponse:
    try:
        content = printed(candidate_id)
    except Refused as refusal:
        context = {"skeleton": skeleton, "problems": refusal.problems, "crumbs": crumbs}
        return render(request, "records/tickets/refused.html", context, status=409)
    answer = HttpResponse(content, content_type="application/pdf", headers=HEADERS)
    answer["Content-Disposition"] = 'inline; filename="ticket.pdf"'
    return answer


@reads("list")
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def batch_new(request: SignedRequest) -> HttpResponse:
    """Choose, see how many and who has no photo, start the job for exactly so many."""
    form = SelectionForm(request.POST if request.method == "POST" else None, user=request.user)
    problems: list[Problem] = []
    preview: dict[str, Any] | None = None
    if form.is_bound and form.is_valid():
        selection = form.selection()
        if "expected" in request.POST:
            try:
                return redirect("tickets:batch", start_batch(selection, expected=_expected(request), by=request.user).pk)
            except Refused as refusal:
                problems = refusal.problems
        preview = _preview(request, selection)
    context = {
        "form": form,
        "problems": problems,
        "preview": preview,
        "jobs": [progress_of(job, link=True) for job in _jobs(request)[:5]],
        "crumbs": [(_("工作台"), reverse("desk")), (_("准考证"), "")],
    }
    status = 409 if problems else 422 if form.errors else 200
    return render(request, "records/tickets/batch_new.html", context, status=status)


def _expected(request: SignedRequest) -> int:
    text = request.POST.get("expected", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _preview(request: SignedRequest, selection: Selection) -> dict[str, Any]:
    people = selected(selection, request.user)
    lacking = people.filter(photo__isnull=True)
    shown = list(lacking.prefetch_related("tickets")[:SHOWN])
    if shown:
        record_list("tickets-without-photo", Candidate, len(shown), purpose=_("打印准考证"))
    return {
        "count": people.count(),
        "without_photo": lacking.count(),
        "shown": shown,
        "unknown": unknown(selection, request.user),
    }


def _jobs(request: SignedRequest) -> Any:
    return Job.objects.visible_to(request.user).filter(kind=JOB).order_by("-pk")


@reads("list")
@permission_required(REGISTER, raise_exception=True)
@require_safe
def batch(request: SignedRequest, pk: int) -> HttpResponse:
    """How far the job is, the file, and whose ticket could not be printed."""
    job = get_object_or_404(_jobs(request), pk=pk)
    refused = job.outcome.get("refused", [])
    if refused:
        record_list("tickets-refused", job, len(refused), purpose=_("打印准考证"))
    context = {
        "row": job,
        "job": progress_of(job),
        "printed": job.outcome.get("printed"),
        "refused": refused,
        "size": job.outcome.get("size"),
        "has_file": _has_file(job),
        "is_removed": bool(job.outcome.get("removed")),
        "crumbs": [(_("工作台"), reverse("desk")), (_("准考证"), reverse("tickets:batch-new")), (job.title, "")],
    }
    return render(request, "records/tickets/batch.html", context)


def _has_file(job: Job) -> bool:
    return "file" in job.outcome and (job.result_path / job.outcome["file"]).exists()


@reads("export")
@permission_required(REGISTER, raise_exception=True)
@require_safe
def batch_file(request: SignedRequest, pk: int) -> FileResponse:
    """The file, as long as it is kept; every download leaves a line in the trail."""
    job = get_object_or_404(_jobs(request), pk=pk)
    if not _has_file(job):
        raise Http404(pk)
    made = job.outcome
    record_export("tickets-download", job, made["printed"], purpose=_("打印准考证"), sha256=made["sha256"])
    path = job.result_path / made["file"]
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"tickets-{job.pk}{path.suffix}", headers=HEADERS)

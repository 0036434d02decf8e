"""Many certificates at once: chosen, counted, started; then the job's result with its archive and who got none."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads, reads_nothing
from audit.trail import record_list
from audit.workflow import Problem, Refused
from records.certificates import batches
from records.certificates.forms import BatchForm
from records.certificates.kinds import ISSUE, title_of
from records.certificates.models import Certificate
from records.jobs.models import Job
from records.jobs.views import progress_of
from records.offices.models import Office
from records.people.requests import SignedRequest


@reads_nothing
@require_http_methods(["GET", "POST"])
def new(request: SignedRequest) -> HttpResponse:
    """Fill in for whom, see how many, start the job for exactly so many."""
    university = _university_of(request)
    form = BatchForm(request.POST if request.method == "POST" else None, university=university)
    problems: list[Problem] = []
    preview = None
    if form.is_bound and form.is_valid():
        preview = _preview(university, form.cleaned_data)
        if "expected" in request.POST:
            try:
                job = batches.start_batch(university, form.cleaned_data, expected=_expected(request), by=request.user)
            except Refused as refusal:
                problems = refusal.problems
            else:
                return redirect("certificates:batch", job.pk)
    context = {"form": form, "preview": preview, "problems": problems, "crumbs": _crumbs(_("批量出具"))}
    status = 409 if problems else (422 if form.is_bound and form.errors else 200)
    return render(request, "records/certificates/batch_new.html", context, status=status)


def _university_of(request: SignedRequest) -> Office:
    """The university for which the person issues; 403 for everybody else."""
    if not request.user.has_perm(ISSUE) or not request.user.reach.universities:
        raise PermissionDenied(ISSUE)
    return Office.objects.filter(pk__in=request.user.reach.universities).earliest("pk")


def _preview(university: Office, wanted: dict[str, Any]) -> dict[str, Any]:
    unknown = batches.unknown_tickets(university, wanted["tickets"])
    return {
        "count": batches.people_of(university, wanted).count(),
        "kind": title_of(wanted["kind"]),
        "unknown": unknown[: batches.SHOWN],
        "unknown_count": len(unknown),
    }


def _expected(request: SignedRequest) -> int:
    text = request.POST.get("expected", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _crumbs(title: str) -> list[tuple[str, str]]:
    return [(_("证明"), reverse("certificates:list")), (title, "")]


def job_or_404(request: SignedRequest, pk: int) -> Job:
    """A batch of certificates of the person's own office."""
    if request.user.candidate_id:
        raise Http404(pk)
    job = get_object_or_404(Job, pk=pk, kind=batches.JOB, office__in=request.user.reach.office_ids)
    if not request.user.has_perm(ISSUE):
        raise PermissionDenied(ISSUE)
    return job


@reads("list")
@require_safe
def batch(request: SignedRequest, pk: int) -> HttpResponse:
    """How far it is; when it is done the archive and who got none, by ticket number."""
    job = job_or_404(request, pk)
    refusals = job.outcome.get("refusals", [])
    if refusals:
        record_list("certificate-batch", Certificate, len(refusals), purpose=job.title, job=job.pk)
    context = {
        "job": progress_of(job),
        "row": job,
        "refusals": refusals,
        "has_archive": job.state == Job.State.DONE and bool(job.outcome.get("issued")),
        "crumbs": _crumbs(job.title),
    }
    return render(request, "records/certificates/batch.html", context)


@reads("export")
@require_POST
def archive(request: SignedRequest, pk: int) -> HttpResponseBase:
    """All files of the batch as one archive, each named by its number."""
    job = job_or_404(request, pk)
    if not batches.archive_of(job).exists():
        raise Http404(pk)
    path = batches.take_archive(job, by=request.user)
    answer = FileResponse(
        path.open("rb"), as_attachment=True, filename=f"certificates-{job.pk}.zip", content_type="application/zip"
    )
    answer["Cache-Control"] = "private, no-store"
    return answer

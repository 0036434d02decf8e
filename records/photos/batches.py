"""The pages of many photos at once: the archive, and what became of every file in it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads, reads_nothing
from audit.trail import record_list
from records.jobs.models import Job
from records.jobs.views import progress_of
from records.people.requests import SignedRequest
from records.photos.archives import BadArchive
from records.photos.batching import JOB, start_batch
from records.photos.checking import requirements
from records.photos.forms import BatchForm
from records.photos.models import PhotoSubmission
from records.photos.taking import REGISTER


@reads_nothing
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def new(request: SignedRequest) -> HttpResponse:
    """Upload an archive; of one that is not in order nothing is taken."""
    form = BatchForm(request.POST, request.FILES) if request.method == "POST" else BatchForm()
    faults: list[str] = []
    if form.is_bound and form.is_valid():
        try:
            job = start_batch(form.upload, by=request.user)
        except BadArchive as bad:
            faults = bad.faults
        else:
            return redirect("photos:batch", job.pk)
    context = {
        "form": BatchForm() if faults else form,
        "faults": faults,
        "requirements": requirements(),
        "crumbs": _crumbs(_("批量上传")),
    }
    return render(request, "records/photos/batch_new.html", context, status=422 if faults or form.errors else 200)


@reads("list")
@permission_required(REGISTER, raise_exception=True)
@require_safe
def report(request: SignedRequest, pk: int) -> HttpResponse:
    """How far the job is, and every file that was not taken with its reason."""
    job = get_object_or_404(Job.objects.visible_to(request.user).filter(kind=JOB), pk=pk)
    lines = job.outcome.get("lines", [])
    if lines:
        record_list("photo-batch", PhotoSubmission, len(lines), purpose=_("采集照片"))
    context = {
        "row": job,
        "job": progress_of(job),
        "lines": lines,
        "counts": _counts(job),
        "crumbs": _crumbs(job.title),
    }
    return render(request, "records/photos/batch.html", context)


def _counts(job: Job) -> list[dict[str, Any]]:
    if "files" not in job.outcome:
        return []
    files, taken = job.outcome["files"], job.outcome["taken"]
    named = ((_("照片"), files), (_("已采用"), taken), (_("没有采用"), files - taken))
    return [{"label": label, "value": f"{value:,}"} for label, value in named]


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("工作台"), reverse("desk")), (_("照片"), reverse("photos:list")), (last, "")]

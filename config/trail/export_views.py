"""Taking a part of the trail away: what will be in it, the job's page with the archive's SHA-256, the download."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads, reads_nothing
from audit.trail import record_export
from config.trail.exporting import AT_MOST, JOB, archive_of, kept_until, request_export
from config.trail.forms import TrailExportForm, default_days
from config.trail.purpose import purpose_of
from config.trail.sight import TRAIL, sees_everything
from config.wording import file_size, grouped, thousands, written_date
from records.jobs.models import Job
from records.jobs.views import progress_of
from records.people.requests import SignedRequest


def visible_exports(request: SignedRequest) -> QuerySet[Job]:
    """The exports of this person and of the own office; for a head of a university never another's."""
    return Job.objects.visible_to(request.user).filter(kind=JOB).select_related("started_by", "office")


@reads_nothing
@permission_required(TRAIL, raise_exception=True)
@require_http_methods(["GET", "POST"])
def new(request: SignedRequest) -> HttpResponse:
    """What is taken along and what for; the conditions of the search come along."""
    if request.method == "GET":
        asked = {**default_days(), **request.GET.dict(), "words": purpose_of(request)}
        form = TrailExportForm(initial=asked, user=request.user)
        return _form_page(request, form)
    form = TrailExportForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    job = request_export(request.user, form.search(), purpose=form.cleaned_data["words"])
    return redirect("trail:export", job.pk)


def _form_page(request: SignedRequest, form: TrailExportForm, status: int = 200) -> HttpResponse:
    back = f"{reverse('trail:list')}?{urlencode(request.GET)}" if request.GET else reverse("trail:list")
    context = {
        "form": form,
        "at_most": AT_MOST,
        "is_limited": not sees_everything(request.user),
        "exports": visible_exports(request).order_by("-pk")[:10],
        "crumbs": [(_("工作台"), reverse("desk")), (_("留痕"), back), (_("导出"), "")],
    }
    return render(request, "config/trail/export_new.html", context, status=status)


@reads_nothing
@permission_required(TRAIL, raise_exception=True)
@require_safe
def export_page(request: SignedRequest, pk: int) -> HttpResponse:
    """How far the export is; then what is in the archive, its SHA-256, and the link to it."""
    job = get_object_or_404(visible_exports(request), pk=pk)
    context = {
        "row": job,
        "job": progress_of(job),
        "facts": _facts(job),
        "digest": grouped(job.outcome.get("sha256", ""), 8),
        "is_there": _is_there(job),
        "removed_on": written_date(kept_until(job)),
        "crumbs": [
            (_("工作台"), reverse("desk")),
            (_("留痕"), reverse("trail:list")),
            (_("导出第%(number)s号") % {"number": job.pk}, ""),
        ],
    }
    return render(request, "config/trail/export.html", context)


def _is_there(job: Job) -> bool:
    return job.state == Job.State.DONE and archive_of(job).exists()


def _facts(job: Job) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [(_("导出人"), job.started_by), (_("用途"), job.parameters.get("purpose"))]
    if job.state != Job.State.DONE:
        return facts
    made = job.outcome
    cut = _("（已达上限，其余没有列入，请缩短时间分次导出）") if made.get("cut") else ""
    return [
        *facts,
        (_("留痕"), _("%(count)s条") % {"count": thousands(made["rows"])} + cut),
        (_("其中尚未封存"), _("%(count)s条") % {"count": thousands(made["unsealed"])}),
        (_("最新封存"), _("第%(number)s号") % {"number": made["seal"]} if made["seal"] else _("还没有封存")),
        (_("文件大小"), file_size(made["size"])),
    ]


@reads("export")
@permission_required(TRAIL, raise_exception=True)
@require_safe
def download(request: SignedRequest, pk: int) -> FileResponse:
    """The archive, as long as it is kept; every download leaves an event."""
    job = get_object_or_404(visible_exports(request), pk=pk)
    if not _is_there(job):
        raise Http404
    made = job.outcome
    record_export("trail-download", job, made["rows"], purpose=job.parameters["purpose"], sha256=made["sha256"])
    return FileResponse(archive_of(job).open("rb"), as_attachment=True, filename=f"trail-{job.pk}.zip")

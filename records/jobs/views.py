"""The page of a batch: what it does, how far it is, what came of it. It may be left at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_htmx.http import HttpResponseClientRefresh

from audit.reads import reads_nothing
from records.jobs.models import Job
from records.people.requests import SignedRequest


@dataclass(frozen=True)
class Progress:
    """A job as ``components/_job.html`` draws it."""

    title: str
    state: Any
    percent: int | None
    line: str
    poll_url: str = ""
    url: str = ""


def progress_of(job: Job, *, link: bool = False, renews: bool = True) -> Progress:
    """How a page shows the job; ``link`` leads to its own page, ``renews`` loads the whole page again when the job is done."""
    url = reverse("jobs:detail", args=[job.pk])
    return Progress(
        title=job.title,
        state=Job.State(job.state).label,
        percent=job.percent if job.percent is not None else (0 if job.is_under_way else None),
        line=_line(job),
        poll_url=f"{url}?{urlencode({'part': 'progress' if renews else 'line', 'link': int(link)})}" if job.is_under_way else "",
        url=url if link else "",
    )


def _line(job: Job) -> str:
    if job.error:
        return job.error
    if job.finished_at:
        return ""
    if job.total:
        return ngettext("已处理 %(done)s / %(total)s", "已处理 %(done)s / %(total)s", job.total) % {
            "done": f"{job.done:,}",
            "total": f"{job.total:,}",
        }
    return _("可以离开本页，完成后回到这里查看。")


@reads_nothing
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The whole page, or with ``?part=`` the bar alone, which a page asks for again while the job runs.

    ``part=progress`` loads the page around it again once the job is over, ``part=line`` leaves it as it is.
    """
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    part = request.GET.get("part", "")
    if part == "progress" and job.finished_at:
        return HttpResponseClientRefresh()
    if part in ("progress", "line"):
        progress = progress_of(job, link=request.GET.get("link") == "1", renews=part == "progress")
        return render(request, "records/jobs/_progress.html", {"job": progress})
    crumbs = [(_("工作台"), reverse("desk")), (job.title, "")]
    return render(request, "records/jobs/detail.html", {"job": progress_of(job), "row": job, "crumbs": crumbs})

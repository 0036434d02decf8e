"""Many reviews at once: the list as a file, and steps of those in which nothing was found."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads
from audit.trail import record_export, record_list
from records.jobs.models import Job
from records.jobs.views import progress_of
from records.people.requests import SignedRequest
from scores.reviews import batches
from scores.reviews.listing import ReviewFilter, table_of
from scores.reviews.models import ReviewRequest
from scores.reviews.pages import PARTIES, READ
from scores.reviews.wording import in_words
from scores.reviews.workflow import DECIDE, REVIEW

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@reads("export")
@permission_required(READ, raise_exception=True)
@require_safe
def export(request: SignedRequest) -> HttpResponse:
    """The list as it is filtered, as an Excel file."""
    if request.user.candidate_id:
        raise Http404
    form = ReviewFilter(request.GET, workflow=REVIEW, user=request.user)
    cases = ReviewRequest.objects.visible_to(request.user).select_related(*PARTIES)
    content, rows = table_of(form.narrowed(cases).order_by("-status_since", "-pk"))
    sha256 = hashlib.sha256(content).hexdigest()
    record_export("reviews", ReviewRequest, rows, purpose=_("导出成绩复核"), sha256=sha256)
    headers = {"Content-Disposition": 'attachment; filename="reviews.xlsx"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=XLSX, headers=headers)


@reads("list")
@permission_required(DECIDE, raise_exception=True)
@require_http_methods(["GET", "POST"])
def batch(request: SignedRequest, step: str) -> HttpResponse:
    """Which cases of mine could be upheld together, which not and why; what is ticked goes off as a job."""
    if step not in batches.STEPS:
        raise Http404(step)
    cases = list(batches.waiting(request.user, step)[: batches.MOST])
    if request.method == "POST":
        return _begun(request, step, {case.pk for case in cases})
    if cases:
        record_list("reviews-batch", ReviewRequest, len(cases), purpose=_("办理成绩复核"))
    context = {
        "step": step,
        "is_first": step == "find",
        "rows": [_row(case, step, request) for case in cases],
        "crumbs": [(_("工作台"), reverse("desk")), (_("成绩复核"), reverse("reviews:list")), (_("成批办理"), "")],
    }
    return render(request, "scores/reviews/batch.html", context)


def _row(case: ReviewRequest, step: str, request: SignedRequest) -> dict[str, Any]:
    problems = batches.against(case, step, request.user)
    return {"case": case, "subject": case.subject, "mark": in_words(case.before), "problems": problems}


def _begun(request: SignedRequest, step: str, possible: set[int]) -> HttpResponse:
    ticked = {int(pk) for pk in request.POST.getlist("cases") if pk.isascii() and pk.isdigit() and len(pk) < 19}
    chosen, grounds = sorted(ticked & possible), request.POST.get("grounds", "").strip()
    if not chosen:
        messages.error(request, _("请至少选一件。"))
        return redirect("reviews:batch", step)
    if step == "find" and not grounds:
        messages.error(request, _("请写明复核情况：查了什么，查到什么。"))
        return redirect("reviews:batch", step)
    job = batches.start(step, chosen, grounds[:1000], by=request.user)
    return redirect("reviews:batch-result", job.pk)


@reads("list")
@permission_required(DECIDE, raise_exception=True)
@require_safe
def batch_result(request: SignedRequest, pk: int) -> HttpResponse:
    """What became of every case of a batch."""
    job = get_object_or_404(Job.objects.visible_to(request.user).filter(kind=batches.BATCH_JOB), pk=pk)
    told = job.outcome.get("rows", {})
    cases = ReviewRequest.objects.select_related("candidate", "mark__course", "mark__sitting").in_bulk([int(key) for key in told])
    rows = [{"case": cases[int(key)], "subject": cases[int(key)].subject, **told[key]} for key in told if int(key) in cases]
    if rows:
        record_list("reviews-batch", ReviewRequest, len(rows), purpose=_("办理成绩复核"))
    context = {
        "job": job,
        "progress": progress_of(job),
        "rows": rows,
        "done": sum(row["done"] for row in rows),
        "crumbs": [(_("工作台"), reverse("desk")), (_("成绩复核"), reverse("reviews:list")), (_("成批办理"), "")],
    }
    return render(request, "scores/reviews/batch_result.html", context)

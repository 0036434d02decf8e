"""Many reviews in which nothing was found, one step of each through the one door; what became of every one stands on the job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.workflow import Problem, Refused
from records.jobs import running
from records.jobs.models import Job
from records.offices.models import Office
from records.people.models import User
from scores.reviews.models import Result, ReviewRequest, ReviewStatus
from scores.reviews.workflow import REVIEW

BATCH_JOB = "scores.review-batch"
MOST = 200
STEPS = {"find": ReviewStatus.MUNICIPALITY, "confirm-upheld": ReviewStatus.CONFIRMATION}


def waiting(user: User, step: str) -> QuerySet[ReviewRequest]:
    """The cases on which this person could take the step, the longest waiting first."""
    tray = REVIEW.waiting_for(user).filter(status=STEPS[step]).order_by("status_since", "pk")
    confirmable = tray.filter(result=Result.UPHELD) if step == "confirm-upheld" else tray
    return confirmable.select_related("candidate", "university", "mark__course", "mark__sitting")


def against(case: ReviewRequest, step: str, user: User) -> list[Problem]:
    """What keeps this case from the step, known beforehand."""
    if not REVIEW.steps[step].has_fresh_eyes(user, case):
        return [Problem("review.not-fresh", _("前一步由您经办，须由另一人办理。"))]
    known = REVIEW.steps[step].known_beforehand
    return [problem for rule in known for problem in rule(case) if problem.blocking]


def start(step: str, ids: Sequence[int], grounds: str, *, by: User) -> Job:
    """Begin a batch over these cases; ``grounds`` are written down of each (only for ``find``)."""
    title = _("成绩复核：成批%(step)s") % {"step": _("写“维持原成绩”") if step == "find" else _("确认“维持原成绩”")}
    office = Office.objects.municipality()
    return running.start(BATCH_JOB, title, by=by, office=office, step=step, reviews=list(ids)[:MOST], grounds=grounds)


def carry_out(job: Job) -> None:
    """Take the step of each case that is not done yet, each in its own transaction with its line on the job."""
    ids = job.parameters["reviews"]
    job.outcome = {"rows": {}, **job.outcome}
    for place, pk in enumerate(ids, start=1):
        if str(pk) not in job.outcome["rows"]:
            _one(job, pk)
        running.advance(job, place, len(ids))


def _one(job: Job, pk: int) -> None:
    rows = dict(job.outcome["rows"])
    with transaction.atomic():
        rows[str(pk)] = _taken(job, pk)
        Job.objects.filter(pk=job.pk).update(outcome={**job.outcome, "rows": rows})
    job.outcome = {**job.outcome, "rows": rows}


def _taken(job: Job, pk: int) -> dict[str, Any]:
    """``{"done": True}``, or why not in words."""
    case = ReviewRequest.objects.get(pk=pk)
    step = job.parameters["step"]
    facts = {"result": Result.UPHELD, "grounds": job.parameters["grounds"]} if step == "find" else None
    try:
        if job.started_by is None:
            raise PermissionDenied(step)
        REVIEW.take(step, case, by=job.started_by, facts=facts)
    except Refused as refusal:
        return {"done": False, "why": " ".join(str(problem.message) for problem in refusal.problems)}
    except PermissionDenied:
        return {"done": False, "why": _("不由您办理。")}
    return {"done": True, "why": ""}

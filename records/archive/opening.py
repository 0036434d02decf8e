"""Files for many candidates at once: all of a registration period who have none, as a job that survives.

Who has a file already is passed over, so that a job that was killed and started once more opens nothing twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem
from records.archive.filing import locked_serial, next_numbers
from records.archive.keeping import require_keeper
from records.archive.models import UNPLACED, PaperFile
from records.archive.reporting import Period
from records.archive.searching import lacking_since
from records.candidates.models import Candidate
from records.jobs.models import Job
from records.jobs.running import start
from records.offices.models import Office
from records.people.models import User

JOB = "archive.open-files"
CHUNK = 500
Report = Callable[[int, int], None]


def start_opening(university: Office, period: Period, *, place: str, expected: int, by: User) -> Job:
    """Start the job for those who registered in the period and have no file.

    Raises ``PermissionDenied``, or ``NotNow`` when there are not ``expected`` of them any more.
    """
    require_keeper(by, university.pk)
    found = lacking_since(university, period.first_day, period.last_day).count()
    if found != expected:
        changed = _("现在未立卷的有%(count)s人，不是刚才的%(expected)s人。请再核对一次。")
        raise NotNow([Problem("archive.count-changed", changed % {"count": found, "expected": expected})])
    return start(
        JOB,
        _("批量立卷：%(first)s至%(last)s注册，%(count)s人")
        % {"first": period.first_day.isoformat(), "last": period.last_day.isoformat(), "count": found},
        by=by,
        office=university,
        first_day=period.first_day.isoformat(),
        last_day=period.last_day.isoformat(),
        place=place or UNPLACED,
        expected=found,
    )


def open_many(job: Job, report: Report) -> None:
    """Do the job: chunk by chunk, each with its numbers in a transaction of its own."""
    assert job.office is not None
    university = job.office
    first_day, last_day = (dt.date.fromisoformat(job.parameters[name]) for name in ("first_day", "last_day"))
    lacking = lacking_since(university, first_day, last_day).order_by("pk")
    total = job.parameters["expected"]
    done = max(0, total - lacking.count())
    report(done, total)
    while opened := _open_chunk(university, lacking, job.parameters["place"]):
        done += opened
        report(min(done, total), total)
    job.outcome = {"opened": done}


@transaction.atomic
def _open_chunk(university: Office, lacking: QuerySet[Candidate], place: str) -> int:
    """Open the next files and say how many; whoever got one meanwhile is seen once the serial is locked."""
    serial = locked_serial(university)
    candidates = list(lacking.values_list("pk", flat=True)[:CHUNK])
    if not candidates:
        return 0
    today = timezone.localdate()
    numbers = next_numbers(serial, len(candidates), today)
    PaperFile.objects.bulk_create(
        PaperFile(candidate_id=candidate, university=university, place=place, number=number, opened_on=today)
        for candidate, number in zip(candidates, numbers, strict=True)
    )
    return len(candidates)

"""The city's next result day: the practical marks of the last sitting, approved by two people for a minute to come."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from audit.acting import acting
from config.city.publishing import Desk
from records.jobs import running
from records.jobs.models import Job
from scores.models import Publication
from scores.publishing.approving import approve
from scores.publishing.publication import prepare
from scores.results.sheets import SHEETS_JOB

DAYS_AHEAD = 3
HOUR = dt.time(10)


def release(desk: Desk) -> None:
    """Approve and announce them for ten o'clock in three days, sheets ready; the written ones wait for somebody to ask."""
    publication = Publication.objects.filter(kind=Publication.Kind.PRACTICAL, published_at=None, batches__isnull=False).first()
    if publication is None:
        return
    day = timezone.localdate() + dt.timedelta(days=DAYS_AHEAD)
    with acting(desk.asking):
        prepare(publication, by=desk.asking, note="已核对实践环节成绩")
    with acting(desk.confirming):
        minute = timezone.make_aware(dt.datetime.combine(day, HOUR))
        approve(publication, by=desk.confirming, minute=minute, is_announced=True)
    for job in Job.objects.unfinished().filter(kind=SHEETS_JOB, parameters__publication=publication.pk):
        running.run(job.pk)

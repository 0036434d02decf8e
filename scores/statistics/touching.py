"""Which figures no longer hold, and computing those alone anew.

A changed mark leaves a revision that is not counted yet (``marks/changing.py``); people who count elsewhere leave rows of
``TouchedStatistic``. Both are read, the courses of sittings that they concern computed, and both crossed off, in one transaction:
killed anywhere and run again, or run twice at the same time, the rows are those of a full refresh.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction
from django.utils.translation import gettext as _

from records.jobs import running
from records.jobs.models import Job
from scores.models import MarkRevision, TouchedStatistic
from scores.statistics.refreshing import Settling, lock, refresh_courses

TOUCHED_JOB = "scores.statistics.touched"

_CONCERNED = """
SELECT DISTINCT m.sitting_id, m.course_id
  FROM (SELECT DISTINCT k.candidate_id, k.course_id
          FROM scores_markrevision r JOIN scores_mark k ON k.id = r.mark_id WHERE r.id = ANY(%s)) c
  JOIN scores_mark m USING (candidate_id, course_id)
  JOIN scores_publication p ON p.id = m.publication_id AND p.published_at IS NOT NULL
UNION SELECT sitting_id, course_id FROM scores_touchedstatistic WHERE id = ANY(%s)
"""
"""Every sitting in which one of these people sat the course: whether a later pass was at the first attempt may have changed."""

_COUNTED_ELSEWHERE = """
INSERT INTO scores_touchedstatistic (sitting_id, course_id)
SELECT m.sitting_id, m.course_id FROM scores_mark m JOIN scores_publication p ON p.id = m.publication_id
 WHERE m.candidate_id = ANY(%(candidates)s) AND p.published_at IS NOT NULL
UNION SELECT sitting_id, course_id FROM scores_sittingregistration WHERE candidate_id = ANY(%(candidates)s)
"""


def refresh_soon() -> None:
    """Have a worker compute what is touched, unless one that has not begun yet will see it; call it once that is committed."""
    if not Job.objects.filter(kind=TOUCHED_JOB, state=Job.State.QUEUED).exists():
        running.start(TOUCHED_JOB, _("成绩更改后重算统计"), by=None)


def refresh_soon_if_touched() -> None:
    """Have a worker compute what an earlier job left over, if anything."""
    if MarkRevision.objects.filter(counted_at__isnull=True).exists() or TouchedStatistic.objects.exists():
        refresh_soon()


def refresh_touched() -> int:
    """Compute the figures of all that was touched; returns how many courses of sittings that were."""
    with transaction.atomic():
        revisions = MarkRevision.objects.filter(counted_at__isnull=True).values_list("pk", flat=True)
        settling = Settling(revisions, TouchedStatistic.objects.values_list("pk", flat=True))
        pairs = _concerned(settling)
        lock({sitting for sitting, _course in pairs})
        if pairs:
            refresh_courses(pairs)
        settling.settle()
    return len(pairs)


def touch(candidate_ids: Collection[int]) -> None:
    """These people count, or are about to count, elsewhere: for another university, a first major, another record.

    Within the caller's transaction; the figures follow once it has committed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED_ELSEWHERE, {"candidates": list(candidate_ids)})
        touched = cursor.rowcount
    if touched:
        transaction.on_commit(refresh_soon)


def touch_courses(sitting_id: int, course_ids: Collection[int]) -> None:
    """Who is registered for these courses of the sitting has changed; the figures follow once that has committed."""
    TouchedStatistic.objects.bulk_create(TouchedStatistic(sitting_id=sitting_id, course_id=course) for course in course_ids)
    transaction.on_commit(refresh_soon)


def _concerned(settling: Settling) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_CONCERNED, [settling.revisions, settling.touched])
        return [(sitting, course) for sitting, course in cursor.fetchall()]

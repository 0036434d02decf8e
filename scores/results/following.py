"""Sheets follow what their keys are made of: a corrected identity number, a new ticket, two records that became one.

Of each of these a row changes that was there before, so the trail tells of it; it is followed every few seconds. What it does not
tell is found by a comparison of all sheets of the latest sitting with what they should be, once a day.
"""

from __future__ import annotations

import structlog
from django.db import connection
from django.db.models import Q, QuerySet

from audit.models import Event
from records.candidates.models import Candidate, Ticket
from records.jobs.models import Job
from records.ledger.feed import follow_trail
from scores.models import Mark, Publication, Sitting
from scores.results import sheets

log = structlog.get_logger(__name__)

FOLLOWER = "result-sheets"
AT_ONCE = 1000
TELLING = Q(subject_table=Candidate._meta.db_table, details__after__has_any_keys=["identity_hash", "merged_into_id"]) | Q(
    subject_table=Ticket._meta.db_table
)

_DIFFERENT = f"""
WITH should AS (SELECT candidate_id, key, lines FROM ({sheets.SHEETS.format(chosen="m.publication_id = %(publication)s")}) s),
     stands AS (SELECT candidate_id, key, lines FROM scores_resultsheet WHERE publication_id = %(publication)s)
SELECT candidate_id FROM (SELECT * FROM should EXCEPT SELECT * FROM stands) a
 UNION SELECT candidate_id FROM (SELECT * FROM stands EXCEPT SELECT * FROM should) b
 ORDER BY 1
"""


def follow_numbers() -> int:
    """Make the sheets of everybody anew whose numbers have changed since the last run; how many candidates."""
    changes = Event.objects.filter(TELLING, kind=Event.Kind.CHANGE)
    return follow_trail(FOLLOWER, changes, _refresh_told, at_most=AT_ONCE)


def _refresh_told(events: list[Event]) -> int:
    candidates = {candidate for event in events for candidate in _concerned(event) if candidate is not None}
    marks = Mark.registry.filter(candidate__in=candidates, publication__in=Publication.objects.filter(sheets.STANDS))
    sheets.refresh(set(marks.values_list("sitting", "candidate")))
    return len(candidates)


def _concerned(event: Event) -> set[int | None]:
    """Whose row it is, whose it was, and into whose record it was merged."""
    after, before = event.details.get("after") or {}, event.details.get("before") or {}
    return {event.candidate_id, before.get("candidate_id"), before.get("merged_into_id"), after.get("merged_into_id")}


def walk() -> int:
    """Hold the sheets of the latest sitting against what they should be, and make anew what differs; how many candidates."""
    count = 0
    for publication in _of_the_latest_sitting().filter(sheets_made_at__isnull=False):
        with connection.cursor() as cursor:
            cursor.execute(_DIFFERENT, {"publication": publication.pk})
            different = [(publication.sitting_id, row[0]) for row in cursor.fetchall()]
        for start in range(0, len(different), AT_ONCE):
            sheets.refresh(different[start : start + AT_ONCE])
        count += len(different)
    if count:
        log.warning("result_sheets.differed", candidates=count)
    return count


def make_missing() -> int:
    """Have workers make the sheets of publications of the latest sitting that have none and wait for none; how many."""
    missing = _of_the_latest_sitting().filter(sheets_made_at__isnull=True, credits_entered_at__isnull=False)
    started = 0
    for publication in missing:
        under_way = Job.objects.unfinished().filter(kind=sheets.SHEETS_JOB, parameters__publication=publication.pk)
        if not under_way.exists():
            sheets.start_making(publication, by=None)
            started += 1
    return started


def _of_the_latest_sitting() -> QuerySet[Publication]:
    latest = Sitting.objects.filter(pk__in=Publication.objects.filter(published_at__isnull=False).values("sitting")).first()
    return Publication.objects.filter(sitting=latest, published_at__isnull=False).select_related("sitting")

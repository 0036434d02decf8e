"""How a leave was used, from the trail alone: which of its records were opened, how often, when, and which never."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min, QuerySet

from audit.models import Event
from records.access.models import AccessRecord, AccessRequest

SHOWN_LOOKS = 100


@dataclass(frozen=True)
class Use:
    """Counts of a whole leave, and its latest looks."""

    records: int
    opened: int
    looks: int
    latest: list[Look]

    @property
    def never_opened(self) -> int:
        return self.records - self.opened


@dataclass(frozen=True)
class Look:
    """One opening: when, of which record (by the number under which the request has it), what was looked at."""

    at: dt.datetime
    number: str
    verb: str


@dataclass(frozen=True)
class Covered:
    """A record of the request with how often it was opened on this leave, and when first and last."""

    record: AccessRecord
    looks: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None


def looks_on(case: AccessRequest) -> QuerySet[Event]:
    """The reads that carry the leave."""
    return Event.objects.filter(kind=Event.Kind.READ, outcome=Event.Outcome.DONE, leave_id=case.pk)


def use_of(case: AccessRequest) -> Use:
    """What a head reads about the use of a leave; of many looks the latest."""
    totals = looks_on(case).aggregate(looks=Count("pk"), opened=Count("candidate_id", distinct=True))
    events = list(looks_on(case).order_by("-pk")[:SHOWN_LOOKS])
    numbers = dict(
        case.records.filter(candidate__in=[event.candidate_id for event in events]).values_list("candidate_id", "number")
    )
    latest = [Look(event.at, numbers.get(event.candidate_id or 0, ""), event.verb) for event in events]
    return Use(case.records.count(), totals["opened"], totals["looks"], latest)


def covered_by(case: AccessRequest, records: list[AccessRecord]) -> list[Covered]:
    """These records of the request with their use; one statement."""
    ids = [record.candidate_id for record in records]
    found = looks_on(case).filter(candidate_id__in=ids).values("candidate_id")
    rows = found.annotate(looks=Count("pk"), first=Min("at"), last=Max("at"))
    counted = {row["candidate_id"]: (row["looks"], row["first"], row["last"]) for row in rows}
    return [Covered(record, *counted.get(record.candidate_id, ())) for record in records]


def never_opened(case: AccessRequest) -> QuerySet[AccessRecord]:
    """The records that were not opened on this leave."""
    return case.records.exclude(candidate__in=looks_on(case).filter(candidate_id__isnull=False).values("candidate_id"))

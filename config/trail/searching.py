"""What is looked for in the trail: resolved to ids, carried to pages, jobs and back, and put to the table by its indexes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from psycopg2.errors import QueryCanceled

from audit.models import Event, EventQuerySet
from config.trail.numbers import numbers_between
from config.trail.sight import own_events, visible_events
from records.people.models import User

PAGE = 50
MOST_SECONDS = 20


class TooLong(Exception):
    """The search took longer than a page may; narrower conditions will do."""


@dataclass(frozen=True)
class Search:
    """Conditions on events, all of them together; empty ones ask nothing. Days are the office's, both included.

    ``subjects`` are rows by table (a case and what hangs on it), ``table`` a table alone (with the step of a kind of case).
    """

    first: dt.date
    last: dt.date
    candidates: tuple[int, ...] = ()
    subjects: tuple[tuple[str, tuple[int, ...]], ...] = ()
    actors: tuple[int, ...] = ()
    office: int | None = None
    kind: str = ""
    verb: str = ""
    table: str = ""
    outcome: str = ""
    leave: int | None = None

    @property
    def asks_for_details(self) -> bool:
        """Whether finding an event tells more of it than when, which office and which kind."""
        return bool(self.actors or self.verb or self.table or self.outcome or self.leave)

    def parameters(self) -> dict[str, Any]:
        """As JSON, for the row of a job."""
        return asdict(self) | {"first": self.first.isoformat(), "last": self.last.isoformat()}

    @classmethod
    def of(cls, parameters: dict[str, Any]) -> Search:
        """Read what ``parameters`` wrote."""
        days = {name: dt.date.fromisoformat(parameters[name]) for name in ("first", "last")}
        lists = {name: tuple(parameters[name]) for name in ("candidates", "actors")}
        subjects = tuple((table, tuple(ids)) for table, ids in parameters["subjects"])
        return cls(**{**parameters, **days, **lists, "subjects": subjects})


def found(user: User, search: Search) -> EventQuerySet:
    """The events that the person may know of and that meet the search; only those seen whole where finding tells details."""
    events = own_events(user) if search.asks_for_details else visible_events(user)
    return narrowed(events, search)


def narrowed(events: EventQuerySet, search: Search) -> EventQuerySet:
    """``events`` by the search's conditions, in no order."""
    since, until = _moments(search)
    low, high = numbers_between(since, until)
    events = events.filter(pk__gte=low, pk__lte=high, at__gte=since, at__lt=until)
    if search.candidates:
        events = events.filter(candidate_id__in=search.candidates)
    if search.subjects:
        events = events.filter(_any_of(search.subjects))
    if search.actors:
        events = events.filter(actor__in=search.actors)
    exact = {
        "office_id": search.office,
        "kind": search.kind,
        "verb": search.verb,
        "subject_table": search.table,
        "outcome": search.outcome,
        "leave_id": search.leave,
    }
    return events.filter(**{name: value for name, value in exact.items() if value})


def _moments(search: Search) -> tuple[dt.datetime, dt.datetime]:
    midnight = dt.time.min
    zone = timezone.get_current_timezone()
    after = search.last + dt.timedelta(days=1)
    return dt.datetime.combine(search.first, midnight, zone), dt.datetime.combine(after, midnight, zone)


def _any_of(subjects: tuple[tuple[str, tuple[int, ...]], ...]) -> Q:
    rows = Q()
    for table, ids in subjects:
        rows |= Q(subject_table=table, subject_id__in=ids)
    return rows


@dataclass(frozen=True)
class Found:
    """One page of events, newest first, and whether older ones follow."""

    events: list[Event]
    has_more: bool


def page_of(user: User, search: Search, before: int | None) -> Found:
    """The events older than number ``before`` (None: the newest). Raises ``TooLong``."""
    with _at_most(MOST_SECONDS):
        events = found(user, search).select_related("actor").order_by("-pk")
        if before is not None:
            events = events.filter(pk__lt=before)
        rows = list(events[: PAGE + 1])
    return Found(rows[:PAGE], len(rows) > PAGE)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Within the block no statement runs longer; raises ``TooLong`` where one would."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds * 1000:.0f}ms"])
            yield
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooLong from error
        raise

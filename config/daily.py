"""The office's report of a day: what was received, decided, read, refused and failed, and the newest seal of the trail.

It is drawn up the morning after and never altered. Printed and bound, it makes the seal stand outside the database: who rewrites
the trail would have to rewrite the paper. Figures are counted from the trail and from the rows; nobody is named in them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, CharField, Count, Q, Value, When
from django.utils import timezone

from audit.models import DailyReport, Event, EventQuerySet, Seal
from audit.seals import seal_trail
from audit.timeline import is_closed
from audit.trail import GATHERED
from config.candidates import PurposeForm
from config.trail.searching import Search, narrowed
from config.workflows import KINDS, Kind
from records.access.models import AccessStatus, UnusualReading
from records.imports.models import ImportFile
from records.jobs.models import Job
from records.people import sign_in_trail
from scores.models import Publication

SIGN_IN = (sign_in_trail.REFUSED, sign_in_trail.LOCKED)
OPENS_RECORDS = (AccessStatus.GRANTED, AccessStatus.URGENT)  # leave to look: it ends later, but is given with this step
CASE_IN_PURPOSE = r"^[^0-9][0-9]{4}-[0-9]{5,18}"
MOST_MISSING = 31  # days that one morning makes up for

Figures = dict[str, Any]
Move = tuple[str, str, int]  # from a status, to a status, how often


class NotReportable(ValueError):
    """The day is not over yet, so that a report would not be the last word, or lies before the trail: nothing is known of it."""


def first_day() -> dt.date:
    """The day on which the trail begins; today where it is empty."""
    began = Event.objects.order_by("pk").values_list("at", flat=True).first()
    return timezone.localdate(began)


def draw_up(day: dt.date) -> DailyReport:
    """The report of a day, drawn up now unless it stands already. Raises ``NotReportable``."""
    if not first_day() <= day < timezone.localdate():
        raise NotReportable(day.isoformat())
    standing = DailyReport.objects.filter(day=day).first()
    return standing or _drawn_up(day)


def _drawn_up(day: dt.date) -> DailyReport:
    figures = figures_of(day)
    seal_trail()
    number, hashed = Seal.objects.order_by("-number").values_list("number", "hash").first() or (None, b"")
    try:
        with transaction.atomic():
            return DailyReport.objects.create(day=day, figures=figures, seal_number=number, seal_hash=bytes(hashed).hex())
    except IntegrityError:  # somebody else drew it up at the same moment
        return DailyReport.objects.get(day=day)


def draw_up_missing() -> list[DailyReport]:
    """The reports of the last days up to yesterday that are missing, oldest first."""
    today = timezone.localdate()
    days = missing_days(max(first_day(), today - dt.timedelta(days=MOST_MISSING)), today)
    return [draw_up(day) for day in days]


def missing_days(first: dt.date, after: dt.date) -> list[dt.date]:
    """The reportable days from ``first`` to before ``after`` that have no report, oldest first."""
    first, after = max(first, first_day()), min(after, timezone.localdate())
    there = set(DailyReport.objects.filter(day__gte=first, day__lt=after).values_list("day", flat=True))
    days = [first + dt.timedelta(days=count) for count in range((after - first).days)]
    return [day for day in days if day not in there]


def figures_of(day: dt.date) -> Figures:
    """What happened on a day, as it stands in the report: counts by code, put into words by the page."""
    events = narrowed(Event.objects.all(), Search(first=day, last=day))
    return {
        "cases": _cases(events.steps()),
        "imports": _imports(day),
        "publications": Publication.objects.filter(published_at__date=day).count(),
        "reads": _reads(events),
        "denied": _denied(events).exclude(verb__in=SIGN_IN).count(),
        "sign_ins_refused": _denied(events).filter(verb__in=SIGN_IN).count(),
        "unusual": UnusualReading.objects.filter(found_at__date=day).count(),
        "jobs_failed": Job.objects.filter(state=Job.State.FAILED, finished_at__date=day).count(),
    }


def _cases(steps: EventQuerySet) -> dict[str, Figures]:
    """By kind of case: how many were received, and how many decided with which outcome."""
    moves = steps.exclude(after="").values_list("subject_table", "before", "after").annotate(count=Count("pk")).order_by()
    by_table: dict[str, list[Move]] = defaultdict(list)
    for table, before, after, count in moves:
        by_table[table].append((before, after, count))
    return {kind.namespace: _moved(kind, by_table[kind.workflow.model._meta.db_table]) for kind in KINDS}


def _moved(kind: Kind, moves: list[Move]) -> Figures:
    """A draft that somebody hands in is received; what no step leads on from is decided, as is what opens a record."""
    received, decided = 0, defaultdict[str, int](int)
    for before, after, count in moves:
        if before == "draft" and after not in ("draft", "withdrawn"):
            received += count
        if before != after and (is_closed(kind.workflow, after) or after in OPENS_RECORDS):
            decided[after] += count
    return {"received": received, "decided": dict(sorted(decided.items()))}


def _imports(day: dt.date) -> dict[str, dict[str, int]]:
    """By kind of file: how many were taken and how many refused."""
    files = ImportFile.objects.filter(sent_at__date=day, accepted__isnull=False).values("kind")
    counted = files.annotate(taken=Count("pk", filter=Q(accepted=True)), refused=Count("pk", filter=Q(accepted=False)))
    return {row["kind"]: {"taken": row["taken"], "refused": row["refused"]} for row in counted.order_by("kind")}


def _reads(events: EventQuerySet) -> dict[str, int]:
    """Reads by staff, by the class of their purpose."""
    looks = events.filter(kind=Event.Kind.READ, outcome=Event.Outcome.DONE).exclude(capacity="candidate")
    counted = looks.values(purpose_class=_purpose_class()).annotate(count=Count("pk")).order_by("purpose_class")
    return {row["purpose_class"]: row["count"] for row in counted}


def _purpose_class() -> Case:
    """``leave``, ``trail``, ``gathered``, ``case``, the reasons of the purpose form, or ``other``; the first that fits."""
    reasons = [When(note__startswith=str(label), then=Value(code)) for code, label in PurposeForm.REASONS]
    return Case(
        When(leave_id__isnull=False, then=Value("leave")),
        When(verb__startswith="trail", then=Value("trail")),
        When(verb__in=sorted(GATHERED), then=Value("gathered")),
        When(note__regex=CASE_IN_PURPOSE, then=Value("case")),
        *reasons,
        default=Value("other"),
        output_field=CharField(),
    )


def _denied(events: EventQuerySet) -> EventQuerySet:
    return events.filter(outcome=Event.Outcome.DENIED)

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


class NotOver(ValueError):
    """The day is not over yet: its report would not be the last word."""


def draw_up(day: dt.date) -> DailyReport:
    """The report of a day, drawn up now unless it stands already. Raises ``NotOver`` for today and later days."""
    if day >= timezone.localdate():
        raise NotOver(day.isoformat())
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
    """The reports up to yesterday that are missing since the newest one (at first: yesterday's alone), oldest first."""
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    newest = DailyReport.objects.filter(day__lte=yesterday).order_by("-day").values_list("day", flat=True).first()
    first = max(newest + dt.timedelta(days=1), yesterday - dt.timedelta(days=MOST_MISSING - 1)) if newest else yesterday
    return [draw_up(first + dt.timedelta(days=days)) for days in range((yesterday - first).days + 1)]


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
    moves = steps.exclude(after="").values("subject_table", "before", "after").annotate(count=Count("pk")).order_by()
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for move in moves:
        by_table[move["subject_table"]].append(move)
    return {kind.namespace: _moved(kind, by_table[kind.workflow.model._meta.db_table]) for kind in KINDS}


def _moved(kind: Kind, moves: list[dict[str, Any]]) -> Figures:
    """A draft that somebody hands in is received; what no step leads on from is decided, as is what opens a record."""
    received, decided = 0, defaultdict[str, int](int)
    for move in moves:
        if move["before"] == move["after"]:
            continue
        if move["before"] == "draft" and move["after"] not in ("", "withdrawn"):
            received += move["count"]
        if is_closed(kind.workflow, move["after"]) or move["after"] in OPENS_RECORDS:
            decided[move["after"]] += move["count"]
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

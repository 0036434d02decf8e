"""Where a case lies and how it came there: the row of desks and the timeline, from the trail alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.models import Application, Event
from audit.workflow import Workflow


@dataclass(frozen=True)
class Desk:
    """A desk of the row: ``place`` is done, here or ahead."""

    title: Any
    text: str
    place: str


@dataclass(frozen=True)
class Line:
    """A line of the timeline, newest first; ``who`` is name, office and duty in words."""

    title: Any
    who: str
    at: dt.datetime | None = None
    note: str = ""
    is_now: bool = False


def is_closed(workflow: Workflow[Any], status: str) -> bool:
    """Whether no step leads on from this status."""
    return not any(status in step.source for step in workflow.table)


def due_day(application: Application, days: Mapping[str, int]) -> dt.date | None:
    """The last day on which the case should leave the desk it lies on; None where no number of days is set."""
    most = days.get(application.status)
    return None if most is None else timezone.localdate(application.status_since) + dt.timedelta(days=most)


def desks(workflow: Workflow[Any], application: Any, events: list[Event], due_on: dt.date | None = None) -> list[Desk]:
    """The row of desks: done with the day it was left and how, here with since when, ahead (or never reached) hollow."""
    here = _desk_of(workflow, application.status)
    closed = is_closed(workflow, application.status)
    row = []
    for index, status in enumerate(workflow.route):
        title, ahead = workflow.desks.get(status, (workflow.word_of(status), ""))
        if index < here:
            left = _left(workflow, status, events)
            passed_by = closed and not left and application.status not in workflow.route
            row.append(Desk(title, left, "ahead" if passed_by else "done"))
        elif index == here:
            text = _closing(workflow, application) if closed else _waiting(workflow, application, due_on)
            row.append(Desk(title, text, "done" if closed else "here"))
        else:
            row.append(Desk(title, str(ahead), "ahead"))
    return row


def _desk_of(workflow: Workflow[Any], status: str) -> int:
    """Where on the route a case with this status lies; statuses off the route lie where the same steps lead on, or at the end."""
    if status in workflow.route:
        return workflow.route.index(status)
    for step in workflow.table:
        if status in step.source:
            for index, place in enumerate(workflow.route):
                if place in step.source:
                    return index
    return len(workflow.route) - 1


def _left(workflow: Workflow[Any], status: str, events: list[Event]) -> str:
    """11月12日，建议准予: when and by which step the case left this desk for good; "" where it never lay there."""
    desk = _desk_of(workflow, status)
    last = next((event for event in reversed(events) if event.before and _desk_of(workflow, event.before) == desk), None)
    if last is None or last.verb not in workflow.steps:
        return ""
    step = workflow.steps[last.verb]
    return f"{day(last.at)}，{step.label}" if step.permission else day(last.at)


def _waiting(workflow: Workflow[Any], application: Any, due_on: dt.date | None) -> str:
    """已在此11天，期限11月27日; for a status off the route its word in front."""
    since = timezone.localdate(application.status_since)
    days = (timezone.localdate() - since).days
    words = ngettext("已在此%(days)s天", "已在此%(days)s天", days) % {"days": days} if days else _("今天到此")
    parts = [words] if application.status in workflow.route else [str(workflow.word_of(application.status)), words]
    return "，".join([*parts, _("期限%(day)s") % {"day": day(due_on)}] if due_on else parts)


def _closing(workflow: Workflow[Any], application: Any) -> str:
    return f"{day(application.status_since)}，{workflow.word_of(application.status)}"


def timeline(workflow: Workflow[Any], application: Any, events: list[Event], *, with_names: bool = True) -> list[Line]:
    """The steps taken, newest first, above them what the case waits for now."""
    lines = [_line(workflow, application, event, with_names) for event in reversed(events)]
    if is_closed(workflow, application.status):
        return lines
    since = _("%(day)s起") % {"day": day(application.status_since)}
    return [Line(workflow.word_of(application.status), since, is_now=True), *lines]


def _line(workflow: Workflow[Any], application: Any, event: Event, with_names: bool) -> Line:
    step = workflow.steps.get(event.verb)
    office = str(application.words_of(event.capacity))
    duty = f"（{step.duty}）" if step and step.duty else ""
    named = with_names or event.capacity == "candidate"
    who = "，".join([*([str(event.actor)] if named and event.actor else []), f"{office}{duty}"])
    return Line(step.label if step else event.verb, who, event.at, event.note)


def day(value: dt.date | dt.datetime) -> str:
    """11月12日; with the year where it is not the running one."""
    local = timezone.localdate(value) if isinstance(value, dt.datetime) else value
    words = {"year": local.year, "month": local.month, "day": local.day}
    return (_("%(month)s月%(day)s日") if local.year == timezone.localdate().year else _("%(year)s年%(month)s月%(day)s日")) % words

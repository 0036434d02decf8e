"""An event in plain words: who, of which office, in which duty, did what to what; purpose, leave, seal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.models import Event
from config.roles import ROLES
from config.trail import naming
from config.trail.naming import Names
from config.trail.sealed import seals_of
from config.trail.sight import sees_whole
from config.trail.verbs import step_of, verb_in_words
from records.access.models import AccessRequest
from records.candidates.models import Candidate
from records.offices.models import Office
from records.people.models import User

COLUMNS_NAMED = 4  # of a changed row, in the line; the event's page has all


@dataclass(frozen=True)
class Line:
    """An event as lists show it. Of one that may not be seen whole only ``at``, ``office`` and ``kind`` are set."""

    number: int
    at: dt.datetime
    kind: Any
    office: str
    who: str = ""
    what: str = ""
    whose: str = ""
    purpose: str = ""
    leave: str = ""
    outcome: Any = ""
    seal: str = ""
    is_whole: bool = False

    @property
    def url(self) -> str:
        """The event's page; "" where there is none for this person."""
        return reverse("trail:event", args=[self.number]) if self.is_whole else ""


@dataclass(frozen=True)
class Changed:
    """A column of a changed row."""

    name: str
    before: str
    after: str


class Wording:
    """Puts a page of events into words for one person; everything that they mention is fetched once."""

    def __init__(self, events: Iterable[Event], user: User) -> None:
        self.events = list(events)
        self.user = user
        whole = [event for event in self.events if sees_whole(user, event)]
        self.names = Names(pair for event in whole for pair in _mentioned(event))
        self.offices = {office.pk: _called(office) for office in _offices_of(self.events)}
        self.leaves = AccessRequest._base_manager.in_bulk({event.leave_id for event in whole if event.leave_id})
        self.seals = seals_of(whole)

    def lines(self) -> list[Line]:
        """All of them, in their order."""
        return [self.line(event) for event in self.events]

    def line(self, event: Event) -> Line:
        """One event as far as this person may see it."""
        kind = Event.Kind(event.kind).label
        if not sees_whole(self.user, event):
            return Line(event.pk, event.at, kind, self.office_of(event))
        return Line(
            number=event.pk,
            at=event.at,
            kind=kind,
            office=self.office_of(event),
            who=self.who(event),
            what=self.what(event),
            whose=self.whose(event),
            purpose=event.note,
            leave=self.leave_of(event),
            outcome=Event.Outcome(event.outcome).label if event.outcome == Event.Outcome.DENIED else "",
            seal=self.seal_of(event),
            is_whole=True,
        )

    def office_of(self, event: Event) -> str:
        """南京师范大学自考办; 考生本人 for a candidate, 系统 for what no person did."""
        if event.office_id:
            return self.offices.get(event.office_id, _("机构第%(number)s号") % {"number": event.office_id})
        return _("考生本人") if event.capacity == "candidate" else _("系统")

    def who(self, event: Event) -> str:
        """钱文静（免考初审）; the database's user where nobody signed in to the portal."""
        if event.actor_id is None:
            return _("未登录") if event.kind != Event.Kind.CHANGE else _("数据库用户%(name)s") % {"name": event.database_user}
        name = str(event.actor) if event.actor else _("用户第%(number)s号") % {"number": event.actor_id}
        duties = _duties_of(event)
        return _("%(name)s（%(duties)s）") % {"name": name, "duties": duties} if duties else name

    def what(self, event: Event) -> str:
        """查阅考籍：林知一; 更改考生（林知一）：手机号码、通讯地址; 免考申请（免2026-00417）：建议准予."""
        done, subject = verb_in_words(event), self.subject_of(event)
        if event.kind == Event.Kind.CHANGE:
            columns = _columns_in_words(event)
            return f"{done}{subject}" + (_("：%(columns)s") % {"columns": columns} if columns else "")
        if event.kind == Event.Kind.STEP and subject:
            return _("%(subject)s：%(step)s") % {"subject": subject, "step": done}
        if not subject or subject in done:
            return done
        return _("%(read)s：%(subject)s") % {"read": done, "subject": subject}

    def subject_of(self, event: Event) -> str:
        """The row in words, with its kind where the name alone does not say it; the page of a refusal."""
        if not event.subject_table:
            return str(event.details.get("path", ""))
        if event.subject_id is None:
            return naming.table_name(event.subject_table)
        name, kind = self.names.of(event.subject_table, event.subject_id), naming.table_name(event.subject_table)
        if name.startswith(kind) or event.kind == Event.Kind.READ:
            return name
        return _("%(kind)s（%(name)s）") % {"kind": kind, "name": name}

    def whose(self, event: Event) -> str:
        """The candidate whose record it concerns."""
        return self.names.of(Candidate._meta.db_table, event.candidate_id) if event.candidate_id else ""

    def leave_of(self, event: Event) -> str:
        """阅2026-00417, the leave on which it was read."""
        if not event.leave_id:
            return ""
        leave = self.leaves.get(event.leave_id)
        return str(leave) if leave else _("第%(number)s号") % {"number": event.leave_id}

    def seal_of(self, event: Event) -> str:
        """第12号, the seal under which it stands; 尚未封存 as long as there is none."""
        number = self.seals.get(event.pk)
        return _("尚未封存") if number is None else _("第%(number)s号") % {"number": number}

    def moved(self, event: Event) -> tuple[str, str]:
        """From where to where a case went, in its workflow's words; empty where it did not move."""
        if event.kind != Event.Kind.STEP or not event.after or event.before == event.after:
            return "", ""
        words = naming.status_in_words
        return words(event.subject_table, event.before), words(event.subject_table, event.after)

    def changes(self, event: Event) -> list[Changed]:
        """Before and after of a changed row, column by column."""
        before, after = _sides(event)
        table = event.subject_table
        return [
            Changed(
                naming.column_name(table, column),
                naming.value_in_words(table, column, before.get(column), self.names),
                naming.value_in_words(table, column, after.get(column), self.names),
            )
            for column in sorted({*before, *after})
        ]

    def row(self, event: Event) -> list[str]:
        """An event as a row of the readable table (``tables.heads``)."""
        line = self.line(event)
        before, after = self.moved(event)
        changed = [f"{change.name}：{change.before} → {change.after}" for change in self.changes(event)]
        return [
            str(event.pk),
            timezone.localtime(event.at).isoformat(sep=" ", timespec="milliseconds"),
            line.office,
            line.who,
            str(line.kind),
            line.what,
            line.whose,
            before,
            after,
            "；".join(changed),
            line.purpose,
            line.leave,
            str(Event.Outcome(event.outcome).label),
            line.seal,
        ]


def _offices_of(events: list[Event]) -> Iterable[Office]:
    return Office.objects.filter(pk__in={event.office_id for event in events if event.office_id})


def _called(office: Office) -> str:
    """市自考办, 南京师范大学自考办."""
    return str(office) if office.kind == Office.Kind.MUNICIPALITY else str(office.title)


def _mentioned(event: Event) -> list[tuple[str, int]]:
    """Every row that the words of an event name."""
    rows = [(event.subject_table, event.subject_id)] if event.subject_table and event.subject_id is not None else []
    if event.candidate_id:
        rows.append((Candidate._meta.db_table, event.candidate_id))
    for side in _sides(event):
        rows += naming.mentioned_in(event.subject_table, side)
    return rows


def _sides(event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a change was and became; nothing for other events."""
    if event.kind != Event.Kind.CHANGE:
        return {}, {}
    return event.details.get("before") or {}, event.details.get("after") or {}


def _columns_in_words(event: Event) -> str:
    """手机号码、通讯地址等5项, of an update; what is new or gone has all columns."""
    if event.verb != "update":
        return ""
    before, after = _sides(event)
    names = [naming.column_name(event.subject_table, column) for column in sorted({*before, *after})]
    listed = "、".join(names[:COLUMNS_NAMED])
    if len(names) <= COLUMNS_NAMED:
        return listed
    return ngettext("%(listed)s等%(count)s项", "%(listed)s等%(count)s项", len(names)) % {"listed": listed, "count": len(names)}


def _duties_of(event: Event) -> str:
    """The duty of the step, else those in which the person acted."""
    step = step_of(event.subject_table, event.verb) if event.kind == Event.Kind.STEP else None
    if step and step.duty:
        return str(step.duty)
    _place, _blank, duties = event.capacity.partition(" ")
    return "、".join(str(ROLES[code].title) for code in duties.split(",") if code in ROLES)

"""A candidate's own registrations for sittings that are not over: what, when, where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from records.candidates.models import Candidate
from records.catalogue.models import Course
from scores.models import PaperTime, Sitting, SittingRegistration
from scores.sittings.overview import this_month
from scores.sittings.timetable import times_of

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Paper:
    """A course that somebody sits: ``time`` is None, and site, room or seat empty, until they are laid down."""

    course: Course
    practical: bool
    time: PaperTime | None
    site: str
    room: str
    seat: str

    @property
    def day(self) -> str:
        """4月24日（周六）, or that it is not known yet."""
        if self.time is None:
            return _("待公布")
        on = self.time.on
        return _("%(month)s月%(day)s日（周%(weekday)s）") % {
            "month": on.month,
            "day": on.day,
            "weekday": WEEKDAYS[on.weekday()],
        }

    @property
    def hours(self) -> str:
        """09:00–11:30; empty until it is laid down."""
        return f"{self.time.starts_at:%H:%M}–{self.time.ends_at:%H:%M}" if self.time else ""

    @property
    def when(self) -> str:
        return f"{self.day} {self.hours}".strip()

    @property
    def place(self) -> str:
        """Site, room and seat in one."""
        seat = _("座位%(seat)s") % {"seat": self.seat} if self.seat else ""
        return " ".join(filter(None, (self.site, self.room, seat))) or _("待安排")


@dataclass(frozen=True)
class Coming:
    """A sitting that is not over with one candidate's papers, by day and hour."""

    sitting: Sitting
    papers: list[Paper]

    @property
    def first(self) -> PaperTime | None:
        """The earliest of the times; None until one is laid down."""
        return next((paper.time for paper in self.papers if paper.time), None)

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day of examination; where any time is not laid down yet, the month at its longest."""
        known = [paper.time.on for paper in self.papers if paper.time]
        month = (self.sitting.last_day.replace(day=1), self.sitting.last_day)
        return (min(known or month), max(known) if len(known) == len(self.papers) else month[1])


def coming_of(candidate: Candidate) -> list[Coming]:
    """The sittings that are not over for which the candidate is registered, the next one first; two statements."""
    mine = SittingRegistration.objects.filter(candidate=candidate, sitting__name__gte=this_month())
    found = list(mine.select_related("sitting", "course").order_by("sitting__name", "practical", "course__code"))
    return [Coming(sitting, papers_of(rows)) for sitting, rows in groupby(found, key=_sitting_of)]


def _sitting_of(registration: SittingRegistration) -> Sitting:
    return registration.sitting


def papers_of(registrations: Iterable[SittingRegistration]) -> list[Paper]:
    """The papers of one candidate, those with a time first, by day and hour."""
    rows = list(registrations)
    times = times_of({row.sitting_id for row in rows}, {row.course_id for row in rows})
    papers = [
        Paper(row.course, row.practical, times.get((row.sitting_id, row.course_id)), row.site, row.room, row.seat) for row in rows
    ]
    return sorted(papers, key=_order)


def _order(paper: Paper) -> tuple[bool, str, str]:
    when = f"{paper.time.on} {paper.time.starts_at}" if paper.time else ""
    return paper.time is None, when, paper.course.code

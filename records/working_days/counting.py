"""Deadlines in working days. Monday to Friday unless ``DayException`` says otherwise; the day that starts a period is day 0."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from records.working_days.models import DayException

ONE_DAY = dt.timedelta(days=1)
SATURDAY = 5
MOST = 2_000
"""No deadline is longer: who asks for more has made a mistake."""


@dataclass(frozen=True)
class Calendar:
    """The exceptions by day, read once for whoever counts many days."""

    exceptions: dict[dt.date, bool]

    @classmethod
    def of(cls, first: dt.date, last: dt.date) -> Calendar:
        """What is laid down from ``first`` to ``last``, both days included."""
        return cls(dict(DayException.objects.filter(day__range=(first, last)).values_list("day", "is_working")))

    @classmethod
    def since(cls, first: dt.date) -> Calendar:
        """Everything laid down from the beginning of that day's year on."""
        return cls.of(dt.date(first.year, 1, 1), dt.date.max)

    def is_working(self, day: dt.date) -> bool:
        """Whether offices work on this day."""
        return self.exceptions.get(day, day.weekday() < SATURDAY)

    def after(self, day: dt.date, n: int) -> dt.date:
        """The ``n``-th working day after ``day``, as far as the calendar knows; ``n`` as for ``add_working_days``."""
        if not 0 <= n <= MOST:
            raise ValueError(n)
        while n:
            day += ONE_DAY
            n -= self.is_working(day)
        return day

    def years_without_entries(self, first: dt.date, last: dt.date) -> list[int]:
        """The years between the two days of which the calendar knows nothing; for one made by ``since``."""
        known = {day.year for day in self.exceptions}
        return [year for year in range(first.year, last.year + 1) if year not in known]


def is_working(day: dt.date) -> bool:
    """Whether offices work on this day."""
    return Calendar.of(day, day).is_working(day)


def add_working_days(day: dt.date, n: int) -> dt.date:
    """The ``n``-th working day after ``day``; ``day`` itself for 0. ``ValueError`` for less than 0 or more than ``MOST``."""
    return Calendar.since(day).after(day, n)


def working_days_between(first: dt.date, last: dt.date) -> int:
    """How many working days come after ``first`` up to ``last`` (included). ``ValueError`` where ``last`` is the earlier day."""
    if last < first:
        raise ValueError(last)
    calendar = Calendar.of(first, last)
    days = (first + dt.timedelta(days=place) for place in range(1, (last - first).days + 1))
    return sum(map(calendar.is_working, days))


def years_without_entries(first: dt.date, last: dt.date) -> list[int]:
    """The years between the two days for which nobody has laid down holidays yet: what is counted there is provisional."""
    return Calendar.since(first).years_without_entries(first, last)

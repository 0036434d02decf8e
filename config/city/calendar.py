"""The days of the city: which sittings it has, when their marks came out, when people registered."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from config.city.chance import Dice

MONTHS = (4, 10)
FIRST_REGISTRATIONS = dt.date(2021, 3, 1)
LAST_REGISTRATIONS = dt.date(2026, 10, 31)
PERIODS = (3, 9)
PERIOD_DAYS = 25
OLD_HANDS = 0.55  # the share of those who registered before the city's first sitting
WRITTEN_OUT_AFTER = dt.timedelta(days=36)
PRACTICAL_OUT_AFTER = dt.timedelta(days=64)


@dataclass(frozen=True)
class Term:
    """A sitting of the city: its place among them (1 is the first), its name, and whether its marks are out."""

    place: int
    name: str
    is_out: bool

    @property
    def first_day(self) -> dt.date:
        """The first of the month that names it."""
        year, month = map(int, self.name.split("-"))
        return dt.date(year, month, 1)

    @property
    def last_day(self) -> dt.date:
        """The day that its marks bear."""
        return _last_of_month(self.first_day)


def terms(count: int, today: dt.date) -> list[Term]:
    """The last ``count`` sittings before ``today``, oldest first; the marks of the last one are not out yet."""
    names: list[str] = []
    year, month = today.year, today.month
    while len(names) < count:
        if month in MONTHS and _last_of_month(dt.date(year, month, 1)) < today:
            names.append(f"{year}-{month:02}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return [Term(place, name, is_out=place < count) for place, name in enumerate(reversed(names), start=1)]


def registration_day(dice: Dice, first_sitting: dt.date, today: dt.date, *, is_old_hand: bool) -> dt.date:
    """A day of one of the registration periods in March and September; an old hand's is before the first sitting."""
    first = min(FIRST_REGISTRATIONS, first_sitting - dt.timedelta(days=400))
    last = first_sitting - dt.timedelta(days=1)
    if not (is_old_hand or dice.hit(OLD_HANDS)):
        first, last = first_sitting, max(first_sitting, min(LAST_REGISTRATIONS, today))
    day = _period_before(first + dt.timedelta(days=dice.below((last - first).days + 1)))
    return min(day + dt.timedelta(days=dice.below(PERIOD_DAYS)), today)


def _period_before(day: dt.date) -> dt.date:
    """The first day of the registration period that began last."""
    if day.month < PERIODS[0]:
        return dt.date(day.year - 1, PERIODS[1], 1)
    return dt.date(day.year, PERIODS[0] if day.month < PERIODS[1] else PERIODS[1], 1)


def _last_of_month(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])

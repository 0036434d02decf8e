"""Terms of graduation: the months in which one graduates, twice a year, and the day of it (Regulations art. 27; settings)."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from records.settings.values import value_of

AHEAD = 2
YEARS_BACK = 4
_TERM = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def graduation_day(term: str) -> dt.date:
    """The day of graduation in a term such as ``2026-12``; raises ``ValueError`` for what is not a month."""
    found = _TERM.fullmatch(term)
    if found is None:
        raise ValueError(term)
    year, month = int(found[1]), int(found[2])
    last = calendar.monthrange(year, month)[1]
    return dt.date(year, month, min(int(value_of("graduation.day")), last))


def is_term(term: str) -> bool:
    """Whether people graduate in this month at all."""
    found = _TERM.fullmatch(term)
    return found is not None and int(found[2]) in value_of("graduation.months")


def upcoming_terms(today: dt.date) -> list[str]:
    """The next terms whose day has not passed, the nearest first."""
    months = sorted(value_of("graduation.months"))
    terms = [f"{year}-{month:02}" for year in range(today.year, today.year + AHEAD + 1) for month in months]
    return [term for term in terms if graduation_day(term) >= today][:AHEAD]


def recent_terms(today: dt.date) -> list[str]:
    """The coming terms and those of the last years, the latest first, to choose from in lists."""
    months = sorted(value_of("graduation.months"))
    past = [f"{year}-{month:02}" for year in range(today.year - YEARS_BACK, today.year + 1) for month in months]
    return sorted({*past, *upcoming_terms(today)}, reverse=True)


def half_of(day: dt.date) -> int:
    """The half of the year: 1 or 2."""
    return 1 if day.month <= 6 else 2

"""Passed courses (L3): each with its credits, where it comes from, its mark, and every published attempt at it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from config.record import Record
from config.wording import plain_number, written_date, written_month
from records.ledger.models import Source


@dataclass(frozen=True)
class Attempt:
    """One sitting of a course: when, and the mark, grade or flag in words."""

    when: str
    result: str


@dataclass(frozen=True)
class PassedCourse:
    """A course that counts; ``result`` is — where a source has no mark, ``when`` the sitting or the day of the decision."""

    code: str
    name: str
    credits: Decimal | None
    source: str
    result: str
    when: str
    attempts: tuple[Attempt, ...]


def passed_courses_of(record: Record) -> dict[str, Any]:
    """``written`` and ``practical`` courses, the latter those with a practical mark, and the sum of all credits."""
    attempts = _attempts(record)
    practical = {credit["course"] for credit in record.credits if credit["source"] == Source.PRACTICAL}
    courses = [_passed(credit, tuple(attempts[credit["course"]])) for credit in record.credits]
    return {
        "written": [course for course in courses if course.code not in practical],
        "practical": [course for course in courses if course.code in practical],
        "count": len(courses),
        "credits": sum((course.credits or Decimal(0) for course in courses), Decimal(0)),
    }


def _passed(credit: dict[str, Any], attempts: tuple[Attempt, ...]) -> PassedCourse:
    return PassedCourse(
        code=credit["course"],
        name=credit["name"],
        credits=credit["credits"],
        source=str(Source(credit["source"]).label),
        result="—" if credit["mark"] is None else result_in_words(credit["mark"], ""),
        when=_when(credit),
        attempts=attempts,
    )


def _when(credit: dict[str, Any]) -> str:
    examined = credit["source"] in {Source.EXAM, Source.PRACTICAL}
    return written_month(credit["on"]) if examined else written_date(credit["on"])


def _attempts(record: Record) -> dict[str, list[Attempt]]:
    """Published attempts by course, the latest first."""
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    for mark in reversed(record.marks):
        attempts[mark["course"]].append(Attempt(written_month(mark["on"]), result_in_words(mark["mark"], mark["flag"])))
    return attempts


def result_in_words(mark: Any, flag: str) -> str:
    """A mark as people read it: 66分, 良好, or the flag of an attempt without mark."""
    if mark is None:
        return flag
    return mark if isinstance(mark, str) else _("%(points)s分") % {"points": plain_number(mark)}

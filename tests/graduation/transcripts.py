"""Transcripts for tests of the rule engine: passes by course code."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from graduation.plans import CompiledPlan
from graduation.verdicts import Leaf, Passed, PathVerdict, Requirement, Verdict

SITTING = date(2026, 10, 31)


def passed(code: str, on: date = SITTING, mark: Decimal | None = Decimal(75)) -> Passed:
    """A pass by examination, the only one of its course."""
    return Passed(code, "exam", mark, on, on)


def passes(codes: Iterable[str]) -> list[Passed]:
    """A pass of each course in the sitting of October 2026."""
    return [passed(code) for code in codes]


def compulsory(plan: CompiledPlan, *, without: Iterable[str] = ()) -> list[str]:
    """The codes of the compulsory courses, the thesis included."""
    left_out = set(without)
    return [course.code for course in plan.courses if course.nature == "必考" and course.code not in left_out]


def requirement(verdict: Verdict | PathVerdict, code: str) -> Requirement:
    """The requirement of a course, a group or a total."""
    (found,) = [requirement for requirement in verdict.requirements if requirement.code == code]
    return found


def leaf(verdict: Verdict | PathVerdict, code: str) -> Leaf:
    """A course of the plan as the verdict shows it."""
    (found,) = [leaf for requirement in verdict.requirements for leaf in requirement.leaves if leaf.code == code]
    return found


def open_codes(verdict: Verdict | PathVerdict) -> list[str]:
    """The requirements not satisfied, totals left aside."""
    return [item.code for item in verdict.requirements if not item.satisfied and item.kind != "total"]


def by(requirement: Requirement | Leaf) -> list[str]:
    """The codes of the courses really passed."""
    return [course.code for course in requirement.by]

"""The rows of a catalogue folder once they are checked: typed, and consistent with each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class UniversityRow:
    """A row of ``universities.csv``."""

    code: str
    name: str
    short_name: str


@dataclass(frozen=True, slots=True)
class MajorRow:
    """A row of ``majors.csv``; ``hosts`` are university codes."""

    code: str
    name: str
    level: str
    hosts: tuple[str, ...]
    state: str
    closed_on: dt.date | None
    degree: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row of ``plans.csv``."""

    major: str
    version: str
    effective_from: dt.date
    newcomers_until: dt.date | None
    graduation_until: dt.date | None
    total_credits: Decimal
    total_courses: int | None
    entry_restriction: str
    prior_diploma: str
    source: str

    @property
    def key(self) -> tuple[str, str]:
        """Major code and version."""
        return self.major, self.version


@dataclass(frozen=True, slots=True)
class PlanCourseRow:
    """A row of ``plan_courses.csv``; ``national`` None: unknown. ``position`` counts the rows of the plan from 1."""

    plan: tuple[str, str]
    position: int
    ordinal: str
    course: str
    name: str
    credits: Decimal
    counts_credits: bool
    assessment: str
    nature: str
    group: str
    set_label: str
    degree_course: str
    theory: str
    first_sitting: str
    national: bool | None
    certificate: bool


@dataclass(frozen=True, slots=True)
class PlanGroupRow:
    """A row of ``plan_groups.csv``; the minima as they stand there."""

    plan: tuple[str, str]
    label: str
    courses_needed: str
    credits_needed: str
    exchange_courses_needed: str
    exchange_credits_needed: str


@dataclass(frozen=True, slots=True)
class ReplacementRow:
    """A row of ``replacements.csv`` in its own notation; ``major`` is empty for every major of ``level``."""

    major: str
    level: str
    version: str
    path: str
    passed: str
    needed: int
    replaces: str
    waives: str
    one_by_one: bool
    credits_only: bool
    note: str


@dataclass(frozen=True, slots=True)
class CatalogueRows:
    """A whole folder."""

    universities: tuple[UniversityRow, ...]
    majors: tuple[MajorRow, ...]
    plans: tuple[PlanRow, ...]
    plan_courses: tuple[PlanCourseRow, ...]
    plan_groups: tuple[PlanGroupRow, ...]
    replacements: tuple[ReplacementRow, ...]

    @property
    def count(self) -> int:
        """The rows of all six files."""
        parts = (self.universities, self.majors, self.plans, self.plan_courses, self.plan_groups, self.replacements)
        return sum(len(part) for part in parts)

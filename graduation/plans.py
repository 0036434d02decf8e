"""A plan version as the rule engine reads it: the rows that come in, and the plan compiled from them once.

The rows mirror the files of the catalogue (FORMATS: ``plans.csv``, ``plan_courses.csv``, ``plan_groups.csv``,
``replacements.csv``), so that a file reader and the database feed the same ``compiling.compile_plan``. In a compiled plan
a set of the plan's courses is a bit mask (bit *i* = ``CompiledPlan.courses[i]``), and so is a set of courses that
replacement rows use up (bit *i* = ``CompiledPlan.sources[i]``). Compiled plans are immutable and can be pickled.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

LANGUAGE = "外语"
EXCHANGE = "换考"
COMPULSORY = "必考"
ELECTIVE = "选考"
ADDITIONAL = "加考"
ALL_COURSES = "全部"


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A row of ``plans.csv`` with the major's 层次; ``total_courses`` None: no minimum of courses."""

    major: str
    level: str
    version: str
    total_credits: Decimal
    total_courses: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A row of ``plan_courses.csv``; ``first_sitting`` is ``YYYY-MM`` or empty, ``theory`` a course code or empty."""

    code: str
    name: str
    credits: Decimal
    counts_credits: bool = True
    assessment: str = "笔试"
    nature: str = COMPULSORY
    group: str = ""
    set_label: str = ""
    theory: str = ""
    first_sitting: str = ""

    @property
    def worth(self) -> Decimal:
        """The credits that it adds towards 总学分: none when it is passed but not counted."""
        return self.credits if self.counts_credits else Decimal(0)

    @property
    def counted_with(self) -> str:
        """The course together with which it is one for 总门数: a practical goes with its theory course."""
        return self.theory or self.code


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A row of ``plan_groups.csv``, its minima as written there: a number, ``全部`` or empty."""

    label: str
    courses_needed: str = ""
    credits_needed: str = ""
    exchange_courses_needed: str = ""
    exchange_credits_needed: str = ""


@dataclass(frozen=True, slots=True)
class ReplacementRow:
    """A row of ``replacements.csv`` in its own notation (``records.catalogue.notation``)."""

    major: str
    level: str
    version: str
    passed: str
    needed: int = 1
    replaces: str = ""
    waives: str = ""
    path: str = ""
    one_by_one: bool = False
    credits_only: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueCourse:
    """A course that the plan itself does not name; ``credits`` None: known by its code only."""

    name: str = ""
    credits: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """One way to fulfil an alternative of 已通过: the courses that it uses up."""

    sources: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A replacement row on one path; ``options`` and ``waives`` are masks of that path's courses only.

    ``alternatives`` hold, for each alternative of 已通过, every way to fulfil it in the file's order. ``alike_after``: masks
    of sources between which no later row of the path makes a difference.
    """

    note: str
    alternatives: tuple[tuple[Fulfilment, ...], ...]
    needed: int
    options: tuple[int, ...]
    waives: int
    one_by_one: bool
    credits_only: bool
    alike_after: tuple[int, ...] = ()

    @property
    def sources(self) -> int:
        """Every course that the row could use up."""
        return union(way.sources for alternative in self.alternatives for way in alternative)


@dataclass(frozen=True, slots=True)
class Group:
    """An elective group on one path; each of ``choices`` is a mask whose courses are all needed for the choice."""

    label: str
    choices: tuple[int, ...]
    courses_needed: int
    credits_needed: Decimal
    every_course: bool

    @property
    def courses(self) -> int:
        """Every course of the group."""
        return union(self.choices)


@dataclass(frozen=True, slots=True)
class Path:
    """One path of a plan (``外语``, ``换考``, or None where there is only one) with all that belongs to it."""

    name: str | None
    courses: int
    compulsory: int
    additional: int
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPlan:
    """A plan version ready to be audited against; ``catalogue`` describes the courses of ``sources`` and others."""

    facts: PlanFacts
    courses: tuple[CourseRow, ...]
    sources: tuple[str, ...]
    paths: tuple[Path, ...]
    catalogue: Mapping[str, CatalogueCourse]

    def name_of(self, code: str) -> str:
        """The name in this plan, else in the catalogue; empty when nobody has entered one."""
        own = next((course.name for course in self.courses if course.code == code), "")
        return own or self.catalogue.get(code, CatalogueCourse()).name

    def credits_in_catalogue(self, code: str) -> Decimal:
        """The credits that the course has in the catalogue; 0 while nobody has entered them."""
        return self.catalogue.get(code, CatalogueCourse()).credits or Decimal(0)

    def codes(self, mask: int) -> tuple[str, ...]:
        """The codes of the plan's courses in ``mask``, in the plan's order."""
        return tuple(self.courses[position].code for position in bits(mask))

    def worth(self, mask: int) -> Decimal:
        """The credits that the plan's courses in ``mask`` add towards 总学分."""
        return sum((self.courses[position].worth for position in bits(mask)), Decimal(0))


def bits(mask: int) -> Iterator[int]:
    """The positions set in ``mask``, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def union(masks: Iterable[int]) -> int:
    """All positions set in any of ``masks``."""
    together = 0
    for mask in masks:
        together |= mask
    return together

"""What an audit answers: whether the plan is complete, on which path, and for every requirement by what."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Source = Literal["exam", "practical", "exemption", "transfer"]
LeafState = Literal["passed", "replaced", "waived", "missing", "not_needed"]


@dataclass(frozen=True, slots=True)
class Passed:
    """A course that the candidate has, of any source.

    ``mark`` is a grade, a number or None; ``on`` the day of the pass shown, ``latest_on`` that of the last pass of the course.
    """

    code: str
    source: Source
    mark: str | Decimal | None
    on: date
    latest_on: date


@dataclass(frozen=True, slots=True)
class Leaf:
    """One course of the plan and how it stands; ``by`` are the courses really passed, ``note`` the replacement row's 说明.

    ``counted`` are the credits that it brings now, ``credits`` those that it would bring. ``not_needed``: not passed, and
    its group is satisfied without it.
    """

    code: str
    name: str
    credits: Decimal
    counted: Decimal
    state: LeafState
    by: tuple[Passed, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A course, a group or a total that the plan asks for; ``code`` is the course code, the group's label, or
    ``credits`` / ``courses``.

    ``missing``: course codes; for a group those that could still be chosen, for a total how much (``3学分``, ``1门``).
    ``by`` of a total: the courses that count for it and for nothing else (仅计学分, and 加考 courses not owed).
    ``credits_required`` and ``courses_required`` are None where there is no such minimum.
    """

    code: str
    kind: Literal["course", "group", "total"]
    label: str
    satisfied: bool
    by: tuple[Passed, ...]
    missing: tuple[str, ...]
    leaves: tuple[Leaf, ...] = ()
    credits_earned: Decimal = Decimal(0)
    credits_required: Decimal | None = None
    courses_earned: int = 0
    courses_required: int | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """One use of a replacement row: the courses passed, and the plan's courses that they cover and waive.

    A row that counts for number and credits only covers and waives nothing.
    """

    by: tuple[Passed, ...]
    covers: tuple[str, ...]
    waives: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class PathVerdict:
    """The verdict on one path; ``missing`` counts the requirements not satisfied, ``unused`` are passes that count nothing."""

    path: str | None
    complete: bool
    missing: int
    credits_earned: Decimal
    credits_required: Decimal
    courses_earned: int
    courses_required: int | None
    requirements: tuple[Requirement, ...]
    replaced: tuple[Replaced, ...]
    unused: tuple[Passed, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a plan: ``best`` is the more favourable of ``paths``.

    ``additional_undecided``: the plan has 加考 courses and nobody has said whether this candidate owes them.
    """

    best: PathVerdict
    paths: tuple[PathVerdict, ...]
    additional_undecided: bool

    @property
    def complete(self) -> bool:
        """Whether everything that the plan asks for is there on one of its paths."""
        return self.best.complete

    @property
    def path(self) -> str | None:
        """The more favourable path; None where there is only one."""
        return self.best.path

    @property
    def credits_earned(self) -> Decimal:
        """Credits on the more favourable path."""
        return self.best.credits_earned

    @property
    def credits_required(self) -> Decimal:
        """总学分."""
        return self.best.credits_required

    @property
    def courses_earned(self) -> int:
        """Courses on the more favourable path."""
        return self.best.courses_earned

    @property
    def courses_required(self) -> int | None:
        """总门数; None where the plan has none."""
        return self.best.courses_required

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """The requirements of the more favourable path, in the plan's order, totals last."""
        return self.best.requirements

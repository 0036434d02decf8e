"""How far a candidate has come on one path: what is reached of the path's courses, groups and totals.

Source: Regulations 1988 art. 25(1) (every course of the plan passed); the counting of credits and courses is FORMATS'.
"""

from dataclasses import dataclass
from decimal import Decimal

from graduation.plans import CompiledPlan, Group, Path, bits


@dataclass(frozen=True, slots=True)
class Reached:
    """What replacements have brought beside the courses passed in their own right.

    ``covered`` and ``waived`` are masks of the plan's courses; ``extra_credits`` and ``extra_courses`` come from courses
    that count for number and credits only.
    """

    covered: int = 0
    waived: int = 0
    extra_credits: Decimal = Decimal(0)
    extra_courses: int = 0

    def includes(self, other: "Reached") -> bool:
        """Whether this is at least as much in every respect."""
        return (
            not other.covered & ~self.covered
            and not other.waived & ~self.waived
            and self.extra_credits >= other.extra_credits
            and self.extra_courses >= other.extra_courses
        )


@dataclass(frozen=True, slots=True)
class Audited:
    """One path of one plan for one candidate: ``own`` are the courses passed in their own right, ``owed`` those due."""

    plan: CompiledPlan
    path: Path
    own: int
    owed: int
    waive_credits: bool


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """What of a group is reached; only whole choices count towards its minima."""

    courses: int
    credits: Decimal
    satisfied: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The outcome of one use of the replacements; ``missing`` is the number of requirements not reached."""

    credits: Decimal
    courses: int
    missing: int


def standing(audited: Audited, reached: Reached) -> Standing:
    """Weigh one use of the replacements."""
    facts = audited.plan.facts
    credits = credits_earned(audited, reached)
    courses = courses_earned(audited, reached)
    missing = (audited.owed & ~satisfied_courses(audited, reached)).bit_count()
    missing += sum(not group_standing(audited, reached, group).satisfied for group in audited.path.groups)
    missing += credits < facts.total_credits
    missing += courses < (facts.total_courses or 0)
    return Standing(credits, courses, missing)


def satisfied_courses(audited: Audited, reached: Reached) -> int:
    """The path's courses that are passed, covered or waived."""
    return (audited.own | reached.covered | reached.waived) & audited.path.courses


def credited_courses(audited: Audited, reached: Reached) -> int:
    """The path's courses that bring credits; whether waived ones do is a setting of the office."""
    waived = reached.waived if audited.waive_credits else 0
    return (audited.own | reached.covered | waived) & audited.path.courses


def credits_earned(audited: Audited, reached: Reached) -> Decimal:
    """Credits towards 总学分, also those above a group's minimum and of half a choice."""
    return audited.plan.worth(credited_courses(audited, reached)) + reached.extra_credits


def courses_earned(audited: Audited, reached: Reached) -> int:
    """Courses towards 总门数: a practical is one with its theory course, a waived course one with its own."""
    present = (audited.own | reached.covered) & audited.path.courses
    rows = (audited.plan.courses[position] for position in bits(present))
    return len({row.counted_with for row in rows if row.counts_credits}) + reached.extra_courses


def group_standing(audited: Audited, reached: Reached, group: Group) -> GroupStanding:
    """What of ``group`` is reached by whole choices."""
    satisfied = satisfied_courses(audited, reached)
    credited = credited_courses(audited, reached)
    whole = [choice for choice in group.choices if choice & ~satisfied == 0]
    credits = sum((audited.plan.worth(choice & credited) for choice in whole), Decimal(0))
    return GroupStanding(len(whole), credits, satisfied=len(whole) >= group.courses_needed and credits >= group.credits_needed)

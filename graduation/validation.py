"""What a plan version's own figures do not agree on: worth knowing when it is loaded, no reason to refuse it."""

from dataclasses import dataclass
from decimal import Decimal

from graduation.plans import CompiledPlan, Group, Path


@dataclass(frozen=True, slots=True)
class CreditShortfall:
    """On ``path`` all that the plan asks for brings ``credits``, less than the printed ``total``."""

    path: str | None
    credits: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class UnreachableGroup:
    """On ``path`` the courses of group ``label`` cannot reach its own minimum."""

    path: str | None
    label: str


Finding = CreditShortfall | UnreachableGroup


def inconsistencies(plan: CompiledPlan) -> tuple[Finding, ...]:
    """Everything that does not add up, path by path; () for a sound plan.

    Credits: the compulsory courses and, of each group, no more choices than its minimum asks for, the best ones. A plan
    that falls short even so cannot be completed by meeting its requirements (handbook: 总学分 counts the shorter path).
    """
    findings: list[Finding] = []
    for path in plan.paths:
        findings += _unreachable(plan, path)
        findings += _shortfall(plan, path)
    return tuple(findings)


def _unreachable(plan: CompiledPlan, path: Path) -> tuple[UnreachableGroup, ...]:
    return tuple(UnreachableGroup(path.name, group.label) for group in path.groups if _asked_for(plan, group) is None)


def _shortfall(plan: CompiledPlan, path: Path) -> tuple[CreditShortfall, ...]:
    credits = plan.worth(path.compulsory)
    credits += sum((_asked_for(plan, group) or Decimal(0) for group in path.groups), Decimal(0))
    total = plan.facts.total_credits
    return (CreditShortfall(path.name, credits, total),) if credits < total else ()


def _asked_for(plan: CompiledPlan, group: Group) -> Decimal | None:
    """The most credits that just enough choices of ``group`` bring; None when all of them are not enough."""
    worths = sorted((plan.worth(choice) for choice in group.choices), reverse=True)
    for number in range(group.courses_needed, len(worths) + 1):
        if (credits := sum(worths[:number], Decimal(0))) >= group.credits_needed:
            return credits
    return None

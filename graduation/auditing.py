"""The audit of candidates: facts fetched in one go for any number of them, the one engine, the conditions, the answer.

Page, command and cohort all come through ``audit_many``; a single candidate is a cohort of one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from graduation.cases import Case, Confirmed
from graduation.catalogue import thesis_codes
from graduation.conditions import Condition, conditions_of
from graduation.engine import audit
from graduation.facts import Facts, Question
from graduation.plans import CompiledPlan
from graduation.verdicts import Passed, Requirement, Verdict
from records.candidates.models import Candidate
from records.catalogue.models import Major, Plan
from records.ledger.reading import Held

__all__ = ["Audit", "Question", "UnknownPlan", "audit_many", "audit_one"]


@dataclass(frozen=True)
class Audit:
    """The answer for one candidate, one major and one day by the most favourable (or the asked) plan version.

    ``host_id`` is the university at which this graduation is, or would be, applied for.
    """

    candidate: Candidate
    major: Major
    plan: Plan
    compiled: CompiledPlan
    on: dt.date
    verdict: Verdict
    conditions: tuple[Condition, ...]
    host_id: int

    @property
    def plan_complete(self) -> bool:
        return self.verdict.complete

    @property
    def eligible(self) -> bool:
        return self.plan_complete and all(condition.satisfied for condition in self.conditions)

    @property
    def unmet(self) -> list[Requirement]:
        """The plan's requirements that are not satisfied, totals last."""
        return [each for each in self.verdict.requirements if not each.satisfied]

    @property
    def lacking(self) -> list[str]:
        """Codes of everything unsatisfied: requirements of the plan, then conditions."""
        return [each.code for each in self.unmet] + [each.code for each in self.conditions if not each.satisfied]

    def condition(self, code: str) -> Condition | None:
        """The condition of this code; None where it does not concern the case."""
        return next((each for each in self.conditions if each.code == code), None)

    def as_json(self, number: str) -> dict[str, Any]:
        """The answer of ``audit_graduation`` (FORMATS), for the number that was asked about."""
        return {
            "number": number,
            "major": self.major.code,
            "plan": self.plan.version,
            "on": self.on.isoformat(),
            "eligible": self.eligible,
            "plan_complete": self.plan_complete,
            "path": self.verdict.path,
            "credits": {"earned": plain(self.verdict.credits_earned), "required": plain(self.verdict.credits_required)},
            "courses": {"earned": self.verdict.courses_earned, "required": self.verdict.courses_required},
            "requirements": [_requirement(each) for each in self.verdict.requirements]
            + [_condition(each) for each in self.conditions],
        }


def plain(value: Any) -> Any:
    """A Decimal as a JSON number: whole ones without a point."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _requirement(requirement: Requirement) -> dict[str, Any]:
    """One requirement of the plan; a replacement shows the course really passed."""
    return {
        "code": requirement.code,
        "kind": requirement.kind,
        "label": requirement.label,
        "satisfied": requirement.satisfied,
        "by": [
            {"course": each.code, "source": each.source, "mark": plain(each.mark), "on": each.on.isoformat()}
            for each in requirement.by
        ],
        "missing": list(requirement.missing),
    }


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "code": condition.code,
        "kind": "condition",
        "label": condition.label,
        "satisfied": condition.satisfied,
        "by": [],
        "missing": [condition.missing] if condition.missing else [],
    }


class UnknownPlan(LookupError):
    """The major has no plan version of that name, or none at all."""


def audit_one(candidate: Candidate, major: Major, *, version: str = "", on: dt.date | None = None) -> Audit:
    """Audit one candidate; raises ``UnknownPlan``. See ``audit_many``."""
    return audit_many([Question(candidate, major, version)], on=on)[0]


def audit_many(questions: Sequence[Question], *, on: dt.date | None = None) -> list[Audit]:
    """Audit any number of candidates with a fixed number of queries; ``on`` leaves out later credits and decides open versions.

    Raises ``UnknownPlan`` if one of the majors has no plan, or not the asked version.
    """
    if not questions:
        return []
    facts = Facts.of(questions, on)
    return [_best(question, facts) for question in questions]


def _best(question: Question, facts: Facts) -> Audit:
    """By the asked version, else by the most favourable open one (tie: the newest), else by the newest."""
    plans = facts.plans[question.major.pk]
    if question.version:
        plans = [plan for plan in plans if plan.version == question.version]
    if not plans:
        raise UnknownPlan(question.version or question.major.code)
    open_ones = [plan for plan in plans if facts.is_open(plan, question)]
    audits = [_audit(question, plan, facts) for plan in open_ones or plans[:1]]
    return min(audits, key=unfavourable)


def unfavourable(answer: Audit) -> tuple[bool, bool, int, int, Decimal]:
    """Sorts the more favourable answer first: eligible, plan complete, fewer requirements missing, then more credits."""
    unmet = sum(not condition.satisfied for condition in answer.conditions)
    best = answer.verdict.best
    return not answer.eligible, not answer.plan_complete, best.missing, unmet, -best.credits_earned


def _audit(question: Question, plan: Plan, facts: Facts) -> Audit:
    compiled = facts.compiled[plan.pk]
    candidate, held = question.candidate, facts.held[question.candidate.pk]
    confirmed = facts.confirmed.get((candidate.pk, question.major.pk), Confirmed())
    known = candidate.additional_courses
    verdict = audit(
        compiled,
        [*_passed(held), *_assumed(question, held, facts.on)],
        additional_courses=confirmed.additional_courses if known is None else known,
        waive_credits=facts.waive_credits,
    )
    case = _case(question, plan, confirmed, verdict, facts)
    host = facts.host_of(question)
    return Audit(candidate, question.major, plan, compiled, facts.on, verdict, tuple(conditions_of(case)), host)


def _passed(held: Iterable[Held]) -> list[Passed]:
    """Credits as the engine takes them."""
    return [Passed(each.course, each.source, each.mark, each.on, each.latest_on) for each in held]  # type: ignore[arg-type]


def _assumed(question: Question, held: Iterable[Held], on: dt.date) -> list[Passed]:
    """The courses taken as passed, on the day of the audit and without a mark."""
    already = {each.course for each in held}
    return [Passed(code, "exam", None, on, on) for code in sorted(question.assumed - already)]


def _case(question: Question, plan: Plan, confirmed: Confirmed, verdict: Verdict, facts: Facts) -> Case:
    candidate, held = question.candidate, facts.held[question.candidate.pk]
    theses = set(thesis_codes(facts.compiled[plan.pk]))
    transfers = [each.latest_on for each in held if each.source == "transfer"]
    return Case(
        graduating_on=question.graduating_on or facts.on,
        applied_on=question.applied_on or facts.on,
        level=question.major.level,
        version=plan.version,
        registered_on=facts.registered_on(question),
        prior_diploma_needed=plan.prior_diploma,
        prior_education=candidate.prior_education,
        is_plan_open=facts.is_open(plan, question),
        additional_undecided=verdict.additional_undecided,
        confirmed=confirmed,
        held_sources=dict(Counter(each.source for each in held)),
        last_transfer_on=max(transfers, default=None),
        theses=tuple((each.course, each.university_id) for each in held if each.course in theses),
        host_id=facts.host_of(question),
        has_diploma_of_major=(candidate.pk, question.major.pk) in facts.diplomas,
        has_pending_case=candidate.pk in facts.pending,
        penalty=facts.penalties.get(candidate.pk, ""),
        windows=facts.windows,
        local_minimum=facts.local_minimum,
        transfer_months=facts.transfer_months,
    )

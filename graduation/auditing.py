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

from django.utils import timezone

from graduation.catalogue import compiled_plans, thesis_codes
from graduation.conditions import Case, Condition, Confirmed, as_requirement, conditions_of
from graduation.engine import audit
from graduation.models import Diploma, GraduationApplication
from graduation.plans import CompiledPlan
from graduation.verdicts import Passed, Requirement, Verdict
from records.candidates.models import Candidate, Registration
from records.cases import candidates_with_pending_cases
from records.catalogue.models import Major, Plan
from records.ledger.reading import Held, credits_of
from records.notices.models import Window
from records.penalties.models import Penalty
from records.settings.values import value_of

GRADUATION_WINDOW = "graduation"


@dataclass(frozen=True)
class Audit:
    """The answer for one candidate, one major and one day by the most favourable (or the asked) plan version."""

    candidate: Candidate
    major: Major
    plan: Plan
    compiled: CompiledPlan
    on: dt.date
    verdict: Verdict
    conditions: tuple[Condition, ...]

    @property
    def plan_complete(self) -> bool:
        return self.verdict.complete

    @property
    def eligible(self) -> bool:
        return self.plan_complete and all(condition.satisfied for condition in self.conditions)

    @property
    def lacking(self) -> list[str]:
        """Codes of everything unsatisfied: requirements of the plan, then conditions."""
        unmet = [each.code for each in self.verdict.requirements if not each.satisfied]
        return unmet + [each.code for each in self.conditions if not each.satisfied]

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
            "requirements": [requirement_json(each) for each in self.verdict.requirements]
            + [as_requirement(each) for each in self.conditions],
        }


def plain(value: Any) -> Any:
    """A Decimal as a JSON number: whole ones without a point."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def requirement_json(requirement: Requirement) -> dict[str, Any]:
    """One requirement of the plan as ``audit_graduation`` prints it; a replacement shows the course really passed."""
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


@dataclass(frozen=True)
class Question:
    """Whom and what to audit: a candidate in a major, by a named plan version or by the most favourable open one."""

    candidate: Candidate
    major: Major
    version: str = ""


class UnknownPlan(LookupError):
    """The major has no plan version of that name, or none at all."""


def audit_one(candidate: Candidate, major: Major, *, version: str = "", on: dt.date | None = None) -> Audit:
    """Audit one candidate; raises ``UnknownPlan``. See ``audit_many``."""
    return audit_many([Question(candidate, major, version)], on=on)[0]


def audit_many(questions: Sequence[Question], *, on: dt.date | None = None) -> list[Audit]:
    """Audit any number of candidates with a fixed number of queries; ``on`` leaves out later credits and decides open versions."""
    facts = Facts.of(questions, on)
    return [_best(question, facts) for question in questions]


@dataclass(frozen=True)
class Facts:
    """Everything the database knows about the questions, fetched at once."""

    on: dt.date
    held: dict[int, list[Held]]
    registrations: dict[int, list[Registration]]
    plans: dict[int, list[Plan]]
    compiled: dict[int, CompiledPlan]
    diplomas: set[tuple[int, int]]
    pending: set[int]
    penalties: dict[int, str]
    confirmed: dict[tuple[int, int], Confirmed]
    hosts: dict[tuple[int, int], int]
    windows: tuple[tuple[dt.date, dt.date], ...]
    waive_credits: bool
    local_minimum: dict[str, int]
    transfer_months: int

    @classmethod
    def of(cls, questions: Sequence[Question], on: dt.date | None) -> Facts:
        """Fetch; ``on`` None means today with every credit there is."""
        ids = list({question.candidate.pk for question in questions})
        day = on or timezone.localdate()
        plans = _plans({question.major.pk for question in questions})
        confirmed, hosts = _applications(ids)
        return cls(
            on=day,
            held=credits_of(ids, on=on),
            registrations=_registrations(ids),
            plans=plans,
            compiled=compiled_plans(plan for each in plans.values() for plan in each),
            diplomas=set(
                Diploma.objects.filter(candidate__in=ids, cancelled_at__isnull=True).values_list("candidate_id", "major_id")
            ),
            pending=candidates_with_pending_cases(ids),
            penalties={each.candidate_id: str(each) for each in Penalty.objects.filter(candidate__in=ids).running_on(day)},
            confirmed=confirmed,
            hosts=hosts,
            windows=tuple(Window.objects.filter(kind=GRADUATION_WINDOW).values_list("opens_on", "closes_on")),
            waive_credits=bool(value_of("graduation.waived_credits", on=day)),
            local_minimum=value_of("graduation.local_minimum", on=day),
            transfer_months=int(value_of("graduation.transfer_months", on=day)),
        )


def _plans(major_ids: set[int]) -> dict[int, list[Plan]]:
    plans: dict[int, list[Plan]] = {pk: [] for pk in major_ids}
    for plan in Plan.objects.filter(major__in=major_ids).select_related("major").order_by("-effective_from", "-version"):
        plans[plan.major_id].append(plan)
    return plans


def _registrations(ids: list[int]) -> dict[int, list[Registration]]:
    found: dict[int, list[Registration]] = {pk: [] for pk in ids}
    for each in Registration.objects.filter(candidate__in=ids).order_by("registered_on", "pk"):
        found[each.candidate_id].append(each)
    return found


def _applications(ids: list[int]) -> tuple[dict[tuple[int, int], Confirmed], dict[tuple[int, int], int]]:
    """What the latest application in each major says, and where it was made."""
    confirmed, hosts = {}, {}
    for case in GraduationApplication.objects.filter(candidate__in=ids).exclude(status="withdrawn").order_by("pk"):
        key = (case.candidate_id, case.major_id)
        confirmed[key] = Confirmed(
            appraisal={"passed": True, "failed": False}.get(case.appraisal),
            identity=case.identity_confirmed,
            photo=case.photo_confirmed,
            prior_diploma=case.prior_diploma_verified,
        )
        hosts[key] = case.university_id
    return confirmed, hosts


def _best(question: Question, facts: Facts) -> Audit:
    """By the asked version, else by the most favourable open one (tie: the newest), else by the newest."""
    plans = facts.plans[question.major.pk]
    if question.version:
        plans = [plan for plan in plans if plan.version == question.version]
    if not plans:
        raise UnknownPlan(question.version or question.major.code)
    open_ones = [plan for plan in plans if _is_open(plan, question, facts)]
    audits = [_audit(question, plan, facts) for plan in open_ones or plans[:1]]
    return min(audits, key=_unfavourable)


def _unfavourable(answer: Audit) -> tuple[bool, bool, int, int, Decimal]:
    unmet = sum(not condition.satisfied for condition in answer.conditions)
    best = answer.verdict.best
    return not answer.eligible, not answer.plan_complete, best.missing, unmet, -best.credits_earned


def _registered_on(question: Question, facts: Facts) -> dt.date:
    """The day of registration in the major; for a major one is not registered in, that of the first registration."""
    registrations = facts.registrations[question.candidate.pk]
    own = [each.registered_on for each in registrations if each.major_id == question.major.pk]
    days = own or [each.registered_on for each in registrations]
    return days[0] if days else facts.on


def _is_open(plan: Plan, question: Question, facts: Facts) -> bool:
    """Effective, not past its last day of graduation, and open to who registered on that day."""
    return (
        plan.effective_from <= facts.on
        and (plan.graduation_until is None or facts.on <= plan.graduation_until)
        and (plan.newcomers_until is None or _registered_on(question, facts) <= plan.newcomers_until)
    )


def _audit(question: Question, plan: Plan, facts: Facts) -> Audit:
    compiled = facts.compiled[plan.pk]
    candidate, held = question.candidate, facts.held[question.candidate.pk]
    verdict = audit(
        compiled,
        passed(held),
        additional_courses=candidate.additional_courses,
        waive_credits=facts.waive_credits,
    )
    case = _case(question, plan, compiled, held, facts)
    return Audit(candidate, question.major, plan, compiled, facts.on, verdict, tuple(conditions_of(case, verdict)))


def passed(held: Iterable[Held]) -> list[Passed]:
    """Credits as the engine takes them."""
    return [Passed(each.course, each.source, each.mark, each.on, each.latest_on) for each in held]  # type: ignore[arg-type]


def _case(question: Question, plan: Plan, compiled: CompiledPlan, held: list[Held], facts: Facts) -> Case:
    candidate, key = question.candidate, (question.candidate.pk, question.major.pk)
    theses = set(thesis_codes(compiled))
    transfers = [each.latest_on for each in held if each.source == "transfer"]
    return Case(
        on=facts.on,
        level=question.major.level,
        prior_diploma_needed=plan.prior_diploma,
        prior_education=candidate.prior_education,
        is_plan_open=_is_open(plan, question, facts),
        additional_courses=candidate.additional_courses,
        confirmed=facts.confirmed.get(key, Confirmed()),
        held_sources=dict(Counter(each.source for each in held)),
        last_transfer_on=max(transfers, default=None),
        theses=tuple((each.course, each.university_id) for each in held if each.course in theses),
        host_id=host_of(question, facts),
        has_diploma_of_major=key in facts.diplomas,
        has_pending_case=candidate.pk in facts.pending,
        penalty=facts.penalties.get(candidate.pk, ""),
        windows=facts.windows,
        local_minimum=facts.local_minimum,
        transfer_months=facts.transfer_months,
    )


def host_of(question: Question, facts: Facts) -> int:
    """The university of this graduation: the application's, else the registration's in the major, else the managing one."""
    applied = facts.hosts.get((question.candidate.pk, question.major.pk))
    registered = next(
        (each.university_id for each in facts.registrations[question.candidate.pk] if each.major_id == question.major.pk), None
    )
    return applied or registered or question.candidate.managing_university_id

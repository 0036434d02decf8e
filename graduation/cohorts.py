"""Audits of many candidates at once (duties O6, U7): a job in chunks that survives, and what came of it in figures.

Who has an outcome already is not audited again, so that a job that was killed and started once more ends in the same state.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from graduation.auditing import Audit, audit_many
from graduation.conditions import CHECKS
from graduation.facts import Question
from graduation.models import CohortAudit, CohortOutcome
from graduation.tree import GROUP_TITLES
from records.candidates.models import Registration
from records.catalogue.models import Course, Major, Plan
from records.jobs.running import start
from records.offices.models import Office
from records.people.models import User

JOB = "graduation.cohort"
CHUNK = 250
Report = Callable[[int, int], None]


@transaction.atomic
def start_cohort(by: User, *, university: Office | None, major: Major | None, on: dt.date) -> CohortAudit:
    """Enter the audit and start its job; it belongs to the university's office, or to the city's."""
    cohort = CohortAudit.objects.create(university=university, major=major, on=on)
    office = university or Office.objects.municipality()
    cohort.job = start(JOB, title_of(cohort), by=by, office=office, cohort=cohort.pk)
    cohort.save(update_fields=["job"])
    return cohort


def title_of(cohort: CohortAudit) -> str:
    """毕业审核：南京师范大学，汉语言文学(专升本)."""
    whom = cohort.university.name if cohort.university else _("全市")
    return _("毕业审核：%(whom)s，%(major)s") % {"whom": whom, "major": cohort.major or _("全部专业")}


def members_of(cohort: CohortAudit) -> QuerySet[Registration]:
    """The open registrations that the audit is about, in majors that have a plan."""
    plans = Plan.objects.filter(major=OuterRef("major"))
    members = Registration.objects.filter(Exists(plans), closed_on__isnull=True, registered_on__lte=cohort.on)
    if cohort.university_id:
        members = members.filter(university=cohort.university_id)
    return members.filter(major=cohort.major_id) if cohort.major_id else members


def audit_cohort(cohort: CohortAudit, report: Report) -> None:
    """Audit whoever has no outcome yet, chunk by chunk, then add up."""
    outcomes = CohortOutcome.objects.filter(audit=cohort)
    members = members_of(cohort).select_related("candidate", "major").order_by("pk")
    total, done, last = members.count(), outcomes.count(), 0
    already = outcomes.filter(candidate=OuterRef("candidate"), major=OuterRef("major"))
    report(done, total)
    while chunk := list(members.filter(~Exists(already), pk__gt=last)[:CHUNK]):
        _audit_chunk(cohort, chunk)
        last, done = chunk[-1].pk, done + len(chunk)
        report(done, total)
    _add_up(cohort)


@transaction.atomic
def _audit_chunk(cohort: CohortAudit, members: Sequence[Registration]) -> None:
    answers = audit_many([Question(each.candidate, each.major) for each in members], on=cohort.on)
    CohortOutcome.objects.bulk_create([_outcome(cohort, answer) for answer in answers], ignore_conflicts=True)


def _outcome(cohort: CohortAudit, answer: Audit) -> CohortOutcome:
    return CohortOutcome(
        audit=cohort,
        candidate=answer.candidate,
        major=answer.major,
        plan=answer.plan,
        eligible=answer.eligible,
        plan_complete=answer.plan_complete,
        missing=answer.lacking,
        credits_earned=answer.verdict.credits_earned,
    )


def _add_up(cohort: CohortAudit) -> None:
    """The figures of all outcomes, and the reasons counted."""
    outcomes = CohortOutcome.objects.filter(audit=cohort)
    figures = outcomes.aggregate(
        audited=Count("pk"), eligible=Count("pk", filter=Q(eligible=True)), complete=Count("pk", filter=Q(plan_complete=True))
    )
    counted: Counter[str] = Counter()
    for missing in outcomes.values_list("missing", flat=True).iterator(chunk_size=5000):
        counted.update(missing)
    cohort.audited, cohort.eligible, cohort.plan_complete = figures["audited"], figures["eligible"], figures["complete"]
    cohort.reasons = reasons_of(counted)
    cohort.save(update_fields=["audited", "eligible", "plan_complete", "reasons"])


def reasons_of(counted: Counter[str]) -> list[dict[str, Any]]:
    """Each code with its words and how many it keeps from graduating, the most frequent first."""
    names = dict(Course.objects.filter(code__in=list(counted)).values_list("code", "name"))
    conditions = {check.code: str(check.label) for check in CHECKS}
    return [
        {"code": code, "label": _label(code, names, conditions), "count": count, "is_condition": code in conditions}
        for code, count in sorted(counted.items(), key=_frequent_first)
    ]


def _frequent_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def _label(code: str, names: dict[str, str], conditions: dict[str, str]) -> str:
    if code in conditions:
        return conditions[code]
    if code in names:
        return f"{code} {names[code]}".strip()
    totals = {"credits": _("总学分"), "courses": _("总门数")}
    return totals.get(code) or str(GROUP_TITLES.get(code) or _("选考组%(label)s") % {"label": code})


def run_before(cohort: CohortAudit) -> CohortAudit | None:
    """The last finished audit of the same university and major."""
    before = CohortAudit.objects.filter(university=cohort.university_id, major=cohort.major_id, pk__lt=cohort.pk, audited__gt=0)
    return before.order_by("-pk").first()


def newly_complete(before: CohortAudit) -> Q:
    """The condition on outcomes that complete their plan now and did not in the audit before."""
    complete = before.outcomes.filter(plan_complete=True, candidate=OuterRef("candidate"), major=OuterRef("major"))
    return Q(plan_complete=True) & ~Q(Exists(complete))


def no_longer_complete(before: CohortAudit) -> Q:
    """The condition on outcomes that do not complete their plan any more."""
    complete = before.outcomes.filter(plan_complete=True, candidate=OuterRef("candidate"), major=OuterRef("major"))
    return Q(plan_complete=False) & Q(Exists(complete))

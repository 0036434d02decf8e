"""The audit of applications, and what is kept of it on the application: the verdict as it stood when a step asked for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from audit.models import Event
from graduation.auditing import Audit, audit_many
from graduation.facts import Question
from graduation.models import GraduationApplication
from graduation.terms import graduation_day

CREDITS_CHANGED = "credits-changed"


def questions_of(applications: Sequence[GraduationApplication]) -> list[Question]:
    """The question that each application puts: its plan version, its day of graduation, the day of its first submission."""
    submitted = _submitted_on(applications)
    days = {term: graduation_day(term) for term in {case.term for case in applications}}
    return [
        Question(
            case.candidate,
            case.major,
            case.plan.version,
            graduating_on=days[case.term],
            applied_on=submitted.get(case.pk),
        )
        for case in applications
    ]


def audits_of(applications: Sequence[GraduationApplication]) -> list[Audit]:
    """The applications audited as of today, with a fixed number of queries."""
    return audit_many(questions_of(applications))


def audit_of(application: GraduationApplication) -> Audit:
    """The audit of this application, made once for the instance: the rules of one step all look at the same."""
    kept: Audit | None = application.__dict__.get("_audit")
    if kept is None:
        kept = application.__dict__["_audit"] = audits_of([application])[0]
    return kept


def snapshot(answer: Audit, because: str, at: dt.datetime) -> dict[str, Any]:
    """The verdict as an application keeps it: ``because`` names the step that asked, or says that credits changed."""
    number = answer.candidate.record_number or answer.candidate.registration_number
    return {"because": because, "at": timezone.localtime(at).isoformat(), "lacking": answer.lacking, **answer.as_json(number)}


def keep_verdict(application: GraduationApplication, event: Event) -> None:
    """Effect of a step: keep the audit on which it was decided."""
    application.verdict = snapshot(audit_of(application), event.verb, event.at)
    application.save(update_fields=["verdict"])


def _submitted_on(applications: Sequence[GraduationApplication]) -> dict[int, dt.date]:
    """The day of the first submission by application id; completing a returned case is not a new one."""
    submissions = (
        Event.objects.steps()
        .filter(
            subject_table=GraduationApplication._meta.db_table,
            subject_id__in=[case.pk for case in applications],
            verb="submit",
        )
        .order_by("-pk")
        .values_list("subject_id", "at")
    )
    return {pk: timezone.localdate(at) for pk, at in submissions if pk is not None}

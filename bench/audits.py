"""Graduation audits: one explained audit, and a cohort, beside the SQL that merely reads the same credits."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from graduation.auditing import audit_many, audit_one
from graduation.facts import Question
from records.ledger.reading import credits_of
from records.models import Registration

ONE_GOAL_MS = 20.0
SINGLE, COHORT, CHUNK = 200, 2000, 500


def run() -> None:
    """Print milliseconds, and the cohort's ratio to reading."""
    registrations = list(Registration.objects.select_related("candidate", "major").order_by("pk")[:COHORT])
    audit_one(registrations[0].candidate, registrations[0].major)  # compiles the plans
    singles = [_seconds(_audits_one(each)) * 1000 for each in registrations[:SINGLE]]
    questions = [Question(each.candidate, each.major) for each in registrations]
    cohort = _seconds(_audits_in_chunks(questions))
    reading = _seconds(_reads(questions))
    middle = statistics.median(singles)
    print(f"one explained audit: median {middle:.1f} ms, longest {max(singles):.1f} ms (goal {ONE_GOAL_MS:.0f} ms)")
    print(f"cohort of {len(questions)}: {cohort:.2f} s, {len(questions) / cohort:.0f} a second; reading alone {reading:.3f} s")
    print(f"ratio to reading the same credits: {cohort / reading:.1f}")


def _audits_one(registration: Registration) -> Callable[[], object]:
    def audit() -> object:
        return audit_one(registration.candidate, registration.major).as_json("")

    return audit


def _audits_in_chunks(questions: list[Question]) -> Callable[[], object]:
    def audit() -> object:
        return [audit_many(questions[start : start + CHUNK]) for start in range(0, len(questions), CHUNK)]

    return audit


def _reads(questions: list[Question]) -> Callable[[], object]:
    def read() -> object:
        ids = [question.candidate.pk for question in questions]
        return [credits_of(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)]

    return read


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun

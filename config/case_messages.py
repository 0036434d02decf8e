"""Telling candidates of their cases: one follower of the trail's steps, from a cursor of its own, whatever the kind of case.

Whoever returns, decides or finishes a case need not think of it, and no app knows of messages. What was done before the follower
first ran is not told. The messages name the kind and the number of the case, never a reason or a mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.models import Event
from config.workflows import KINDS, Kind
from records.ledger.feed import follow_trail
from records.messages.telling import tell

FOLLOWER = "case-messages"
AT_MOST = 1000
TOLD: Mapping[str, str] = {
    "returned": "case-returned",
    "granted": "case-decided",
    "refused": "case-decided",
    "done": "case-done",
    "upheld": "case-done",
    "changed": "case-done",
}
"""The statuses that a candidate is told of when somebody else's step led there, and the template for each."""


def kinds_told() -> dict[str, Kind]:
    """The kinds of case of which candidates are told, by table."""
    return {kind.workflow.model._meta.db_table: kind for kind in KINDS if kind.of_candidates}


def follow_cases() -> int:
    """Tell of the next steps and move the cursor, in one transaction; returns how many candidates were told.

    Runs exclude each other. Only steps whose transactions, and all before them, have ended are read, so none is passed over.
    """
    steps = Event.objects.steps().filter(subject_table__in=kinds_told(), after__in=TOLD)
    return follow_trail(FOLLOWER, steps, _tell_all, at_most=AT_MOST)


def _tell_all(steps: list[Event]) -> int:
    told = 0
    for table, kind in kinds_told().items():
        own = [step for step in steps if step.subject_table == table and _is_somebody_elses(step, kind)]
        cases = kind.workflow.model._base_manager.in_bulk([step.subject_id for step in own])
        for step in own:
            told += _tell(kind, cases.get(step.subject_id), step)
    return told


def _is_somebody_elses(step: Event, kind: Kind) -> bool:
    known = kind.workflow.steps.get(step.verb)
    return known is not None and known.by != "candidate"


def _tell(kind: Kind, case: Any, step: Event) -> int:
    if case is None or step.candidate_id is None:
        return 0
    tell(step.candidate_id, TOLD[step.after], url=kind.url_of(case), kind=kind.label, number=case.case_number)
    return 1

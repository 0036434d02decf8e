"""What was corrected: for the record's pages (更改记录), and for those who follow the change feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from audit.models import Event
from records.candidates.models import Candidate
from records.corrections.fields import DATA
from records.corrections.models import CorrectionChange, CorrectionRequest, CorrectionStatus
from records.ledger.models import CreditChange

CARRY_OUT = "carry-out"


@dataclass(frozen=True)
class Corrected:
    """One datum that was corrected, as pages show it, by which case on which day."""

    label: Any
    before: str
    after: str
    case: CorrectionRequest
    at: dt.datetime


def corrections_of(candidate: Candidate) -> list[Corrected]:
    """Everything that was ever corrected in this record, the newest first."""
    done = CorrectionChange.objects.filter(request__candidate=candidate, request__status=CorrectionStatus.DONE)
    changes = done.select_related("request").order_by("-request__status_since", "pk")
    return [
        Corrected(DATA[each.field].label, each.before_mask, each.after_mask, each.request, each.request.status_since)
        for each in changes
    ]


def corrected_fields(changes: Iterable[CreditChange]) -> dict[int, set[str]]:
    """For each candidate of whom the feed tells a correction: the data that were corrected in these very transactions."""
    told = [change for change in changes if change.kind == CreditChange.Kind.CORRECTED]
    candidates = {change.candidate_id for change in told}
    found: dict[int, set[str]] = {}
    for candidate_id, field in _fields({change.transaction for change in told}):
        if candidate_id in candidates:
            found.setdefault(candidate_id, set()).add(field)
    return found


def _fields(transactions: Collection[int]) -> list[tuple[int, str]]:
    steps = Event.objects.steps().filter(
        transaction__in=transactions, subject_table=CorrectionRequest._meta.db_table, verb=CARRY_OUT
    )
    changes = CorrectionChange.objects.filter(request__in=steps.values("subject_id"))
    return list(changes.values_list("request__candidate_id", "field"))

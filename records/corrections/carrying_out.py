"""Carrying a correction out: the one place that changes what a record says of a person once it is registered (K2)."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.urls import reverse

from audit.acting import acting
from audit.models import Event
from audit.workflow import Refused
from records.archive.filing import file_change_note
from records.candidates.models import Candidate
from records.corrections.fields import DATA
from records.corrections.models import CorrectionRequest
from records.corrections.rules import duplicate
from records.ledger.feed import tell_of_correction
from records.messages.telling import tell
from records.people.models import User
from records.rare_names.noting import note


def carry_out(case: CorrectionRequest, event: Event) -> None:
    """Write what was asked for, in the transaction of the step; the change rows carry the case's number as their purpose.

    The account's name follows, the change note is owed to the paper file, whoever reads the change feed is told; whoever follows
    the steps tells the candidate. Raises ``Refused`` when somebody was registered with the new number at the same moment.
    """
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=case.candidate_id)
    with acting(purpose=case.case_number):
        try:
            _write(candidate, _columns(case))
        except IntegrityError as taken:
            raise Refused([duplicate()]) from taken
        User.objects.filter(candidate=candidate).exclude(full_name=candidate.name).update(full_name=candidate.name)
    note(candidate)
    tell_of_correction(candidate.pk)
    if event.actor is not None:
        file_change_note(case, by=event.actor)


def tell_lodged(case: CorrectionRequest, event: Event) -> None:
    """The candidate learns at once of what an office asks for in the candidate's name."""
    url = reverse("corrections:detail", args=[case.pk])
    tell(case.candidate_id, "correction-lodged", url=url, number=case.case_number)


def _columns(case: CorrectionRequest) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for change in case.changes.all():
        columns |= DATA[change.field].columns(change.after)
    return columns


def _write(candidate: Candidate, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(candidate, name, value)
    candidate.save(update_fields=list(columns))

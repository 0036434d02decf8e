"""The steps of batches and publications in the trail: who took which, in which capacity, why."""

from __future__ import annotations

from typing import Any

from audit.acting import current
from audit.models import Event
from scores.models import KeyedSheet, MarkSnapshot, Publication, RegistrationFile, ScoreBatch, SittingRegistration

Subject = ScoreBatch | Publication | RegistrationFile | SittingRegistration | KeyedSheet | MarkSnapshot


def record_step(
    verb: str,
    subject: Subject,
    *,
    before: str = "",
    after: str = "",
    note: str = "",
    outcome: str = Event.Outcome.DONE,
    details: dict[str, Any] | None = None,
    candidate_id: int | None = None,
) -> Event:
    """Write a step of the acting person about a batch or a publication; ``details`` are counts, never marks of anybody.

    ``candidate_id`` is whose record it is about, where it is about one.
    """
    now = current()
    return Event.objects.create(
        kind=Event.Kind.STEP,
        verb=verb,
        outcome=outcome,
        actor_id=now.actor_id,
        capacity=now.capacity,
        subject_table=subject._meta.db_table,
        subject_id=subject.pk,
        before=before,
        after=after,
        note=note,
        request_id=now.request_id,
        candidate_id=candidate_id,
        details=details or {},
    )

"""Writing reads into the trail. (Steps are written by ``Workflow.take``, changes by the database's triggers.)"""

from __future__ import annotations

from typing import Any

from django.db import models

from audit.acting import current
from audit.models import Event


def record_read(verb: str, subject: models.Model, *, candidate_id: int | None = None, purpose: str = "", **details: Any) -> Event:
    """Write that the acting person saw ``subject``; ``candidate_id`` is whose record it belongs to.

    ``purpose`` falls back to the one in force. ``details`` must hold no identity number, phone number or mark.
    """
    now = current()
    return Event.objects.create(
        kind=Event.Kind.READ,
        verb=verb,
        subject_table=subject._meta.db_table,
        subject_id=subject.pk,
        candidate_id=candidate_id,
        note=purpose or now.purpose,
        details=details,
        **now.columns(),
    )


def record_refusal(verb: str, *, path: str) -> Event:
    """Write that the acting person asked for a page or a step without the right to it."""
    now = current()
    return Event.objects.create(
        kind=Event.Kind.READ,
        verb=verb,
        outcome=Event.Outcome.DENIED,
        subject_table="",
        details={"path": path},
        **now.columns(),
    )

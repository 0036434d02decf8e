"""Writing reads into the trail. (Steps are written by ``Workflow.take``, changes by the database's triggers.)

Nothing is read without a purpose: whoever looks at another person's record says what for, and whoever wrote the page says it for
a list. Only a candidate, who sees nothing but the own record, needs none.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from audit.acting import current
from audit.models import Event

CANDIDATE = "candidate"  # the capacity of somebody who reads the own record
LIST, SEARCH, EXPORT, TRAIL = "list", "search", "export", "trail"
GATHERED = frozenset({LIST, SEARCH, EXPORT, TRAIL})
"""Verbs of reads that show many people at once: one line of the trail for all of them, without ``candidate_id``."""

Subject = models.Model | type[models.Model]


class PurposeMissing(ValueError):
    """Somebody was about to read without saying what for: a fault of the page, not of the reader."""


def record_read(verb: str, subject: Subject, *, candidate_id: int | None = None, purpose: str = "", **details: Any) -> Event:
    """Write that the acting person saw ``subject`` (a row, or the model of a list); ``candidate_id`` is whose record it is.

    ``purpose`` falls back to the one in force. ``details`` must hold no identity number, phone number or mark. Raises
    ``PurposeMissing`` where the reader is anybody but a candidate and there is no purpose.
    """
    now = current()
    purpose = (purpose or now.purpose).strip()
    if not purpose and now.capacity != CANDIDATE:
        raise PurposeMissing(verb)
    return Event.objects.create(
        kind=Event.Kind.READ,
        verb=verb,
        subject_table=subject._meta.db_table,
        subject_id=subject.pk if isinstance(subject, models.Model) else None,
        candidate_id=candidate_id,
        note=purpose,
        details=details,
        **now.columns(),
    )


def record_list(name: str, subject: Subject, shown: int, *, purpose: str, **details: Any) -> Event:
    """Write that the acting person saw ``shown`` lines of the list called ``name``; ``subject`` is the row or model it lists."""
    return record_read(LIST, subject, purpose=purpose, list=name, shown=shown, **details)


def record_search(name: str, subject: Subject, term_hash: str, found: int, *, purpose: str, **details: Any) -> Event:
    """Write that the acting person searched the list called ``name`` and saw ``found`` lines; the term only as keyed hash."""
    return record_read(SEARCH, subject, purpose=purpose, list=name, shown=found, term=term_hash, **details)


def record_export(name: str, subject: Subject, rows: int, *, purpose: str, sha256: str = "", **details: Any) -> Event:
    """Write that the acting person took ``rows`` lines away; ``sha256`` (hex) is the file's, where there is a file."""
    return record_read(EXPORT, subject, purpose=purpose, export=name, rows=rows, sha256=sha256, **details)


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

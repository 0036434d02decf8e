"""Where a candidate is reached for a code: the registered phone, without one the registered mail address."""

from __future__ import annotations

from typing import Any

from records.candidates.models import Candidate
from records.messages.models import OutgoingMessage
from records.messages.telling import send_by


def way_to(candidate: Candidate) -> tuple[str, str] | None:
    """The kind of message and where to; None for who has registered neither phone nor mail address."""
    if candidate.phone:
        return OutgoingMessage.Kind.SMS, candidate.phone
    return (OutgoingMessage.Kind.MAIL, candidate.email) if candidate.email else None


def reach(candidate: Candidate, template: str, /, **words: Any) -> None:
    """Send the template where the candidate is reached, if anywhere."""
    way = way_to(candidate)
    if way is not None:
        send_by(*way, template, candidate_id=candidate.pk, **words)

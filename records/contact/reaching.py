"""Where a candidate is reached: the registered phone, without one the registered mail address."""

from __future__ import annotations

from records.candidates.models import Candidate
from records.messages.models import OutgoingMessage
from records.messages.sending import send

PHONE, MAIL = OutgoingMessage.Kind.SMS, OutgoingMessage.Kind.MAIL


def way_to(candidate: Candidate) -> tuple[str, str] | None:
    """The kind of message and where to; None for who has registered neither phone nor mail address."""
    if candidate.phone:
        return PHONE, candidate.phone
    return (MAIL, candidate.email) if candidate.email else None


def tell(candidate: Candidate, text: str, *, passing: bool = False) -> None:
    """Send this where the candidate is reached, if anywhere; ``passing`` as in ``sending.send``."""
    way = way_to(candidate)
    if way is not None:
        send(*way, text, candidate_id=candidate.pk, passing=passing)

"""Telling a candidate: into the inbox of the personal space, and by short message and mail as the template says.

Call it in the transaction of what it tells of; nothing leaves before that has committed.
"""

from __future__ import annotations

from typing import Any

from records.candidates.models import Candidate
from records.messages.models import InboxMessage, OutgoingMessage
from records.messages.sending import send
from records.messages.templates import TEMPLATES

Kind = OutgoingMessage.Kind


def tell(
    candidate_id: int, template: str, /, *, url: str = "", phone: str | None = None, email: str | None = None, **words: Any
) -> InboxMessage | None:
    """Tell a candidate by ``template`` (a slug of ``TEMPLATES``) with exactly its ``words``; None if it has no inbox text.

    ``phone`` and ``email`` replace those registered ("" sends nothing there). Of two merged records the one that stays is told.
    ``url`` is an address of this portal. Raises ``KeyError`` for an unknown template or other words, ``ForbiddenContent`` for a
    word that holds an identity or phone number.
    """
    text = TEMPLATES[template]
    candidate = _candidate(candidate_id)
    phone = candidate.phone if phone is None else phone
    email = candidate.email if email is None else email
    if text.sms and phone:
        send_by(Kind.SMS, phone, template, candidate_id=candidate.pk, **words)
    if text.mail and email:
        send_by(Kind.MAIL, email, template, candidate_id=candidate.pk, **words)
    if not text.title:
        return None
    title, body = text.filled(text.title, words), text.filled(text.text, words)
    return InboxMessage.objects.create(candidate=candidate, template=template, title=title, text=body, url=url)


def send_by(kind: str, to: str, template: str, /, *, candidate_id: int | None = None, **words: Any) -> OutgoingMessage:
    """Send the template's short message or mail (``OutgoingMessage.Kind``) to this phone or address, nothing else: codes."""
    text = TEMPLATES[template]
    body = text.filled(text.sms if kind == Kind.SMS else text.mail, words)
    subject = text.filled(text.subject, words) if kind == Kind.MAIL else ""
    return send(kind, to, body, candidate_id=candidate_id, passing=text.passing, template=template, subject=subject)


def _candidate(candidate_id: int) -> Candidate:
    candidate = Candidate.objects.select_related("merged_into").get(pk=candidate_id)
    return candidate.merged_into or candidate

"""L5: answering a text message.

Marks go to the registered phone of whoever holds the ticket number, and nowhere else. Everybody else gets the same neutral line,
once a day at most: it says how to ask, and neither that a phone is registered nor that a number exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from records.candidates.models import Candidate
from records.lookups import counting, limits
from records.messages.keywords import Asked, Reply, reply_to, understood
from records.messages.models import IncomingMessage, OutgoingMessage
from records.messages.telling import send_by
from records.messages.templates import IN_PARTS
from records.people.encryption import lookup_hash
from records.people.identity import mask
from records.settings.values import value_of

ANSWER, NEUTRAL = "text-answer", "text-neutral"
PARTS_IN_ONE = 3
DAY = 24 * limits.HOUR
FROM_ONE_SENDER = limits.Limit("text-neutral", 1, DAY)
Outcome = IncomingMessage.Outcome


@dataclass(frozen=True)
class Received:
    """A message as the gateway hands it in: its own number for it, who sent it, what it says."""

    number: str
    sender: str
    text: str


def take_in(received: Received) -> IncomingMessage | None:
    """Answer a message once; None for one that the gateway has handed in before."""
    try:
        with transaction.atomic():
            return _taken_in(received)
    except IntegrityError:
        if IncomingMessage.objects.filter(gateway_number=received.number).update(handed_in=F("handed_in") + 1):
            return None
        raise


def _taken_in(received: Received) -> IncomingMessage:
    message = IncomingMessage.objects.create(
        gateway_number=received.number,
        sender=received.sender,
        sender_mask=mask(received.sender),
        outcome=Outcome.NOT_UNDERSTOOD,
    )
    counting.count(counting.TEXT)
    asked = understood(received.text)
    if _is_too_often(received.sender):
        message.outcome = Outcome.LIMITED
    elif asked is None:
        message.answer = _neutral(received.sender)
    else:
        message.keyword = asked.keyword
        _answer(message, asked)
    message.save(update_fields=["keyword", "outcome", "candidate", "answer"])
    return message


def _answer(message: IncomingMessage, asked: Asked) -> None:
    candidate = holder_of(asked.ticket, message.sender)
    if candidate is None:
        message.outcome = Outcome.UNKNOWN_SENDER
        message.answer = _neutral(message.sender)
        return
    message.candidate = candidate
    if _exceeds("text-candidate", str(candidate.pk)):
        message.outcome = Outcome.LIMITED
        return
    message.outcome = Outcome.ANSWERED
    texts = in_parts(reply_to(asked, candidate))
    sent = [_send(message.sender, text, candidate) for text in texts]
    message.answer = sent[0]


def holder_of(ticket: str, phone: str) -> Candidate | None:
    """Whoever holds this ticket number and registered this phone."""
    found = Candidate.objects.filter(phone_hash=lookup_hash(phone, b"candidate.phone"), tickets__number=ticket)
    return found.filter(merged_into=None).first()


def _send(phone: str, text: str, candidate: Candidate) -> OutgoingMessage:
    return send_by(OutgoingMessage.Kind.SMS, phone, ANSWER, candidate_id=candidate.pk, answer=text)


def _neutral(sender: str) -> OutgoingMessage | None:
    try:
        limits.take(FROM_ONE_SENDER, sender)
    except limits.TooMany:
        return None
    return send_by(OutgoingMessage.Kind.SMS, sender, NEUTRAL)


def _is_too_often(sender: str) -> bool:
    return _exceeds("text-sender", sender)


def _exceeds(name: str, whom: str) -> bool:
    """Whether this is one more today than the office allows a sender, or a candidate."""
    try:
        limits.take(limits.Limit(name, int(value_of("sms.inbound_a_day")), DAY), whom)
    except limits.TooMany:
        return True
    return False


def in_parts(reply: Reply) -> list[str]:
    """The texts of an answer: as many entries in each as three parts hold, numbered where there are several."""
    most = PARTS_IN_ONE * IN_PARTS - len(_("（%(number)s/%(count)s）") % {"number": 99, "count": 99})
    texts = [reply.head]
    for entry in reply.entries:
        joined = f"{texts[-1]}{entry}；"
        if len(joined.encode("utf-16-le")) // 2 <= most or texts[-1] == reply.head:
            texts[-1] = joined
        else:
            texts.append(f"{reply.head}{entry}；")
    texts = [f"{text.removesuffix('；')}。" for text in texts]
    if len(texts) == 1:
        return texts
    return [f"{text}{_('（%(number)s/%(count)s）') % {'number': n, 'count': len(texts)}}" for n, text in enumerate(texts, 1)]

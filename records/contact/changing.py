"""Changing how a candidate is reached. No case is needed, but every change is in the trail with its purpose (FACTS §11).

A new phone or mail address is proven by a code sent to it and, where there is an old one, by a code sent to that as well; whoever
has lost the old one comes to the counter with proof. What waits for its codes lies in the cache, encrypted, under a token of the
session. The old one is told. What needs proof (name, document …) is not here: ``records/corrections``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.acting import acting
from records.candidates.models import Candidate
from records.lookups import limits
from records.messages.models import OutgoingMessage
from records.messages.telling import send_by, tell
from records.people import codes
from records.people.codes import WrongCode
from records.people.encryption import decrypt, encrypt, lookup_hash
from records.people.identity import mask

PHONE, EMAIL = "phone", "email"
KINDS = {PHONE: OutgoingMessage.Kind.SMS, EMAIL: OutgoingMessage.Kind.MAIL}
PLAIN = ("address", "postcode", "occupation", "study_support")
"""Changed without a code."""

WAITING = "contact"
NEW, OLD = "new", "old"
"""Where a code was sent."""
TO_ONE_RECIPIENT = limits.Limit("contact-code", 3, 24 * limits.HOUR)
"""Codes sent to one new phone or address, by whoever asks: nobody is pestered with them."""


@dataclass(frozen=True)
class Asked:
    """What waits for its codes: the channel, the new value, and where the codes went that nobody has typed in yet."""

    channel: str
    value: str
    wanted: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The new value masked."""
        return mask(self.value) if self.channel == PHONE else masked_address(self.value)


def masked_address(address: str) -> str:
    """``l***@example.org``: what lists show of a mail address."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}***@{host}" if host else ""


def ask(candidate: Candidate, channel: str, value: str) -> str:
    """Send a code to the new phone or address, another one to the old, if any, and return the token of what was asked for.

    Raises ``limits.TooMany``.
    """
    limits.take(limits.CODES, str(candidate.pk))
    limits.take(TO_ONE_RECIPIENT, value)
    old = getattr(candidate, channel)
    content = {
        "candidate": candidate.pk,
        "channel": channel,
        "value": encrypt(value, _context(channel)),
        "old": _hashed(old),
        "typed": [],
    }
    token = codes.start(WAITING, content)
    key = codes.key_of(WAITING, token)
    for name, recipient in {NEW: value, OLD: old}.items():
        if recipient:
            code = codes.make(key, name)
            send_by(KINDS[channel], recipient, "contact-code", candidate_id=candidate.pk, code=code, minutes=codes.MINUTES)
    return token


def asked(token: str) -> Asked | None:
    """What waits under this token; None when its time is over."""
    waiting = codes.waiting(codes.key_of(WAITING, token))
    return _asked(waiting) if waiting else None


def confirm(token: str, typed: Mapping[str, str], candidate: Candidate) -> bool:
    """Write what was asked for under ``token`` once every code was right; ``typed`` maps ``NEW`` and ``OLD`` to codes ("": none).

    False while one is still to come. Every call is a try; raises ``WrongCode``, also when the old value is not what it was.
    """
    key = codes.key_of(WAITING, token)
    waiting = codes.waiting(key)
    if waiting is None or waiting["candidate"] != candidate.pk:
        raise WrongCode(is_final=True)
    given = {name: code for name, code in typed.items() if code}
    fitting = codes.fitting(key, given)
    waiting["typed"] = sorted(fitting.union(waiting["typed"]))
    new = _asked(waiting)
    if new.wanted:
        codes.keep(key, waiting)
    if fitting != set(given):
        raise WrongCode(is_final=False)
    if new.wanted:
        return False
    codes.drop(key)
    _write(new, waiting["old"], candidate)
    return True


@transaction.atomic
def _write(new: Asked, old: str, candidate: Candidate) -> None:
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    if _hashed(getattr(candidate, new.channel)) != old:
        raise WrongCode(is_final=True)
    change(candidate, {new.channel: new.value}, purpose=_("本人修改"))


@transaction.atomic
def change(candidate: Candidate, values: Mapping[str, str], *, purpose: str) -> None:
    """Write new values of ``PLAIN``, ``PHONE`` and ``EMAIL``; the phone or address that is replaced is told of it.

    ``purpose`` goes into the trail with the changed row. Raises ``KeyError`` for anything else.
    """
    if unknown := set(values) - {PHONE, EMAIL, *PLAIN}:
        raise KeyError(*sorted(unknown))
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    old = {PHONE: candidate.phone, EMAIL: candidate.email}
    columns = {name: column for key, value in values.items() for name, column in _columns(key, value).items()}
    for name, column in columns.items():
        setattr(candidate, name, column)
    with acting(purpose=purpose):
        candidate.save(update_fields=list(columns))
    if values.get(PHONE, old[PHONE]) != old[PHONE]:
        tell(candidate.pk, "phone-changed", phone=old[PHONE], end=values[PHONE][-4:])
    if values.get(EMAIL, old[EMAIL]) != old[EMAIL]:
        tell(candidate.pk, "email-changed", email=old[EMAIL])


def _asked(waiting: Mapping[str, Any]) -> Asked:
    channel = waiting["channel"]
    wanted = tuple(name for name in waiting[codes.CODES] if name not in waiting["typed"])
    return Asked(channel, decrypt(waiting["value"], _context(channel)), wanted)


def _columns(key: str, value: str) -> dict[str, Any]:
    if key == PHONE:
        found = lookup_hash(value, b"candidate.phone") if value else None
        return {"phone": value, "phone_hash": found, "phone_mask": mask(value)}
    if key == EMAIL:
        return {"email": value, "email_mask": masked_address(value)}
    return {key: value}


def _context(channel: str) -> bytes:
    return f"contact.{channel}".encode()


def _hashed(value: str) -> str:
    return lookup_hash(value, b"contact.old").hex()

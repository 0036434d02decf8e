"""Changing how a candidate is reached. No case is needed, but every change is in the trail with its purpose (FACTS §11).

A new phone or mail address is proven by a code sent to it; what waits for its code lies in the cache, encrypted, under a token of
the session. The old phone is told. What needs proof (name, document …) is not here: ``records/corrections``.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from audit.acting import acting
from records.candidates.models import Candidate
from records.lookups import limits
from records.messages.models import OutgoingMessage
from records.messages.sending import send
from records.people.encryption import decrypt, encrypt, lookup_hash
from records.people.identity import mask

PHONE, EMAIL = "phone", "email"
PLAIN = ("address", "postcode", "occupation", "study_support")
"""Changed without a code."""

CODE_DIGITS = 6
VALID_SECONDS = 600
MOST_TRIES = 5
TO_ONE_RECIPIENT = limits.Limit("contact-code", 3, 24 * limits.HOUR)
"""Codes sent to one new phone or address, by whoever asks: nobody is pestered with them."""


class WrongCode(Exception):
    """The code does not fit, is over, or another person's; ``is_final`` when another try makes no sense."""

    def __init__(self, *, is_final: bool) -> None:
        super().__init__(is_final)
        self.is_final = is_final


@dataclass(frozen=True)
class Asked:
    """What waits for its code: the channel and the new value."""

    channel: str
    value: str

    @property
    def shown(self) -> str:
        """The new value masked."""
        return mask(self.value) if self.channel == PHONE else masked_address(self.value)


def masked_address(address: str) -> str:
    """``l***@example.org``: what lists show of a mail address."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}***@{host}" if host else ""


def ask(candidate: Candidate, channel: str, value: str) -> str:
    """Send a code to the new phone or address and return the token of what was asked for. Raises ``limits.TooMany``."""
    limits.take(limits.CODES, str(candidate.pk))
    limits.take(TO_ONE_RECIPIENT, value)
    token = secrets.token_urlsafe(32)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    waiting = {
        "candidate": candidate.pk,
        "channel": channel,
        "value": encrypt(value, _context(channel)),
        "code": _hashed(token, code),
    }
    cache.set(_key(token), waiting, timeout=VALID_SECONDS)
    kind = OutgoingMessage.Kind.SMS if channel == PHONE else OutgoingMessage.Kind.MAIL
    text = _("【考籍】您正在更改联系方式，验证码%(code)s，10分钟内有效。不是本人操作的，请勿转告他人。") % {"code": code}
    send(kind, value, text, candidate_id=candidate.pk, passing=True)
    return token


def asked(token: str) -> Asked | None:
    """What waits under this token; None when its time is over."""
    waiting = cache.get(_key(token))
    if waiting is None:
        return None
    return Asked(waiting["channel"], decrypt(waiting["value"], _context(waiting["channel"])))


def confirm(token: str, code: str, candidate: Candidate) -> Asked:
    """Write what was asked for under ``token``, once. Every try counts; raises ``WrongCode``."""
    waiting: dict[str, Any] | None = cache.get(_key(token))
    if waiting is None or waiting["candidate"] != candidate.pk:
        raise WrongCode(is_final=True)
    cache.add(_tries(token), 0, timeout=VALID_SECONDS)
    if cache.incr(_tries(token)) > MOST_TRIES:
        cache.delete(_key(token))
        raise WrongCode(is_final=True)
    if not hmac.compare_digest(waiting["code"], _hashed(token, code)):
        raise WrongCode(is_final=False)
    cache.delete_many([_key(token), _tries(token)])
    new = Asked(waiting["channel"], decrypt(waiting["value"], _context(waiting["channel"])))
    change(candidate, {new.channel: new.value}, purpose=_("本人修改"))
    return new


@transaction.atomic
def change(candidate: Candidate, values: Mapping[str, str], *, purpose: str) -> None:
    """Write new values of ``PLAIN``, ``PHONE`` and ``EMAIL``; a phone that is replaced is told of it.

    ``purpose`` goes into the trail with the changed row. Raises ``KeyError`` for anything else.
    """
    if unknown := set(values) - {PHONE, EMAIL, *PLAIN}:
        raise KeyError(*sorted(unknown))
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    old_phone = candidate.phone
    columns = {name: column for key, value in values.items() for name, column in _columns(key, value).items()}
    for name, column in columns.items():
        setattr(candidate, name, column)
    with acting(purpose=purpose):
        candidate.save(update_fields=list(columns))
    if PHONE in values and old_phone and old_phone != values[PHONE]:
        text = _("【考籍】您登记的手机号码已改为尾号%(end)s。不是本人操作的，请立即与主考院校自考办联系。")
        send(OutgoingMessage.Kind.SMS, old_phone, text % {"end": values[PHONE][-4:]}, candidate_id=candidate.pk)


def _columns(key: str, value: str) -> dict[str, Any]:
    if key == PHONE:
        found = lookup_hash(value, b"candidate.phone") if value else None
        return {"phone": value, "phone_hash": found, "phone_mask": mask(value)}
    if key == EMAIL:
        return {"email": value, "email_mask": masked_address(value)}
    return {key: value}


def _context(channel: str) -> bytes:
    return f"contact.{channel}".encode()


def _key(token: str) -> str:
    """Where the cache keeps what was asked for; tells nobody the token."""
    return f"contact:{hashlib.sha256(token.encode()).hexdigest()}"


def _tries(token: str) -> str:
    return f"{_key(token)}:tries"


def _hashed(token: str, code: str) -> str:
    return lookup_hash(f"{token}:{code}", b"contact.code").hex()

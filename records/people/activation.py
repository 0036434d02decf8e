"""The first sign-in: number and date of birth, then a code to the registered phone and a password of one's own (HOUSE §7).

Whoever starts is told the same, whether the number exists or not: what was started lies in the cache under a token of the
session, and a task, not the request, finds out whether there is a phone to send a code to. The account comes into being with
the right code.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Any

import structlog
from celery import current_app
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from records.candidates.models import Candidate
from records.lookups import limits
from records.messages.models import OutgoingMessage
from records.messages.sending import send
from records.people.encryption import lookup_hash
from records.people.finding import candidate_of
from records.people.models import User

log = structlog.get_logger(__name__)

CODE_TASK = "records.send_activation_code"
CODE_DIGITS = 6
VALID_SECONDS = 600
MOST_TRIES = 5


class WrongCode(Exception):
    """The code does not fit, is over, or was never sent; ``is_final`` when another try makes no sense."""

    def __init__(self, *, is_final: bool) -> None:
        super().__init__(is_final)
        self.is_final = is_final


def begin(number: str, birth_date: dt.date) -> str:
    """Start a first sign-in and return its token, for the session. Takes the same way whether the two belong together or not."""
    candidate = candidate_of(number)
    fits = candidate is not None and candidate.birth_date == birth_date
    token = secrets.token_urlsafe(32)
    key = _key(token)
    cache.set(key, {"candidate": candidate.pk if candidate and fits else None, "code": ""}, timeout=VALID_SECONDS)
    try:
        current_app.send_task(CODE_TASK, args=[key])
    except (OSError, OperationalError) as error:
        log.warning("activation.not_woken", error=type(error).__name__)
    return token


def send_code(key: str) -> None:
    """The task's work: send the code of what was started under ``key``, if it is a candidate's; once, within the daily limit."""
    started = cache.get(key)
    if started is None or started["candidate"] is None or started["code"]:
        return
    candidate = Candidate.objects.get(pk=started["candidate"])
    if not candidate.phone:
        return
    try:
        limits.take(limits.CODES, str(candidate.pk))
    except limits.TooMany:
        return
    if User.objects.filter(candidate=candidate).exists():
        send(OutgoingMessage.Kind.SMS, candidate.phone, _already_open(), candidate_id=candidate.pk)
        return
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    cache.set(key, {**started, "code": _hashed(key, code)}, timeout=VALID_SECONDS)
    send(OutgoingMessage.Kind.SMS, candidate.phone, _with_code(code), candidate_id=candidate.pk, passing=True)


def finish(token: str, code: str, password: str) -> User:
    """Open the account with this password. Raises ``WrongCode``, or ``ValidationError`` for a password too easily guessed."""
    key = _key(token)
    candidate_id = _candidate_proven_by(key, code)
    with transaction.atomic():
        candidate = Candidate.objects.select_for_update().get(pk=candidate_id)
        if User.objects.filter(candidate=candidate).exists():
            raise WrongCode(is_final=True)
        person = User(username=f"candidate-{candidate.pk}", full_name=candidate.name, candidate=candidate)
        validate_password(password, person)
        person.set_password(password)
        person.save()
    cache.delete_many([key, _tries(key)])
    return person


def _candidate_proven_by(key: str, code: str) -> int:
    """Whose code it is. Every try counts, also those at a first sign-in that nobody can finish."""
    started: dict[str, Any] = cache.get(key) or {"candidate": None, "code": ""}
    cache.add(_tries(key), 0, timeout=VALID_SECONDS)
    if cache.incr(_tries(key)) > MOST_TRIES:
        cache.delete(key)
        raise WrongCode(is_final=True)
    if not hmac.compare_digest(started["code"], _hashed(key, code)):
        raise WrongCode(is_final=False)
    return int(started["candidate"])


def _key(token: str) -> str:
    """Where the cache keeps what was started; tells nobody the token."""
    return f"first-sign-in:{hashlib.sha256(token.encode()).hexdigest()}"


def _tries(key: str) -> str:
    return f"{key}:tries"


def _hashed(key: str, code: str) -> str:
    return lookup_hash(f"{key}:{code}", b"activation.code").hex()


def _with_code(code: str) -> str:
    text = _("【考籍】您正在首次登录，验证码%(code)s，10分钟内有效。不是本人操作的，请勿转告他人。")
    return text % {"code": code}


def _already_open() -> str:
    return _("【考籍】您的账户早已启用，请用自己设的密码登录。忘记密码的，请带证件到主考院校自考办办理。")

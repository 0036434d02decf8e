"""First sign-in and forgotten password: number and date of birth, then a code and a password of one's own (HOUSE §7).

Whoever starts is told the same, whether the number exists or not: what was started waits (``codes``), and a task, not the
request, finds out whether there is a phone or a mail address to send a code to. The right code opens the account, or gives the
one that there is a new password. Only candidates' numbers lead anywhere: staff are reset by the head of their office.
"""

from __future__ import annotations

import datetime as dt

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from records.candidates.models import Candidate
from records.contact import reaching
from records.lookups import limits
from records.messages.telling import tell
from records.people import codes
from records.people.codes import WrongCode
from records.people.finding import candidate_id_of
from records.people.models import User
from records.people.own_password import account_of, open_account, renew

log = structlog.get_logger(__name__)

CODE_TASK = "records.send_activation_code"
FIRST, FORGOTTEN = "first-sign-in", "forgotten"
"""What is started: an account that is not there yet, a new password for one that is."""
CODE_TEXT = {FIRST: "first-sign-in-code", FORGOTTEN: "reset-code"}
SENT = "sent"


def begin(kind: str, number: str, birth_date: dt.date) -> str:
    """Start it and return its token, for the session. Takes the same way whether the two belong together or not."""
    found = Candidate.objects.filter(pk=candidate_id_of(number), birth_date=birth_date).values_list("pk", flat=True).first()
    token = codes.start(kind, {"kind": kind, "candidate": found})
    try:
        current_app.send_task(CODE_TASK, args=[codes.key_of(kind, token)])
    except (OSError, OperationalError) as error:
        log.warning("activation.not_woken", error=type(error).__name__)
    return token


def send_code(key: str) -> None:
    """The task's work: send the code of what was started under ``key``, if it is a candidate's; once, within the daily limit."""
    started = codes.waiting(key)
    if started is None or started["candidate"] is None or started[codes.CODES]:
        return
    candidate = Candidate.objects.get(pk=started["candidate"])
    if reaching.way_to(candidate) is None:
        return
    try:
        limits.take(limits.CODES, str(candidate.pk))
    except limits.TooMany:
        return
    account = account_of(candidate)
    if (account is None) == (started["kind"] == FIRST):
        if account is None or account.is_active:
            reaching.reach(candidate, CODE_TEXT[started["kind"]], code=codes.make(key, SENT), minutes=codes.MINUTES)
    else:
        reaching.reach(candidate, "account-open-already" if account else "account-not-open")


def finish(kind: str, token: str, code: str, password: str) -> User:
    """The account with this password. Raises ``WrongCode``, or ``ValidationError`` for a password too easily guessed."""
    key = codes.key_of(kind, token)
    started = codes.waiting(key)
    if not codes.fitting(key, {SENT: code}) or started is None:
        raise WrongCode(is_final=False)
    with transaction.atomic():
        candidate = Candidate.objects.select_for_update().get(pk=started["candidate"])
        person = _with_password(kind, candidate, password)
    codes.drop(key)
    return person


def _with_password(kind: str, candidate: Candidate, password: str) -> User:
    account = account_of(candidate)
    if (account is None) != (kind == FIRST) or (account and not account.is_active):
        raise WrongCode(is_final=True)
    if account is None:
        person = open_account(candidate, password, factor="code")
        tell(candidate.pk, "account-opened")
        return person
    renew(account, password, factor="code")
    tell(candidate.pk, "password-changed")
    return account

"""账户启用单: a slip from the counter, in place of a code, for who has no phone any more (HOUSE §7).

The code stands on the paper alone; the database knows its keyed hash. A slip is good once, until it expires or another one is
issued for the same candidate, and only together with a number of the candidate's and the date of birth.
"""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from records.candidates.models import Candidate
from records.lookups import limits
from records.messages.telling import tell
from records.people.encryption import lookup_hash
from records.people.finding import candidate_id_of, typed
from records.people.models import ActivationSlip, User
from records.people.own_password import account_of, open_account, renew
from records.people.sign_in_trail import SLIP_USED, note
from records.settings.values import value_of

SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""A prime number of letters and digits (31), without those that are read for one another (I L O 0 1)."""
RANDOM_SIGNS = 11  # 54 bits
GROUP = 4
HYPHENS = str.maketrans("", "", "-‐‑–—－·.")


class WrongSlip(Exception):
    """Number, date of birth and code do not belong together, or the slip is over, used or replaced: nobody is told which."""


@transaction.atomic
def issue(candidate: Candidate, *, by: User, proof: str) -> tuple[ActivationSlip, str]:
    """A new slip and its code, to be printed now and never again; the candidate's earlier ones are good no more.

    ``proof`` is what the candidate showed. Whether ``by`` may do so is the caller's question.
    """
    assert by.office_id is not None
    Candidate.objects.select_for_update().get(pk=candidate.pk)
    now = timezone.now()
    good(candidate.pk, now).update(cancelled_at=now)
    code = new_code()
    slip = ActivationSlip.objects.create(
        candidate=candidate,
        code_hash=_hashed(code),
        office_id=by.office_id,
        issued_by=by,
        expires_at=now + dt.timedelta(hours=value_of("slip.valid_hours")),
        proof=proof,
    )
    return slip, code


def use(number: str, birth_date: dt.date, code: str, password: str) -> User:
    """The account that the slip opens, or gives a new password; the slip is used up. Raises ``WrongSlip``, or
    ``ValidationError`` for a password too easily guessed (then the slip is still good)."""
    found = Candidate.objects.filter(pk=candidate_id_of(number), birth_date=birth_date).values_list("pk", flat=True).first()
    is_in_time = _counted(found, number)
    with transaction.atomic():
        slip = good(found or 0, timezone.now()).filter(code_hash=_hashed(code)).select_for_update(of=("self",)).first()
        if slip is None or not is_in_time:
            raise WrongSlip
        person = _with_password(slip, password)
        ActivationSlip.objects.filter(pk=slip.pk).update(used_at=timezone.now())
        note(SLIP_USED, person, slip=slip.pk)
    return person


def good(candidate_id: int, now: dt.datetime) -> models.QuerySet[ActivationSlip]:
    """The slips that still open something."""
    unused = ActivationSlip.objects.filter(used_at__isnull=True, cancelled_at__isnull=True)
    return unused.filter(candidate=candidate_id, expires_at__gt=now)


def latest(candidate: Candidate, *, most: int) -> list[ActivationSlip]:
    """The slips issued for a candidate, the newest first."""
    rows = ActivationSlip.objects.filter(candidate=candidate).select_related("office", "issued_by")
    return list(rows.order_by("-pk")[:most])


def state_of(slip: ActivationSlip) -> str:
    """What became of it, in a word."""
    if slip.used_at:
        return _("已使用")
    if slip.cancelled_at:
        return _("已作废")
    return _("可使用") if slip.expires_at > timezone.now() else _("已过期")


def new_code() -> str:
    """Eleven letters and digits by chance and a check sign."""
    body = "".join(secrets.choice(SIGNS) for _place in range(RANDOM_SIGNS))
    return body + check_sign(body)


def check_sign(body: str) -> str:
    """Finds every wrong sign and every exchange of two neighbours: weights 2 to 12 modulo the prime 31."""
    total = sum(weight * SIGNS.index(sign) for weight, sign in enumerate(body, start=2))
    return SIGNS[-total % len(SIGNS)]


def normalised(text: str) -> str:
    """The code as it was made, however it was typed; "" for what cannot be one."""
    code = typed(text).translate(HYPHENS)
    has_shape = len(code) == RANDOM_SIGNS + 1 and set(code) <= set(SIGNS)
    return code if has_shape and check_sign(code[:-1]) == code[-1] else ""


def grouped(code: str) -> str:
    """As the paper shows it: ``ABCD-EFGH-JKMN``."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def _counted(found: int | None, number: str) -> bool:
    """Whether this person, by whatever number, has tries left. That there are none is not told: it would tell whose numbers
    belong together."""
    try:
        limits.take(limits.SLIP_TRIES, str(found) if found else f"unknown:{typed(number)}")
    except limits.TooMany:
        return False
    return True


def _with_password(slip: ActivationSlip, password: str) -> User:
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=slip.candidate_id)
    account = account_of(candidate)
    if account is not None and not account.is_active:
        raise WrongSlip
    person = renew(account, password, factor="slip") if account else open_account(candidate, password, factor="slip")
    tell(candidate.pk, "slip-used")
    return person


def _hashed(code: str) -> bytes:
    return lookup_hash(code, b"activation-slip.code")

"""The second factor by an authenticator (TOTP, RFC 6238): enrolment, and a code that is good once.

A code is accepted for the running step of 30 seconds and the one before and after it (clocks differ), never for a step at or
before the last accepted one.
"""

from __future__ import annotations

import hmac
import time

import pyotp
import segno
from django.db import transaction
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from records.people.models import SecondFactor, User
from records.people.sign_in_trail import FACTOR_ADDED, FACTOR_REMOVED, note

STEP_SECONDS = 30
CODE_DIGITS = 6
SECRET_GROUP = 4


class LastFactor(Exception):
    """A member of staff keeps at least one second factor."""


def new_secret() -> str:
    """A secret of 160 bits in base32, 32 signs."""
    return pyotp.random_base32()


def grouped(secret: str) -> str:
    """The secret as it is typed by hand: groups of four."""
    return " ".join(secret[place : place + SECRET_GROUP] for place in range(0, len(secret), SECRET_GROUP))


def picture(person: User, secret: str) -> SafeString:
    """The QR code that an authenticator reads, as SVG; dark on white in every theme, as readers want it."""
    address = pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=_("考籍"))
    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=4, light="#fff", title=_("二维码"))
    return SafeString(drawn)


def running_step() -> int:
    """The number of the running step of 30 seconds."""
    return int(time.time()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The six digits of one step."""
    return pyotp.TOTP(secret).generate_otp(step)


def step_of(secret: str, code: str, *, after: int) -> int | None:
    """The step later than ``after`` that the code belongs to, of those accepted now; None for a wrong or used code."""
    now = running_step()
    fitting = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(code_at(secret, step), code)]
    return next((step for step in fitting if step > after), None)


@transaction.atomic
def accept(person: User, code: str) -> SecondFactor | None:
    """The person's authenticator that shows this code, which from now on is used; None for a wrong or used code.

    The rows are locked, so that of two requests with one code one gets in.
    """
    factors = SecondFactor.objects.select_for_update().filter(person=person, kind=SecondFactor.Kind.TOTP).order_by("pk")
    for factor in factors:
        step = step_of(factor.secret, code, after=factor.last_step)
        if step is not None:
            factor.last_step, factor.used_at = step, timezone.now()
            factor.save(update_fields=["last_step", "used_at"])
            return factor
    return None


@transaction.atomic
def enrol(person: User, secret: str, code: str, *, label: str = "") -> SecondFactor | None:
    """The new authenticator, once a code shows that it has the secret; the code is used. None for a wrong code."""
    step = step_of(secret, code, after=0)
    if step is None:
        return None
    factor = SecondFactor.objects.create(
        person=person, kind=SecondFactor.Kind.TOTP, label=label, secret=secret, last_step=step, used_at=timezone.now()
    )
    note(FACTOR_ADDED, person, factor=factor.kind)
    return factor


@transaction.atomic
def remove(person: User, factor_id: int) -> None:
    """Take one factor away. Raises ``LastFactor`` for the only one, ``SecondFactor.DoesNotExist`` for one of somebody else."""
    User.objects.select_for_update().get(pk=person.pk)
    factor = person.second_factors.get(pk=factor_id)
    if person.second_factors.count() == 1:
        raise LastFactor
    factor.delete()
    note(FACTOR_REMOVED, person, factor=factor.kind)

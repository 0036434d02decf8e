"""Terminals as their office puts them up: a code typed on the machine once, and the token that its browser then holds.

Code and token are kept as keyed hashes only: whoever reads the database can pretend to be no terminal.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.acting import acting
from records.kiosks.models import Kiosk
from records.lookups import limits
from records.offices.models import Office
from records.people.encryption import lookup_hash
from records.people.models import User

CODE, TOKEN = b"kiosk.code", b"kiosk.token"
CODE_DIGITS = 8
CODE_MINUTES = 15
TOKEN_BYTES = 32
SEEN_EVERY = dt.timedelta(minutes=1)
LONGEST_TOKEN = 100

TRIES = limits.Limit("kiosk-code", 10, 10 * limits.MINUTE)
TRIES_OF_ALL = limits.Limit("kiosk-code-all", 200, limits.HOUR)
"""Codes typed from one source, and from everywhere: eight digits that are good for minutes are out of reach of guessing."""


def put_up(office: Office, name: str, place: str, *, by: User) -> tuple[Kiosk, str]:
    """A new terminal of ``office`` and the code that sets it up, which nobody learns a second time."""
    code = _new_code()
    with acting(by, purpose=_("设置自助终端")):
        kiosk = Kiosk.objects.create(
            office=office, name=name, place=place, made_by=by, setup_hash=lookup_hash(code, CODE), setup_until=_until()
        )
    return kiosk, code


def renew(kiosk: Kiosk, *, by: User | None) -> str:
    """A new code for a terminal: what its browser held until now ends at once. "" for a closed one. ``by`` None: the shell."""
    code = _new_code()
    with acting(by, purpose=_("重新设置自助终端")):
        renewed = Kiosk.objects.filter(pk=kiosk.pk, closed_at__isnull=True).update(
            token_hash=None, set_up_at=None, setup_hash=lookup_hash(code, CODE), setup_until=_until()
        )
    return code if renewed else ""


def close(kiosk: Kiosk, *, by: User) -> None:
    """End a terminal for good; its next request finds it gone."""
    with acting(by, purpose=_("停用自助终端")):
        Kiosk.objects.filter(pk=kiosk.pk, closed_at__isnull=True).update(
            token_hash=None, setup_hash=None, setup_until=None, closed_at=timezone.now(), closed_by=by
        )


def set_up(code: str, *, source: str) -> str:
    """The token of the terminal whose code this is, once; "" for a code that is wrong, over or used. Raises ``TooMany``."""
    limits.take(TRIES, source)
    limits.take(TRIES_OF_ALL, "")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = timezone.now()
    waiting = Kiosk.objects.filter(setup_hash=lookup_hash(_digits(code), CODE), setup_until__gt=now, closed_at__isnull=True)
    with acting(purpose=_("启用自助终端")):
        done = waiting.update(setup_hash=None, setup_until=None, token_hash=lookup_hash(token, TOKEN), set_up_at=now, seen_at=now)
    return token if done else ""


def device_of(token: str) -> Kiosk | None:
    """The terminal whose browser holds this token; None for none, and for one that has been closed."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    found: Kiosk | None = Kiosk.objects.filter(token_hash=lookup_hash(token, TOKEN), closed_at__isnull=True).first()
    return found


def see(kiosk: Kiosk) -> None:
    """Note that the terminal is in use, once a minute at most."""
    before = timezone.now() - SEEN_EVERY
    Kiosk.objects.filter(Q(seen_at__isnull=True) | Q(seen_at__lt=before), pk=kiosk.pk).update(seen_at=timezone.now())


def _new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def _until() -> dt.datetime:
    return timezone.now() + dt.timedelta(minutes=CODE_MINUTES)


def _digits(typed: str) -> str:
    """A code without the blanks and hyphens with which people read it out."""
    return "".join(character for character in unicodedata.normalize("NFKC", typed) if character.isalnum())[:LONGEST_TOKEN]

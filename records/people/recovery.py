"""Recovery codes: ten, each good once, for the day on which the phone is lost. Only their keyed hashes are kept."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from records.people.encryption import lookup_hash
from records.people.finding import typed
from records.people.initial import LETTERS
from records.people.models import RecoveryCode, User
from records.people.sign_in_trail import CODES_RENEWED, note

CODES = 10
HALF = 5
FEW = 3
"""From so many codes on a person is told to make new ones."""


def new_codes() -> list[str]:
    """Ten codes of ten letters and digits (49 bits), written in two halves."""
    return [f"{_signs()}-{_signs()}" for _code in range(CODES)]


@transaction.atomic
def keep(person: User, codes: list[str]) -> None:
    """From now on these codes are the person's, and no others."""
    RecoveryCode.objects.filter(person=person).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(person=person, code_hash=_hashed(person, code)) for code in codes])
    note(CODES_RENEWED, person)


def accept(person: User, code: str) -> bool:
    """Whether it is an unused code of the person; it is used from now on (one statement: of two requests one gets in)."""
    unused = RecoveryCode.objects.filter(person=person, code_hash=_hashed(person, code), used_at__isnull=True)
    return unused.update(used_at=timezone.now()) == 1


def left(person: User) -> int:
    """How many codes are unused."""
    return RecoveryCode.objects.filter(person=person, used_at__isnull=True).count()


def _signs() -> str:
    return "".join(secrets.choice(LETTERS) for _place in range(HALF))


def _hashed(person: User, code: str) -> bytes:
    """However the code was typed: width, case, blanks and hyphens do not matter."""
    return lookup_hash(f"{person.pk}:{typed(code).replace('-', '')}", b"recovery-code")

"""Passwords that come into being: the initial one of a new member of staff or after a reset, and one's own in its place.

An initial password is returned to be shown once; it is kept nowhere.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction

from audit.acting import acting
from records.lookups import limits
from records.people import signed_sessions
from records.people.models import RecoveryCode, SecondFactor, SignedSession, User
from records.people.sign_in_trail import PASSWORD, RESET, note

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are read for one another
GROUPS, GROUP_SIGNS = 3, 4


def readable_password() -> str:
    """Twelve letters and digits (59 bits), in groups of four between hyphens."""
    return "-".join("".join(secrets.choice(LETTERS) for _place in range(GROUP_SIGNS)) for _group in range(GROUPS))


@transaction.atomic
def new_person(username: str, full_name: str, *, by: User | None) -> tuple[User, str]:
    """A member of staff without office or duty, and the initial password; IntegrityError for a login name that is taken.

    ``by`` is None only where a command makes the first head.
    """
    password = readable_password()
    with acting(by):
        person = User.objects.create_user(username, password, full_name=full_name, password_is_initial=True)
    return person, password


@transaction.atomic
def reset_sign_in(person: User, *, by: User | None) -> str:
    """Start the person's sign-in anew and return the initial password: no second factor, no recovery code, no session is left.

    Whether ``by`` may do so is the caller's question.
    """
    password = readable_password()
    with acting(by):
        person = User.objects.select_for_update().get(pk=person.pk)
        person.set_password(password)
        person.password_is_initial = True
        person.save(update_fields=["password", "password_is_initial"])
        SecondFactor.objects.filter(person=person).delete()
        RecoveryCode.objects.filter(person=person).delete()
        signed_sessions.end_all(person, because=signed_sessions.RESET)
        note(RESET, person)
    limits.forget(limits.SECOND_FACTOR, str(person.pk))
    return password


@transaction.atomic
def replace_password(person: User, password: str, *, but: SignedSession | None = None, **circumstances: Any) -> None:
    """A password of one's own in place of the old one; the person's sessions are over, all ``but`` the one named.

    Whether the password is good enough is the form's question. ``circumstances`` go into the trail.
    """
    person.set_password(password)
    person.password_is_initial = False
    person.save(update_fields=["password", "password_is_initial"])
    signed_sessions.end_all(person, because=signed_sessions.PASSWORD, but=but)
    note(PASSWORD, person, **circumstances)

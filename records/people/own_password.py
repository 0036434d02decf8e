"""A candidate's account: it comes into being with a password of one's own, and is given a new one when that is forgotten."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password

from records.candidates.models import Candidate
from records.people.initial import replace_password
from records.people.models import User
from records.people.sign_in_trail import OPENED, note


def account_of(candidate: Candidate) -> User | None:
    """The account, if there is one yet."""
    return User.objects.filter(candidate=candidate).first()


def open_account(candidate: Candidate, password: str, **circumstances: Any) -> User:
    """The new account of a candidate who has none; ``ValidationError`` for a password too easily guessed.

    The caller has locked the candidate's row, so that two never open it at once. ``circumstances`` go into the trail.
    """
    person = User(username=f"candidate-{candidate.pk}", full_name=candidate.name, candidate=candidate)
    validate_password(password, person)
    person.set_password(password)
    person.save()
    note(OPENED, person, **circumstances)
    return person


def renew(person: User, password: str, **circumstances: Any) -> User:
    """A new password in place of the forgotten one; every session ends. ``ValidationError`` as above."""
    validate_password(password, person)
    replace_password(person, password, **circumstances)
    return person

"""Who signs in with what: staff with their login name, candidates with record, ticket or identity number (duty L2)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.http import HttpRequest

from records.people.finding import candidate_id_of
from records.people.models import User


class NumberBackend(ModelBackend):
    """Finds the person by the typed name or number. Unknown ones cost what known ones cost: the same statements, one hash."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """The person, or None; also None for somebody who has not signed in for the first time yet."""
        if not username or password is None:
            return None
        person = account_of(username)
        if person is None:
            make_password(password)  # as long as checking one
            return None
        return person if person.check_password(password) and self.user_can_authenticate(person) else None

    def _get_group_permissions(self, user_obj: User) -> Any:
        """What the duties in force today permit: appointments, not Django's own memberships, which have no dates."""
        return Permission.objects.filter(group__name__in=user_obj.duties)


def account_of(name: str) -> User | None:
    """The member of staff with this login name, else the account of the candidate with this number; always two statements."""
    name = name.replace("\x00", "").strip()
    candidate_id = candidate_id_of(name)
    found = User.objects.filter(Q(username=name, candidate__isnull=True) | Q(candidate_id=candidate_id))
    people = sorted(found, key=_is_candidate)
    return people[0] if people else None


def _is_candidate(person: User) -> bool:
    return person.candidate_id is not None

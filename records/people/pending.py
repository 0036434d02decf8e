"""The time between the right password and the second factor: the person is known to the session, but not signed in.

Nothing is open to a pending person but the pages of the sign-in. After ten minutes, five wrong tries, or when the password
changes meanwhile, the sign-in starts anew.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest

from records.people import signed_sessions
from records.people.models import User

KEY = "pending-sign-in"
VALID_SECONDS = 600
MOST_TRIES = 5


class Over(Exception):
    """There is no pending sign-in, or no longer: it starts anew with the password; ``too_many`` after the last wrong try."""

    def __init__(self, *, too_many: bool = False) -> None:
        super().__init__(too_many)
        self.too_many = too_many


@dataclass(frozen=True)
class Pending:
    """Who is about to sign in, under which hashed name, where to, and by which factor it was proven ("": not yet)."""

    person: User
    name: str
    next: str
    factor: str


def begin(request: HttpRequest, person: User, *, name: str, next: str) -> None:
    """The password was right. The session starts anew: whoever was signed in is not, and nothing planted in it stays."""
    if request.user.is_authenticated:
        signed_sessions.leave(request)
        logout(request)
    else:
        request.session.flush()
    request.session[KEY] = state_of(person, name=name, next=next)


def state_of(person: User, *, name: str, next: str) -> dict[str, Any]:
    """What the session keeps of it: the moment, and by which password it began (as Django's sessions know it: a hash)."""
    return {
        "person": person.pk,
        "name": name,
        "next": next,
        "factor": "",
        "state": person.get_session_auth_hash(),
        "token": secrets.token_hex(16),
        "since": int(time.time()),
    }


def of(request: HttpRequest) -> Pending:
    """The pending sign-in of this session. Raises ``Over``."""
    kept = request.session.get(KEY)
    if kept is None:
        raise Over
    person = User.objects.filter(pk=kept["person"], is_active=True, candidate__isnull=True).first()
    is_fresh = time.time() - kept["since"] <= VALID_SECONDS
    if person is None or not is_fresh or not hmac.compare_digest(kept["state"], person.get_session_auth_hash()):
        drop(request)
        raise Over
    return Pending(person, kept["name"], kept["next"], kept["factor"])


def prove(request: HttpRequest, factor: str) -> None:
    """The second factor was right."""
    request.session[KEY] = {**request.session[KEY], "factor": factor}


def password_changed(request: HttpRequest, person: User) -> None:
    """The pending person has set a new password and goes on."""
    request.session[KEY] = {**request.session[KEY], "state": person.get_session_auth_hash()}


def take_try(request: HttpRequest) -> None:
    """Count a wrong second factor, also of requests that come at the same time. Raises ``Over`` with the last one."""
    key = f"pending-tries:{request.session[KEY]['token']}"
    cache.add(key, 0, timeout=VALID_SECONDS)
    if cache.incr(key) >= MOST_TRIES:
        drop(request)
        raise Over(too_many=True)


def drop(request: HttpRequest) -> None:
    """There is no pending sign-in any more; with it goes everything else that the session held."""
    request.session.flush()

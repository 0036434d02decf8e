"""How often somebody may be wrong at the sign-in, as one scheme (docs/OPERATIONS.md tells it to people).

- One name from one source: ten wrong tries in a row, passwords and second factors together, lock this name for this source
  (django-axes, in the cache) until a quarter of an hour later.
- One name from everywhere, and one source with all names: the limits of ``limits.SIGN_IN``.
- Wrong second factors of one person: ``limits.SECOND_FACTOR`` from everywhere, five in one pending sign-in (``pending``).

Names and sources are keyed hashes wherever they are kept, so that an identity number that was typed stands nowhere.
"""

from __future__ import annotations

import time
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.http import HttpRequest

from records.lookups import limits
from records.people.backends import account_of
from records.people.encryption import lookup_hash
from records.people.finding import typed
from records.people.models import User
from records.people.sign_in_trail import LOCKED, REFUSED, note_refusal
from records.people.signed_sessions import source_mask

HASHED = "hashed_name"


class Locked(limits.TooMany):
    """No sign-in for a while, whatever is typed; answered by a page of its own."""

    template_name = "records/sign_in_locked.html"


def hashed(name: str) -> str:
    """The typed name or number as every count knows it."""
    return lookup_hash(typed(name), b"sign-in.name").hex()


def name_for_axes(_request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """``AXES_USERNAME_CALLABLE``: what stands for the name."""
    given = credentials or {}
    return str(given.get(HASHED) or hashed(str(given.get("username") or "")))


def words_for_axes(_name: str, _source: str, _agent: str, path: str, _request: HttpRequest) -> str:
    """``AXES_CLIENT_STR_CALLABLE``: all that its log lines tell of a request."""
    return path


def authenticated(request: HttpRequest, number: str, password: str) -> User | None:
    """The person with this password; None after a wrong one. Raises ``Locked``."""
    source, name = limits.source_of(request), hashed(number)
    try:
        limits.pass_through(limits.SIGN_IN, source, name, is_proven=True)
    except limits.TooMany as refusal:
        raise Locked(refusal.seconds) from refusal
    person = authenticate(request, username=number, password=password)
    if isinstance(person, User):
        return person
    _refuse(request, name, account_of(number), by="password")
    return None


def before_factor(request: HttpRequest, name: str, person: User) -> None:
    """Count a try of the second factor, right or wrong, before it is looked at. Raises ``Locked``."""
    try:
        limits.take(limits.SECOND_FACTOR, str(person.pk))
    except limits.TooMany as refusal:
        raise Locked(refusal.seconds) from refusal
    if not AxesProxyHandler.is_allowed(request, {HASHED: name}):
        raise Locked(_seconds_left(request, name))


def wrong_factor(request: HttpRequest, name: str, person: User, *, by: str) -> None:
    """Count a wrong second factor of somebody whose password was right. Raises ``Locked`` with the last one allowed."""
    AxesProxyHandler.user_login_failed(sender=__name__, credentials={HASHED: name}, request=request)
    _refuse(request, name, person, by=by)


def password_again(request: HttpRequest, person: User, password: str) -> bool:
    """Whether the person who is signed in has typed the own password again. Raises ``TooMany`` after too many wrong ones."""
    limits.take(limits.PASSWORD_AGAIN, str(person.pk))
    if person.check_password(password):
        limits.forget(limits.PASSWORD_AGAIN, str(person.pk))
        return True
    note_refusal(REFUSED, person, by="password-again", source=source_mask(request))
    return False


def forget(request: HttpRequest, name: str, person: User) -> None:
    """The person is in: what was wrong before counts no more."""
    source = limits.source_of(request)
    AxesProxyHandler.reset_attempts(ip_address=source, username=name)
    cache.delete(_until(name, source))
    limits.forget(limits.SIGN_IN.person, name)
    limits.forget(limits.SECOND_FACTOR, str(person.pk))


def _refuse(request: HttpRequest, name: str, person: User | None, *, by: str) -> None:
    """Write the refusal; the first that finds the name locked writes that too. Raises ``Locked`` when it is."""
    note_refusal(REFUSED, person, by=by, source=source_mask(request))
    if not getattr(request, "axes_locked_out", False):
        return
    longest = _longest()
    if cache.add(_until(name, limits.source_of(request)), int(time.time()) + longest, timeout=longest):
        note_refusal(LOCKED, person, source=source_mask(request))
    raise Locked(_seconds_left(request, name))


def _seconds_left(request: HttpRequest, name: str) -> int:
    ends = cache.get(_until(name, limits.source_of(request)))
    return max(1, ends - int(time.time())) if ends else _longest()


def _longest() -> int:
    return int(settings.AXES_COOLOFF_TIME.total_seconds())


def _until(name: str, source: str) -> str:
    """Where the cache keeps when a lock ends."""
    return f"locked-until:{lookup_hash(f'{name}:{source}', b'lockout').hex()}"

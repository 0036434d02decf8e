"""Codes that wait to be typed in: first sign-in, forgotten password, a new phone or mail address.

What somebody has started lies in the cache under a token of the session, its codes beside it as keyed hashes. Each has a name
(where it was sent), so that one thing may ask for several codes. Nothing tells whether a code was ever made.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from django.core.cache import cache

from records.people.encryption import lookup_hash

DIGITS = 6
MINUTES = 10
VALID_SECONDS = MINUTES * 60
MOST_TRIES = 5
CODES = "codes"


class WrongCode(Exception):
    """The code does not fit, is over, was never sent, or another person's; ``is_final`` when another try makes no sense."""

    def __init__(self, *, is_final: bool) -> None:
        super().__init__(is_final)
        self.is_final = is_final


def start(kind: str, content: Mapping[str, Any]) -> str:
    """Let ``content`` wait for its codes; returns the token, for the session."""
    token = secrets.token_urlsafe(32)
    keep(key_of(kind, token), {**content, CODES: {}})
    return token


def key_of(kind: str, token: str) -> str:
    """Where the cache keeps what was started; tells nobody the token."""
    return f"{kind}:{hashlib.sha256(token.encode()).hexdigest()}"


def waiting(key: str) -> dict[str, Any] | None:
    """What waits there; None when its time is over."""
    found: dict[str, Any] | None = cache.get(key)
    return found


def keep(key: str, content: Mapping[str, Any]) -> None:
    """Let this wait from now on."""
    cache.set(key, dict(content), timeout=VALID_SECONDS)


def make(key: str, name: str) -> str:
    """A new code of this name for what waits under ``key``, to be sent; KeyError when it is over."""
    content = waiting(key)
    if content is None:
        raise KeyError(key)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    keep(key, {**content, CODES: {**content[CODES], name: _hashed(key, name, code)}})
    return code


def fitting(key: str, typed: Mapping[str, str]) -> set[str]:
    """The names of those among the ``typed`` codes that are right. Every call is a try, also where nothing waits.

    Raises ``WrongCode`` (final) after the last one, and then what waited is gone.
    """
    cache.add(_tries(key), 0, timeout=VALID_SECONDS)
    if cache.incr(_tries(key)) > MOST_TRIES:
        cache.delete(key)
        raise WrongCode(is_final=True)
    made = (waiting(key) or {CODES: {}})[CODES]
    return {name for name, code in typed.items() if hmac.compare_digest(made.get(name, ""), _hashed(key, name, code))}


def drop(key: str) -> None:
    """Nothing waits there any more."""
    cache.delete_many([key, _tries(key)])


def _tries(key: str) -> str:
    return f"{key}:tries"


def _hashed(key: str, name: str, code: str) -> str:
    return lookup_hash(f"{key}:{name}:{code}", b"waiting.code").hex()

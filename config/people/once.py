"""A form that is sent once, though the button be pressed twice: each showing of it has a token, and a token is good once."""

from __future__ import annotations

import hashlib
import secrets

from django.core.cache import cache

from records.people.models import User

REMEMBERED_SECONDS = 24 * 3600


def fresh() -> str:
    """The token of a form that is about to be shown."""
    return secrets.token_urlsafe(12)


def is_first(user: User, token: str) -> bool:
    """Whether the form of this token comes for the first time; asking counts."""
    key = hashlib.sha256(f"{user.pk}:{token}".encode()).hexdigest()
    return cache.add(f"sent-once:{key}", 1, timeout=REMEMBERED_SECONDS)

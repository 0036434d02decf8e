"""Secrets that wait in a session until their holder has confirmed them: encrypted, because sessions lie in the database."""

from __future__ import annotations

import base64

from django.contrib.sessions.backends.base import SessionBase

from records.people.encryption import CannotDecryptError, decrypt, encrypt

CONTEXT = b"session.kept"


def keep(session: SessionBase, name: str, text: str) -> None:
    """Put a secret text under this name."""
    session[name] = base64.b64encode(encrypt(text, CONTEXT)).decode()


def kept(session: SessionBase, name: str) -> str:
    """The text under this name; "" where there is none, or none that can be read."""
    try:
        return decrypt(base64.b64decode(session.get(name, "")), CONTEXT)
    except CannotDecryptError:
        return ""


def drop(session: SessionBase, name: str) -> None:
    """Forget it."""
    session.pop(name, None)

"""How the portal and an SMS gateway prove to each other who speaks: HMAC-SHA256 over moment, nonce and body, both ways."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping

TIMESTAMP, NONCE, SIGNATURE = "X-Kaoji-Timestamp", "X-Kaoji-Nonce", "X-Kaoji-Signature"
VALID_SECONDS = 300
"""A signed message is taken this long after, and before, the moment that it names."""


def signed(body: bytes, key: bytes) -> dict[str, str]:
    """The three headers that go with ``body``: seconds since 1970, 32 hexadecimal digits, and the signature in hexadecimal."""
    moment, nonce = str(int(time.time())), secrets.token_hex(16)
    return {TIMESTAMP: moment, NONCE: nonce, SIGNATURE: _signature(moment, nonce, body, key)}


def is_genuine(headers: Mapping[str, str], body: bytes, key: bytes) -> bool:
    """Whether the headers sign this body with this key, now; without a key nothing is genuine."""
    moment, nonce, given = (headers.get(name, "") for name in (TIMESTAMP, NONCE, SIGNATURE))
    expected = _signature(moment, nonce, body, key)
    fits = hmac.compare_digest(given.encode(), expected.encode())
    return bool(key) and fits and _is_fresh(moment)


def _signature(moment: str, nonce: str, body: bytes, key: bytes) -> str:
    return hmac.new(key, b"\n".join([moment.encode(), nonce.encode(), body]), "sha256").hexdigest()


def _is_fresh(moment: str) -> bool:
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return False
    return abs(time.time() - int(moment)) <= VALID_SECONDS

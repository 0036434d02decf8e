"""The SMS gateway over HTTP: one signed JSON request a message (docs/OPERATIONS.md describes it for the gateway's side)."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from records.messages.carriers import Undelivered
from records.messages.signature import signed

TAKEN = frozenset({200, 201, 202})
LATER = {401: "not-trusted", 403: "not-trusted", 408: "timeout", 425: "busy", 429: "too-many"}
"""Refusals that say nothing about the message; so do all from 500 on."""
LONGEST_WAIT = 3600
MOST_BYTES = 64 * 1024
RECEIPT_LENGTH = 80


@dataclass(frozen=True)
class HttpGateway:
    """A gateway at ``url`` (http or https; redirects are not followed), which shares ``key`` with the portal."""

    url: str
    key: bytes
    seconds: int = 10

    def carry(self, kind: str, to: str, subject: str, text: str, *, key: str) -> str:
        """The gateway's receipt. Raises ``Undelivered``, final for what the gateway says is wrong with the message itself."""
        body = json.dumps({"key": key, "to": to, "text": text}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **signed(body, self.key)}
        try:
            status, answer, wait = self._post(body, headers)
        except TimeoutError as error:
            raise Undelivered("timeout") from error
        except (OSError, http.client.HTTPException) as error:
            raise Undelivered("unreachable") from error
        if status not in TAKEN:
            raise _refusal(status, answer, wait)
        return str(_read(answer).get("receipt", ""))[:RECEIPT_LENGTH]

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.seconds)
        try:
            connection.request("POST", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(MOST_BYTES), answer.headers.get("Retry-After", "")
        finally:
            connection.close()


def _refusal(status: int, answer: bytes, wait: str) -> Undelivered:
    if status in LATER or not 400 <= status < 500:
        seconds = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 7 else 0
        return Undelivered(LATER.get(status, "busy"), wait=min(seconds, LONGEST_WAIT))
    fault = "bad-recipient" if _read_or_nothing(answer).get("fault") == "recipient" else "rejected"
    return Undelivered(fault, is_final=True)


def _read(answer: bytes) -> dict[str, Any]:
    """What a gateway that took the message says; one that says nothing readable may not have understood."""
    try:
        read = json.loads(answer or b"{}")
    except ValueError as error:
        raise Undelivered("unreadable") from error
    if not isinstance(read, dict):
        raise Undelivered("unreadable")
    return read


def _read_or_nothing(answer: bytes) -> dict[str, Any]:
    try:
        return _read(answer)
    except Undelivered:
        return {}

"""What a request costs and what comes back, so that two of them can be held side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import celery
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection

from records.models import OutgoingMessage
from records.people import encryption

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "path"}
LITERAL = re.compile(r"\bs\d+_x\d+\b|'(?:[^']|'')*'(?:::\w+)?|\b\d+(?:\.\d+)?\b")
BY_CHANCE = re.compile(r"nonce-[\w+/=-]+|csrfmiddlewaretoken")
LEFT_OUT = {"Date", "Expires", "Set-Cookie", "Content-Length", "X-Request-ID"}


@dataclass
class Cost:
    """What one request did: statements by shape with the rows that came, and counts of everything else."""

    statements: list[tuple[str, int]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def shapes(self) -> list[str]:
        """The statements without their values."""
        return [shape for shape, _rows in self.statements]


@contextmanager
def watched() -> Iterator[Cost]:
    """Count statements, password and keyed hashes, ciphers, tasks and messages of what happens inside."""
    cost = Cost()
    messages = OutgoingMessage.objects.count()
    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(_noting(cost)):
        patch.setattr(Argon2PasswordHasher, "encode", _counting(cost, "password", Argon2PasswordHasher.encode))
        patch.setattr(Argon2PasswordHasher, "verify", _counting(cost, "password", Argon2PasswordHasher.verify))
        patch.setattr(encryption.hmac, "digest", _counting(cost, "keyed hash", encryption.hmac.digest))
        patch.setattr(encryption, "_cipher", _counting(cost, "cipher", encryption._cipher))
        patch.setattr(celery.Celery, "send_task", _counting(cost, "task", lambda *_arguments, **_options: None))
        yield cost
    cost.counts["message"] = OutgoingMessage.objects.count() - messages


def _counting(cost: Cost, what: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*arguments: Any, **options: Any) -> Any:
        cost.counts[what] += 1
        return original(*arguments, **options)

    return counted


def _noting(cost: Cost) -> Callable[..., Any]:
    def noted(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        cost.statements.append((LITERAL.sub("?", sql), context["cursor"].rowcount))
        return result

    return noted


def headers_of(response: Any) -> dict[str, str]:
    """The headers, without those that tell the moment and the browser."""
    return {name: BY_CHANCE.sub("nonce", value) for name, value in response.headers.items() if name not in LEFT_OUT}


class Frame(HTMLParser):
    """A page outside its answer (the element with ``data-answer``), without what is drawn anew each time and what was typed."""

    def __init__(self, page: str, typed: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.parts: list[Any] = []
        self._typed = typed
        self._depth = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._depth or "data-answer" in given:
            self._depth += tag not in VOID
            return
        shown = {key: value for key, value in given.items() if key not in ("nonce", "data-proof", "value")}
        self.parts.append((tag, shown))

    def handle_endtag(self, tag: str) -> None:
        if self._depth:
            self._depth -= tag not in VOID
        else:
            self.parts.append(tag)

    def handle_data(self, data: str) -> None:
        text = data.strip()
        for word in self._typed:
            text = text.replace(word, "…") if word else text
        if text and not self._depth:
            self.parts.append(text)

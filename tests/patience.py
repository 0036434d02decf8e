"""Waiting for what comes soon: transactions of other databases of the same server hold the change feed back for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SECONDS = 60
PAUSE = 0.05


def until(ask: Callable[[], T]) -> T:
    """Ask again until the answer is true, or for a minute; the last answer."""
    deadline = time.monotonic() + SECONDS
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return answer

"""Which function does the work of which kind of job; each app's ``tasks.py`` registers its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from records.jobs.models import Job

Work = Callable[[Job], None]
W = TypeVar("W", bound=Work)

_WORK: dict[str, Work] = {}


def work(kind: str) -> Callable[[W], W]:
    """Register the function that does jobs of ``kind``; it is run again after a crash, so it must bear that."""

    def register(function: W) -> W:
        _WORK[kind] = function
        return function

    return register


def work_of(kind: str) -> Work:
    """The function for ``kind``; ``KeyError`` when no app registered one."""
    return _WORK[kind]

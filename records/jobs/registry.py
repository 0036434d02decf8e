"""Which function does the work of which kind of job, and which right it takes; each app's ``tasks.py`` registers its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from records.jobs.models import Job

Work = Callable[[Job], None]
W = TypeVar("W", bound=Work)

_WORK: dict[str, Work] = {}
_PERMISSIONS: dict[str, str] = {}


def work(kind: str, *, permission: str = "") -> Callable[[W], W]:
    """Register the function that does jobs of ``kind``; it is run again after a crash, so it must bear that.

    ``permission`` is what the job's starter must still have, and for the job's office, whenever an attempt begins and while it
    runs (``records/jobs/rights.py``). None is asked of a job that only completes what was decided before it: its docstring says
    by whom.
    """

    def register(function: W) -> W:
        _WORK[kind] = function
        _PERMISSIONS[kind] = permission
        return function

    return register


def work_of(kind: str) -> Work:
    """The function for ``kind``; ``KeyError`` when no app registered one."""
    return _WORK[kind]


def permission_for(kind: str) -> str:
    """The right that jobs of ``kind`` take; "" for none."""
    return _PERMISSIONS.get(kind, "")

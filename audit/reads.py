"""What a page lets people read: every view declares it, so that no personal data are shown without a line in the trail.

``@reads("record")`` stands on a view that shows data of candidates and writes a read of that verb (``audit.trail.record_read``)
whenever somebody other than the candidate sees them; ``@reads_nothing`` on one that shows none. Class-based views say the same
by an attribute ``reads``. A test fetches every page as everybody and holds what it shows against what was declared and written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

COUNTED = "counted"
"""Declared by look-ups that need no account: they show a person what that person proved to know, and are counted by day."""

V = TypeVar("V", bound=Callable[..., Any])


def reads(*verbs: str) -> Callable[[V], V]:
    """Declare the verbs of the reads that the view writes."""

    def declare(view: V) -> V:
        view.reads = frozenset(verbs)  # type: ignore[attr-defined]
        return view

    return declare


def reads_nothing(view: V) -> V:
    """Declare that the view shows nothing of any candidate but the one who is signed in."""
    return reads()(view)


def declared_by(view: Any) -> frozenset[str] | None:
    """What the view behind an address declares; None where it says nothing."""
    found = getattr(view, "reads", None)
    if found is None:
        found = getattr(getattr(view, "cls", None), "reads", None)
    return None if found is None else frozenset(found)

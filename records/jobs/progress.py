"""How work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int | None], None]
"""Told how many rows are done, and of how many (None: not known)."""


def unseen(_done: int, _total: int | None) -> None:
    """The progress of work that nobody watches."""

"""Whom a batch is about by what lies open or was decided: every app's cases are made known at start-up (``addressing.py``).

A choice is written ``<what>:<state>``, as the addresses of the pages name the kind: ``exemptions:returned``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from records.offices.models import Office

Holders = Callable[[str, Office], QuerySet[Any]]


@dataclass(frozen=True)
class Choosing:
    """``states``: the states that can be chosen, with their words; ``holders`` gives rows about candidates who are in one.

    What ``holders`` gives for an office (a university or the city) lies within that office's reach; the rows have ``candidate``.
    """

    label: Any
    states: Mapping[str, Any]
    holders: Holders


_KNOWN: dict[str, Choosing] = {}


def register(what: str, choosing: Choosing) -> None:
    """Make it choosable under this name."""
    _KNOWN[what] = choosing


def choices() -> list[tuple[str, str]]:
    """Everything that can be chosen, with its words."""
    return [(f"{what}:{state}", words_of(f"{what}:{state}")) for what, known in _KNOWN.items() for state in known.states]


def words_of(choice: str) -> str:
    """免考：退回补正; "" for what cannot be chosen any more."""
    what, _colon, state = choice.partition(":")
    known = _KNOWN.get(what)
    return f"{known.label}：{known.states[state]}" if known and state in known.states else ""


def holders_of(choice: str, office: Office) -> QuerySet[Any] | None:
    """The ids of the candidates whom the choice means, as far as the office reaches; None for what cannot be chosen any more."""
    what, _colon, state = choice.partition(":")
    known = _KNOWN.get(what)
    return known.holders(state, office).values("candidate") if known and state in known.states else None

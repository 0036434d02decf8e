"""What becomes of the rows that point at a record when it is merged into another: every app says so of its own tables.

Each app's ``moving.py`` is loaded at start-up and registers, for every foreign key to the candidate, how its rows move
(``moves``), or why they stay (``stays``); ``hinders`` registers what must be put in order first. A test walks the foreign keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Q

from audit.workflow import Problem
from records.people.models import User


@dataclass(frozen=True)
class Pair:
    """The ids of the record that goes (``merged``) and of the one that takes everything over (``kept``); ``by`` decides."""

    merged: int
    kept: int
    by: User | None = None
    case_number: str = ""


Mover = Callable[[Pair], int]
Hindrance = Callable[[Pair], list[Problem]]
M = TypeVar("M", bound=Mover)
H = TypeVar("H", bound=Hindrance)

_MOVERS: dict[str, Mover] = {}
_MOVED_ALONG: dict[str, str] = {}
_STAYING: dict[str, str] = {}
_HINDRANCES: dict[bool, list[Hindrance]] = {False: [], True: []}


def moves(*fields: str) -> Callable[[M], M]:
    """Register the function that moves the rows of these foreign keys (``scores.Mark.candidate``), several at once.

    It runs in the merger's transaction with both candidates locked, and returns how many rows moved.
    """

    def register(mover: M) -> M:
        first, *others = fields
        _MOVERS[first] = mover
        _MOVED_ALONG.update(dict.fromkeys(others, first))
        return mover

    return register


def moves_as_it_is(*fields: str) -> None:
    """Rows of which a person may have any number: they point at the kept record from now on."""
    for field in fields:
        _MOVERS[field] = _Repointed(field)


def stays(field: str, *, because: str) -> None:
    """Rows that go on pointing at the merged record, for a reason."""
    _STAYING[field] = because


def hinders(hindrance: H) -> H:
    """Register what must be put in order before two records can be merged: problems with the next step; [] for none."""
    _HINDRANCES[False].append(hindrance)
    return hindrance


def hinders_at_the_city(hindrance: H) -> H:
    """The same, for what only the municipal office may know (unpublished marks)."""
    _HINDRANCES[True].append(hindrance)
    return hindrance


def move_everything(pair: Pair) -> dict[str, int]:
    """Move all rows of all apps; how many of which table, without those that had none."""
    moved = {field.rpartition(".")[0]: mover(pair) for field, mover in _MOVERS.items()}
    return {table: count for table, count in moved.items() if count}


def hindrances(pair: Pair, *, at_the_city: bool) -> list[Problem]:
    """What stands against merging the two, of every app."""
    return [problem for hindrance in _HINDRANCES[at_the_city] for problem in hindrance(pair)]


def is_declared(field: str) -> bool:
    """Whether some app has said what becomes of the rows of this foreign key."""
    return field in _MOVERS or field in _MOVED_ALONG or field in _STAYING


def moving_fields() -> list[str]:
    """The foreign keys through which nothing may point at a merged record."""
    return [*_MOVERS, *_MOVED_ALONG]


def rows_of(candidate_id: int) -> list[tuple[Any, int]]:
    """What of the record would move: the tables' names for people and how many rows, as everybody may see them."""
    counted = []
    for field in moving_fields():
        model, name = field_of(field)
        count = model._default_manager.filter(**{name: candidate_id}).count()
        counted.append((model._meta.verbose_name, count))
    return [(title, count) for title, count in counted if count]


def field_of(field: str) -> tuple[type[models.Model], str]:
    """The model and the field's name for ``scores.Mark.candidate``."""
    app, model, name = field.split(".")
    return apps.get_model(app, model), name


@dataclass(frozen=True)
class _Repointed:
    field: str

    def __call__(self, pair: Pair) -> int:
        model, name = field_of(self.field)
        return model._base_manager.filter(Q(**{name: pair.merged})).update(**{name: pair.kept})

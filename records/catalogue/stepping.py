"""Bringing a table in step with what is wanted of it, in a handful of statements however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model

K = TypeVar("K", bound=Hashable)
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Change(Generic[K, M]):
    """What became of a table: every row that stands now by its key, which are new, which differed, how many are gone."""

    by_key: dict[K, M]
    created: frozenset[K]
    changed: frozenset[K]
    removed: int

    @property
    def written(self) -> frozenset[K]:
        """New or different."""
        return self.created | self.changed


def bring_in_step(
    model: type[M],
    existing: Mapping[K, M],
    wanted: Mapping[K, Mapping[str, Any]],
    identify: Callable[[K], Mapping[str, Any]],
    *,
    keep_others: bool = False,
) -> Change[K, M]:
    """Create, update and delete so that ``existing`` rows become ``wanted`` (key to values by attribute name).

    ``identify`` gives the columns that make a new row the one of its key. With ``keep_others`` nothing is deleted.
    """
    changed = {key: existing[key] for key, values in wanted.items() if key in existing and _differs(existing[key], values)}
    for key, row in changed.items():
        _set(row, wanted[key])
    created = {key: model(**identify(key), **values) for key, values in wanted.items() if key not in existing}
    gone = [] if keep_others else [row.pk for key, row in existing.items() if key not in wanted]
    _write(model, list(created.values()), list(changed.values()), gone, {name for values in wanted.values() for name in values})
    standing = {key: row for key, row in existing.items() if keep_others or key in wanted}
    return Change({**standing, **created}, frozenset(created), frozenset(changed), len(gone))


def _differs(row: Model, values: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


def _set(row: Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _write(model: type[M], created: list[M], changed: list[M], gone: list[Any], names: set[str]) -> None:
    rows = model._default_manager
    rows.filter(pk__in=gone).delete()
    rows.bulk_create(created, batch_size=1000)
    if changed:
        rows.bulk_update(changed, sorted(names), batch_size=200)

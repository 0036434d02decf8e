"""What must hold in the database whatever happened: each sentence one statement over all rows, asked of one snapshot.

Every app's ``invariants`` module says what must hold of its tables::

    @asked
    def numbers() -> Iterable[Invariant]:
        return (Invariant("numbers.one-holder", _("…"), "records_candidate", "SELECT id FROM …"),)

``examine`` asks them all; a sound database answers nothing. Subjects are ids of rows, never numbers or names of people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules

SHOWN_OF_EACH = 100


@dataclass(frozen=True)
class Invariant:
    """A sentence that is true when all is well, the table it is about, and the statement that finds the rows that break it.

    ``broken`` yields ids; with ``holds`` it yields ids with a value each, and those break it whose value does not hold.
    """

    code: str
    sentence: Any
    table: str
    broken: str
    params: dict[str, Any] | None = None
    holds: Callable[[str], bool] | None = None
    part: str = ""

    def rows(self) -> int:
        """How many rows it is about."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.table} {self.part}")
            return int(cursor.fetchone()[0])

    def breaches(self) -> Iterator[int]:
        """The ids of the rows that break it, streamed."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(self.broken, self.params or {})
            for row in cursor:
                if self.holds is None or not self.holds(row[1]):
                    yield row[0]


Source = Callable[[], Iterable[Invariant]]
SOURCES: list[Source] = []


def asked(source: Source) -> Source:
    """Ask, in every examination, what ``source`` gives by then."""
    SOURCES.append(source)
    return source


def invariants() -> list[Invariant]:
    """Everything that is asked, of every app."""
    autodiscover_modules("invariants")
    return [invariant for source in SOURCES for invariant in source()]


def examine() -> dict[str, Any]:
    """Ask everything of one snapshot: ``{"checked": {code: rows}, "broken": [{"code", "message", "table", "id"}]}``.

    Of each invariant at most the first hundred rows that break it are named; a line without an id says that there are more.
    """
    checked: dict[str, int] = {}
    broken: list[dict[str, Any]] = []
    with transaction.atomic():
        _one_snapshot()
        for invariant in invariants():
            checked[invariant.code] = invariant.rows()
            broken += _named(invariant)
    return {"checked": checked, "broken": broken}


def _one_snapshot() -> None:
    """Nothing that happens meanwhile is seen by halves; within a caller's transaction its own snapshot has to do."""
    if len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _named(invariant: Invariant) -> list[dict[str, Any]]:
    ids: list[int | None] = list(islice(invariant.breaches(), SHOWN_OF_EACH + 1))
    shown = [*ids[:SHOWN_OF_EACH], None] if len(ids) > SHOWN_OF_EACH else ids
    about = {"code": invariant.code, "message": str(invariant.sentence), "table": invariant.table}
    return [{**about, "id": row_id} for row_id in shown]

"""A file of marks into the staging table: read row by row, copied in large pieces, so that memory stays constant."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import connection

from records.imports.faults import Faults, FileRefused, Notice
from records.imports.tabular import Table, TableShape, open_table
from records.settings.values import value_of
from scores.models import ScoreBatch, StagedMark

TICKET, COURSE, MARK, FLAG, SITE = "准考证号", "课程代码", "成绩", "标记", "考点"
SHAPE = TableShape(
    required=(TICKET, COURSE, MARK, FLAG, SITE),
    identifiers=frozenset({TICKET, COURSE}),
    numbers=frozenset({MARK}),
)
PIECE = 50_000
COPY = (
    "COPY scores_stagedmark (batch_id, row, ticket, course, mark, flag, site) FROM STDIN "
    "WITH (FORMAT csv, FORCE_NOT_NULL (ticket, course, mark, flag, site))"
)

Progress = Callable[[int, int | None], None]


def unseen(_done: int, _total: int | None) -> None:
    """The progress of work that nobody watches."""


@dataclass(frozen=True)
class Staged:
    """What reading a file gave: rows with content, the faults of its cells, what was put right in it."""

    rows: int
    faults: Faults
    notices: list[Notice]


def stage(batch: ScoreBatch, progress: Progress = unseen) -> Staged:
    """Bring the batch's file into the staging table, instead of what a run before left there.

    FileRefused: the file cannot be read or its header is wrong. Every piece is a transaction of its own outside the caller's.
    """
    StagedMark.objects.filter(batch=batch).delete()
    total = _lines(batch.file.path)
    with open_table(batch.file.path, SHAPE, unpacked_limit=value_of("import.max_unpacked_megabytes") * 2**20) as table:
        try:
            for piece in _pieces(table, batch.pk):
                _copy(piece)
                progress(table.rows_read, total)
        except FileRefused as refused:
            for fault in refused.faults:
                table.faults.add(fault)
        return Staged(table.rows_read, table.faults, table.notices())


def _pieces(table: Table, batch_id: int) -> Iterator[list[tuple[object, ...]]]:
    rows = ((batch_id, row, *map(cells.__getitem__, SHAPE.required)) for row, cells in table)
    while piece := list(islice(rows, PIECE)):
        yield piece


def _copy(rows: list[tuple[object, ...]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(COPY, text)


def _lines(path: Path) -> int | None:
    """About how many rows a .csv has; None for a workbook, which does not say before it is read."""
    if path.suffix != ".csv":
        return None
    with path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))

"""A file's rows into a staging table: read row by row, copied in large pieces, so that memory stays constant.

A staging table has the columns ``batch_id`` and ``row``, and one of text for each column of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import transaction

from records.imports.copying import copy_rows
from records.imports.faults import Faults, FileRefused, Notice
from records.imports.models import ImportFile
from records.imports.tabular import Table, TableShape, open_table
from records.jobs.progress import Progress, unseen
from records.settings.values import value_of

PIECE = 50_000


@dataclass(frozen=True)
class Staged:
    """What reading a file gave: rows with content, the faults of its cells, what was put right in it."""

    rows: int
    faults: Faults
    notices: list[Notice]


def stage_file(
    file: ImportFile, shape: TableShape, into: str, columns: Sequence[str], batch_id: int, progress: Progress = unseen
) -> Staged:
    """Copy the file into the table ``into``, whose ``columns`` take those of the shape in its order.

    FileRefused: the file cannot be read or its header is wrong. Every piece is a transaction of its own outside the caller's.
    """
    total = about_rows(file.path)
    with open_table(file.path, shape, unpacked_limit=value_of("import.max_unpacked_megabytes") * 2**20) as table:
        try:
            for piece in _pieces(table, shape, batch_id):
                with transaction.atomic():
                    copy_rows(into, ("batch_id", "row", *columns), piece)
                progress(table.rows_read, total)
        except FileRefused as refused:
            for fault in refused.faults:
                table.faults.add(fault)
        return Staged(table.rows_read, table.faults, table.notices())


def _pieces(table: Table, shape: TableShape, batch_id: int) -> Iterator[list[tuple[object, ...]]]:
    rows = ((batch_id, row, *map(cells.__getitem__, shape.columns)) for row, cells in table)
    while piece := list(islice(rows, PIECE)):
        yield piece


def about_rows(path: Path) -> int | None:
    """About how many rows a .csv has; None for a workbook, which does not say before it is read."""
    if path.suffix != ".csv":
        return None
    with path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))

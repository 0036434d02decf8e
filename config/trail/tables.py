"""The events to read: a spreadsheet as far as one carries, a text file beyond."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from records.workbooks import new_workbook

MOST_IN_SPREADSHEET = 100_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute a cell that begins so


class Table(Protocol):
    """Takes row after row."""

    def write(self, row: list[str], /) -> None: ...


def heads() -> list[str]:
    """What the columns of ``Wording.row`` are called."""
    return [
        _("留痕号"),
        _("时间"),
        _("机构"),
        _("经办人"),
        _("种类"),
        _("事项"),
        _("考生"),
        _("由"),
        _("到"),
        _("更改前后"),
        _("用途或理由"),
        _("查阅申请号"),
        _("结果"),
        _("封存"),
    ]


@contextmanager
def table_of(folder: Path, rows: int) -> Iterator[Table]:
    """A table with its heads in ``folder``: ``留痕.xlsx``, or ``留痕.csv`` (UTF-8 with BOM) where there are too many rows."""
    if rows > MOST_IN_SPREADSHEET:
        with (folder / "留痕.csv").open("w", encoding="utf-8-sig", newline="") as file:
            text = _Text(file)
            text.write(heads())
            yield text
        return
    book = new_workbook(folder / "留痕.xlsx", constant_memory=True)
    try:
        sheet = _Sheet(book)
        sheet.write(heads())
        yield sheet
    finally:
        book.close()


class _Text:
    def __init__(self, file: object) -> None:
        self.rows = csv.writer(file)  # type: ignore[arg-type] # an open text file

    def write(self, row: list[str]) -> None:
        self.rows.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])


class _Sheet:
    MOST_CHARACTERS = 32_000  # of a cell; the exact lines hold the rest

    def __init__(self, book: Workbook) -> None:
        self.sheet = book.add_worksheet(_("留痕"))
        self.row = 0

    def write(self, row: list[str]) -> None:
        for column, cell in enumerate(row):
            self.sheet.write_string(self.row, column, cell[: self.MOST_CHARACTERS])
        self.row += 1

"""The list of paper files as a file: exactly what is listed, row by row, however many there are."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from records.archive.models import PaperFile
from records.workbooks import new_workbook

CHUNK = 2000
MOST_IN_A_WORKBOOK = 200_000
BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know UTF-8
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

Row = list[Any]


def heads() -> list[str]:
    """The titles of the columns."""
    titles = [_("主考院校"), _("存放位置"), _("档案编号"), _("姓名"), _("考籍号"), _("准考证号"), _("立卷日期"), _("材料件数")]
    return [*titles, _("页数"), _("待归档"), _("移交至")]


def rows_of(files: QuerySet[PaperFile]) -> Iterator[Row]:
    """A row for each file, in the order of the list; never more than a few thousand in memory."""
    lying = Q(items__filed_on__isnull=False, items__removed_on__isnull=True)
    counted = files.prefetch_related("candidate__tickets").annotate(
        papers=Count("items", filter=lying),
        pages=Sum("items__pages", filter=lying),
        owed=Count("items", filter=Q(items__filed_on__isnull=True)),
    )
    for file in counted.iterator(chunk_size=CHUNK):
        yield [
            *(str(file.university), file.place, file.number, file.candidate.name, file.candidate.record_number or ""),
            *(file.candidate.ticket_number, file.opened_on.isoformat(), file.papers, file.pages or 0, file.owed),
            str(file.handed_to or ""),
        ]


class _Line:
    """What the csv writer writes to: gives the line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(titles: Row, rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a .csv (UTF-8 with byte order mark); what a spreadsheet would compute stays text."""
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK + writer.writerow(titles)
    for row in rows:
        yield writer.writerow([_harmless(cell) for cell in row])


def write_workbook(sheets: Iterable[tuple[str, Row, Iterable[Row]]]) -> IO[bytes]:
    """A workbook of sheets (name, titles, rows), as an open file at its beginning; numbers as numbers, the rest as text."""
    content = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    with new_workbook(content, constant_memory=True) as book:
        for name, titles, rows in sheets:
            _write_sheet(book.add_worksheet(name), titles, rows)
    content.seek(0)
    return content


def _write_sheet(sheet: Any, titles: Row, rows: Iterable[Row]) -> None:
    sheet.write_row(0, 0, titles)
    for place, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(place, column, cell)
            else:
                sheet.write_string(place, column, str(cell))


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell

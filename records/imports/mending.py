"""The fault report as a workbook: the original rows with a column 错误, to be mended and sent again."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from records.imports.cells import as_shown, storable
from records.imports.delimited import UnreadableRow
from records.imports.faults import Fault, FileRefused
from records.imports.shape import FAULT_COLUMN, Rows, header_names
from records.imports.tabular import UNPACKED_LIMIT, raw_rows
from records.workbooks import new_workbook

SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
COLUMN_WIDTH, FAULT_WIDTH = 20, 60


def write_fault_workbook(
    table_path: Path,
    faults: Iterable[Fault],
    destination: Path,
    *,
    name: str = "",
    unpacked_limit: int = UNPACKED_LIMIT,
) -> None:
    """Write ``destination`` (.xlsx): sheet 1 the rows where they were with what is wrong, sheet 2 every fault as a list.

    Rows as in the file, identity numbers too: it is as secret as what was sent. All cells are text, so that nothing is
    computed and mended numbers keep their digits. Memory is constant; rows beyond a sheet's 1,048,576 are left out.
    ``name`` and ``unpacked_limit`` as for ``open_table``.
    """
    listed = list(faults)
    with new_workbook(destination, constant_memory=True, tmpdir=str(destination.parent)) as book:
        text = book.add_format({"num_format": "@"})
        rows_sheet = _Sheet(book.add_worksheet(_("原表")), text)
        try:
            with raw_rows(table_path, name=name, unpacked_limit=unpacked_limit) as rows:
                _write_rows(rows_sheet, rows, listed)
        except (FileRefused, UnreadableRow):
            rows_sheet.write_first([FAULT_COLUMN])  # as far as it could be read
        _write_list(_Sheet(book.add_worksheet(_("错误清单")), text), listed)


class _Sheet:
    """A sheet that is written downwards, text only."""

    def __init__(self, sheet: Worksheet, text: Format) -> None:
        self._sheet, self._text = sheet, text
        self._row = 0

    def widen(self, columns: int, last: int) -> None:
        """Set the widths: ``columns`` of usual width and one for the faults."""
        self._sheet.set_column(0, columns, COLUMN_WIDTH, self._text)
        self._sheet.set_column(columns, columns, last, self._text)

    def write(self, row: int, cells: Iterable[str]) -> None:
        """Write row ``row`` (from 1); what is not below the last one, or below the sheet's end, is left out."""
        if not self._row < row <= SHEET_ROWS:
            return
        self._row = row
        for column, cell in enumerate(cells):
            if cell:
                self._sheet.write_string(row - 1, column, storable(cell)[:CELL_CHARACTERS], self._text)

    def write_first(self, cells: Iterable[str]) -> None:
        """Write row 1 unless something is there already."""
        if not self._row:
            self.write(1, cells)


def _write_rows(sheet: _Sheet, rows: Rows, faults: list[Fault]) -> None:
    """The header as it was with 错误 as the last column (an earlier one is dropped), then every row in its place.

    Cells that have no column come after 错误.
    """
    messages = _messages(faults)
    names = header_names(next(rows, (1, []))[1])
    earlier = {place for place, name in enumerate(names) if name == FAULT_COLUMN}
    kept = [name for place, name in enumerate(names) if place not in earlier]
    sheet.widen(len(kept), FAULT_WIDTH)
    sheet.write(1, [*kept, FAULT_COLUMN])
    while True:
        try:
            row, cells = next(rows)
        except StopIteration:
            return
        except UnreadableRow as broken:
            row, cells = broken.row, []
        shown = [as_shown(cell) for place, cell in enumerate(cells) if place not in earlier]
        shown += [""] * (len(kept) - len(shown))
        sheet.write(row, [*shown[: len(kept)], messages.get(row, ""), *shown[len(kept) :]])


def _messages(faults: list[Fault]) -> dict[int, str]:
    """All that is wrong with a row, in one text."""
    found: dict[int, list[str]] = defaultdict(list)
    for fault in faults:
        found[fault.row].append(f"{fault.column}：{fault.message}" if fault.column else fault.message)
    return {row: "；".join(messages) for row, messages in found.items()}


def _write_list(sheet: _Sheet, faults: list[Fault]) -> None:
    sheet.widen(3, FAULT_WIDTH)
    sheet.write(1, [_("行"), _("列"), _("内容"), _("说明")])
    for line, fault in enumerate(faults, start=2):
        sheet.write(line, [str(fault.row), fault.column, fault.value, fault.message])

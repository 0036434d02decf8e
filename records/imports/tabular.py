"""An uploaded table, row by row: header checked at once, cells normalised, faults collected (FORMATS, "Every import").

with open_table(path, SHAPE) as table:
    for row, cells in table:
        if cells["课程代码"] not in courses:
            table.refuse(row, "课程代码", cells["课程代码"], "scores.unknown-course", _("…"))
    table.faults.refuse_if_any()
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from records.imports.cells import Kind, Number, RawCell, UnusableCell, as_shown, is_blank, is_plain, read_cell
from records.imports.dbase import dbf_rows
from records.imports.delimited import UnreadableRow, csv_rows
from records.imports.faults import Fault, Faults, Notice, refusal
from records.imports.shape import FAULT_COLUMN, Rows, TableShape, read_header
from records.imports.workbook import xlsx_rows

__all__ = ["FAULT_COLUMN", "Table", "TableShape", "open_table", "raw_rows"]

UNPACKED_LIMIT = 300 * 2**20
ROWS_NAMED = 5


def _csv(path: Path, _unpacked_limit: int) -> AbstractContextManager[Rows]:
    return csv_rows(path)


READERS: dict[str, Callable[[Path, int], AbstractContextManager[Rows]]] = {
    ".csv": _csv,
    ".xlsx": xlsx_rows,
    ".dbf": dbf_rows,
}
LEAVES_OUT_EMPTY_CELLS = frozenset({".xlsx"})


@contextmanager
def open_table(path: Path, shape: TableShape, *, name: str = "", unpacked_limit: int = UNPACKED_LIMIT) -> Iterator["Table"]:
    """The table in ``path``, read as the suffix of ``name`` (default: of the path) says.

    ``unpacked_limit``: bytes that an .xlsx may have when unpacked. FileRefused, on entry or while rows are read: the
    file cannot be read, its header is wrong, an .xlsx or .dbf is too large.
    """
    with raw_rows(path, name=name, unpacked_limit=unpacked_limit) as rows:
        yield Table(rows, read_header(rows, shape), shape, is_sparse=suffix_of(path, name) in LEAVES_OUT_EMPTY_CELLS)


def raw_rows(path: Path, *, name: str = "", unpacked_limit: int = UNPACKED_LIMIT) -> AbstractContextManager[Rows]:
    """``(row number, cells)`` as they stand in the file, the header too. FileRefused as in ``open_table``."""
    suffix = suffix_of(path, name)
    if suffix not in READERS:
        text = _("不接受这种文件。请上传 %(accepted)s 文件") % {"accepted": "、".join(READERS)}
        raise refusal("table.unknown-suffix", text, value=suffix)
    if not path.stat().st_size:
        raise refusal("table.empty-file", _("文件是空的，没有列名也没有数据"))
    return READERS[suffix](path, unpacked_limit)


def suffix_of(path: Path, name: str = "") -> str:
    """The suffix that decides how the file is read, in lower case."""
    return Path(name or path.name).suffix.lower()


@dataclass
class _Tally:
    """How often something was put right in a column, and the first rows in which."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, row: int) -> None:
        self.count += 1
        if len(self.rows) < ROWS_NAMED:
            self.rows.append(row)


class Table:
    """Iterating gives ``(row as the spreadsheet shows it, {column: text})``, once.

    Every column of the shape is there, absent ones empty; ``columns`` are those that the file has. A cell that cannot
    be used is in ``faults`` and comes as empty text; what is then found wrong with the same cell is dropped. Rows with
    too many or too few cells come only as faults, blank rows not at all. ``rows_read`` and ``notices`` are complete
    after the last row.
    """

    def __init__(self, rows: Rows, header: list[str], shape: TableShape, *, is_sparse: bool) -> None:
        self.faults = Faults()
        self.rows_read = 0
        self._rows, self._width, self._is_sparse, self._may_be_empty = (
            rows,
            len(header),
            is_sparse,
            shape.may_be_empty,
        )
        self._plan = [(place, name, shape.kind(name)) for place, name in enumerate(header) if name != FAULT_COLUMN]
        self.columns = tuple(name for _place, name, _kind in self._plan)
        self._absent = dict.fromkeys(shape.columns, "")
        self._tallies: dict[tuple[str, str], _Tally] = {}

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        for row, cells in self._readable_rows():
            if not any(cells) or all(map(is_blank, cells)):
                continue
            self.rows_read += 1
            if self._has_its_width(row, cells):
                yield row, self._read(row, cells)
        if not self.rows_read and not self._may_be_empty:
            self.faults.add(Fault(0, "", "", "table.no-rows", _("表中没有数据行。第 1 行是列名，数据从第 2 行开始")))

    def refuse(self, row: int, column: str, value: str, code: str, message: str) -> None:
        """Add a fault; dropped if this cell already has one."""
        self.faults.add(Fault(row, column, value, code, message))

    def notices(self) -> list[Notice]:
        """What was put right, one notice for each column and reason: how often, and where first."""
        return [_notice(column, code, tally) for (column, code), tally in self._tallies.items()]

    def _readable_rows(self) -> Rows:
        while True:
            try:
                yield next(self._rows)
            except StopIteration:
                return
            except UnreadableRow as broken:
                self.rows_read += 1
                text = _("双引号使用不当：内容里的双引号要写成两个，结束的双引号后面只能是逗号")
                self.faults.add(Fault(broken.row, "", "", "table.quotes", text))

    def _has_its_width(self, row: int, cells: list[RawCell]) -> bool:
        """Whether the row has as many cells as the header, empty ones at the end aside. Fills up a sparse row."""
        surplus = [cell for cell in cells[self._width :] if not is_blank(cell)]
        missing = self._width - len(cells)
        if self._is_sparse and missing > 0:
            cells.extend([""] * missing)
        elif missing > 0:
            text = _("这一行只有 %(found)d 个单元格，应有 %(width)d 个。请检查漏掉的逗号")
            self.refuse(row, "", "", "table.too-few-cells", text % {"found": len(cells), "width": self._width})
            return False
        if surplus:
            text = _("这一行的内容多于列名（%(width)d 列）。请检查多余的逗号，或给该列加上列名")
            self.refuse(row, "", as_shown(surplus[0]), "table.too-many-cells", text % {"width": self._width})
        return not surplus

    def _read(self, row: int, cells: list[RawCell]) -> dict[str, str]:
        found = self._absent.copy()
        for place, name, kind in self._plan:
            raw = cells[place]
            found[name] = raw if is_plain(raw, kind) else self._read_closely(row, name, kind, raw)
        return found

    def _read_closely(self, row: int, column: str, kind: Kind, raw: RawCell) -> str:
        try:
            text = read_cell(kind, raw)
        except UnusableCell as unusable:
            self.refuse(row, column, as_shown(raw), unusable.code, unusable.message)
            return ""
        if isinstance(raw, str) and raw != text:
            self._tally(column, "table.normalised", row)
        elif isinstance(raw, Number) and kind is Kind.IDENTIFIER:
            self._tally(column, "table.number-as-text", row)
        return text

    def _tally(self, column: str, code: str, row: int) -> None:
        self._tallies.setdefault((column, code), _Tally()).add(row)


def _notice(column: str, code: str, tally: _Tally) -> Notice:
    texts = {
        "table.normalised": _("“%(column)s”列有 %(count)d 处全角字符或多余空白已改正（第 %(rows)s 行）"),
        "table.number-as-text": _("“%(column)s”列有 %(count)d 处是数字格式，已按文本读取，开头的 0 可能已丢失（第 %(rows)s 行）"),
    }
    rows = "、".join(map(str, tally.rows)) + ("…" if tally.count > len(tally.rows) else "")
    return Notice(tally.rows[0], column, "", code, texts[code] % {"column": column, "count": tally.count, "rows": rows})

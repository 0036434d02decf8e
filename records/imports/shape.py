"""What a table must look like, and whether the header of a file does."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from records.imports.cells import BLANKS, Kind, RawCell, UnusableCell, as_shown, is_blank, read_cell, storable
from records.imports.delimited import UnreadableRow
from records.imports.faults import Fault, FileRefused, refusal

FAULT_COLUMN = "错误"  # what a mended fault report still carries; never read
OTHER_SEPARATORS = "\t;，；|"
Rows = Iterator[tuple[int, list[RawCell]]]


@dataclass(frozen=True)
class TableShape:
    """Which columns a table has and how they are read.

    A required column may be empty but must be there; an optional one may be absent. What is not named under
    ``identifiers``, ``numbers`` or ``dates`` is text. ``may_be_empty``: a table without rows is no fault.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    identifiers: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    may_be_empty: bool = False

    def __post_init__(self) -> None:
        unknown = (self.identifiers | self.numbers | self.dates) - set(self.columns)
        if unknown:
            raise ValueError(f"no such columns: {', '.join(sorted(unknown))}")

    @property
    def columns(self) -> tuple[str, ...]:
        """Required columns, then optional ones."""
        return self.required + self.optional

    def kind(self, column: str) -> Kind:
        """How the column is read."""
        kinds = ((self.identifiers, Kind.IDENTIFIER), (self.numbers, Kind.NUMBER), (self.dates, Kind.DATE))
        return next((kind for names, kind in kinds if column in names), Kind.TEXT)


def read_header(rows: Rows, shape: TableShape) -> list[str]:
    """The column names of row 1, in order. FileRefused with everything that is wrong with them."""
    try:
        row, cells = next(rows)
    except StopIteration:
        raise refusal("table.empty-file", _("表是空的，没有列名也没有数据")) from None
    except UnreadableRow as broken:
        raise refusal("table.quotes", _("列名中的双引号使用不当"), row=broken.row) from None
    names = header_names(cells)
    if row != 1 or not names:
        raise refusal("table.no-header", _("第 1 行是空的。第 1 行应是列名：%(columns)s") % _columns(shape), row=1)
    if len(names) == 1 and any(sign in as_shown(cells[0]) for sign in OTHER_SEPARATORS):
        text = _("各列之间应以半角逗号分隔。请另存为逗号分隔的 .csv 或 .xlsx 再上传")
        raise refusal("table.delimiter", text, row=1, value=names[0])
    faults = [*_cell_faults(cells), *_name_faults(names, shape)]
    if faults:
        raise FileRefused(faults)
    return names


def header_names(cells: list[RawCell]) -> list[str]:
    """The names without blanks; nameless columns at the end are left out."""
    names = [BLANKS.sub("", as_shown(cell)) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _cell_faults(cells: list[RawCell]) -> Iterator[Fault]:
    for place, cell in enumerate(cells, start=1):
        try:
            read_cell(Kind.TEXT, cell)
        except UnusableCell as unusable:
            text = _("第 %(place)d 列的列名：%(problem)s") % {"place": place, "problem": unusable.message}
            yield Fault(1, as_shown(cell), as_shown(cell), unusable.code, text)


def _name_faults(names: list[str], shape: TableShape) -> Iterator[Fault]:
    for place, name in enumerate(names, start=1):
        if is_blank(name):
            yield Fault(
                1,
                "",
                "",
                "table.nameless-column",
                _("第 %(place)d 列没有列名。请补上列名或删去该列") % {"place": place},
            )
    for name, count in Counter(filter(None, names)).items():
        yield from _name_fault(name, count, shape)
    for name in shape.required:
        if name not in names:
            text = _("缺少“%(column)s”列。该列可以没有内容，但必须有列名") % {"column": name}
            yield Fault(1, name, "", "table.missing-column", text)


def _name_fault(name: str, count: int, shape: TableShape) -> Iterator[Fault]:
    if name not in shape.columns and name != FAULT_COLUMN:
        text = _("不认识“%(column)s”列。本表的列是：%(columns)s")
        yield Fault(1, name, name, "table.unknown-column", text % {"column": storable(name), **_columns(shape)})
    elif count > 1:
        text = _("“%(column)s”列出现了 %(count)d 次，只能有一列") % {"column": name, "count": count}
        yield Fault(1, name, name, "table.repeated-column", text)


def _columns(shape: TableShape) -> dict[str, str]:
    return {"columns": "、".join(shape.columns)}

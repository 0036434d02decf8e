"""The parts of an .xlsx file, each told of its elements one by one.

ECMA-376 part 1: §18.2 workbook, §18.3 sheets, §18.4 shared texts, §18.8 styles.
"""

import re
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from records.imports.cells import ErrorValue, Formula, Number, RawCell
from records.imports.faults import refusal
from records.imports.markup import Elements

COLUMN_LIMIT = 1_000
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # built in, the Chinese ones included
NOT_A_PLACEHOLDER = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Relations(Elements):
    """What a part refers to: identity -> (kind, target)."""

    def __init__(self) -> None:
        self.relations: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            self.relations[attributes["Id"]] = (attributes["Type"], attributes["Target"])


class Outline(Elements):
    """Of the workbook: the relation of its first sheet, and the day from which it counts."""

    def __init__(self) -> None:
        self.first_sheet = ""
        self.is_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.is_1904 = attributes.get("date1904", "0") in {"1", "true"}
        elif name == "sheet" and not self.first_sheet:
            self.first_sheet = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")


class SharedTexts(Elements):
    """The shared texts, by their place. Readings (rPh) of a text do not belong to it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._is_reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._is_reading = True

    def end(self, name: str, text: str) -> None:
        if name == "t" and not self._is_reading:
            self._pieces.append(text)
        elif name == "rPh":
            self._is_reading = False
        elif name == "si":
            self.found.append(_unescaped("".join(self._pieces)))


class Styles(Elements):
    """Which cell styles show a number as a date."""

    def __init__(self) -> None:
        self.dates: set[int] = set()
        self._formats = dict.fromkeys(DATE_FORMATS, True)
        self._is_cell_style = False
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._formats[int(attributes["numFmtId"])] = _is_date_format(attributes["formatCode"])
        elif name == "cellXfs":
            self._is_cell_style = True
        elif name == "xf" and self._is_cell_style:
            if self._formats.get(int(attributes.get("numFmtId", "0"))):
                self.dates.add(self._count)
            self._count += 1

    def end(self, name: str, text: str) -> None:
        if name == "cellXfs":
            self._is_cell_style = False


class Sheet(Elements):
    """The cells of a sheet. ``rows`` fills while the sheet is parsed; whoever parses takes them out."""

    def __init__(self, texts: list[str], dates: set[int], epoch: datetime) -> None:
        self.rows: list[tuple[int, list[RawCell]]] = []
        self._texts, self._dates, self._epoch = texts, dates, epoch
        self._row = self._column = 0
        self._cells: list[RawCell] = []
        self._kind, self._style = "n", 0
        self._value: str | None = None
        self._is_formula = self._is_reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            reference = attributes.get("r")
            self._column = column_index(reference) if reference else self._column + 1
            self._kind, self._style = (attributes.get("t", "n"), int(attributes.get("s", "0")))
            self._value, self._is_formula = None, False
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column, self._cells = -1, []
        elif name == "f":
            self._is_formula = True
        elif name == "rPh":
            self._is_reading = True

    def end(self, name: str, text: str) -> None:
        if name == "v":
            self._value = text
        elif name == "t" and not self._is_reading:
            self._value = (self._value or "") + text
        elif name == "rPh":
            self._is_reading = False
        elif name == "c" and (self._is_formula or self._value):
            self._place(self._raw_cell())
        elif name == "row" and any(self._cells):
            self.rows.append((self._row, self._cells))

    def _place(self, cell: RawCell) -> None:
        if self._column >= COLUMN_LIMIT:
            text = _("第 %(row)d 行第 %(column)d 列还有内容，表格最多 %(limit)d 列。请删去多余的列")
            place = {"row": self._row, "column": self._column + 1, "limit": COLUMN_LIMIT}
            raise refusal("table.too-many-columns", text % place, row=self._row)
        self._cells.extend([""] * (self._column + 1 - len(self._cells)))
        self._cells[self._column] = cell

    def _raw_cell(self) -> RawCell:
        value = self._value or ""
        if self._is_formula:
            return Formula(value)
        if self._kind == "s":
            return self._texts[int(value)]
        if self._kind in {"inlineStr", "str"}:
            return _unescaped(value)
        if self._kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if self._kind == "e":
            return ErrorValue(value)
        if self._kind == "d":
            return datetime.fromisoformat(value).replace(tzinfo=None)
        return self._moment(value) if self._style in self._dates else Number(value)

    def _moment(self, value: str) -> RawCell:
        """The moment that a serial number shows, to the second; a number that is no moment stays a number."""
        serial = float(value)
        if not 1 <= serial < 2_958_466:  # 9999-12-31, the last that a spreadsheet shows
            return Number(value)
        if serial < 61 and self._epoch.year == 1899:
            serial += 1  # the 29th of February 1900, which spreadsheets count, never was
        return self._epoch + timedelta(seconds=round(serial * 86_400))


def column_index(reference: str) -> int:
    """0 for A1, 26 for AA7. ValueError if no letters come first."""
    index = 0
    for letter in reference.rstrip("0123456789"):
        index = index * 26 + ord(letter) - 64
    if not index:
        raise ValueError(reference)
    return index - 1


def _is_date_format(code: str) -> bool:
    """Whether a number format shows days or hours: one of y m d h s outside quotation marks and brackets."""
    return re.search("[ymdhs]", NOT_A_PLACEHOLDER.sub("", code), re.IGNORECASE) is not None


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text

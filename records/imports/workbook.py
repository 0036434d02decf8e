"""Rows of the first sheet of an .xlsx file, read as a stream: no part of it is held but the shared texts.

Written for files from strangers. The readers at hand build the whole rectangle up to the last cell (one cell in the last corner of
a sheet is enough to exhaust the memory), copy a shared text into every cell that names it, and give a formula's last value
without saying that it is one. ECMA-376 part 1, §18.3 (sheets), §18.4 (shared texts), §18.8 (styles).
"""

import posixpath
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from django.utils.translation import gettext as _

from records.imports.cells import ErrorValue, Formula, Number, RawCell
from records.imports.faults import FileRefused, refusal
from records.imports.markup import Elements, MarkupRefused, parsed

ROW_LIMIT = 200_000
COLUMN_LIMIT = 1_000
DEFAULT_PART = "xl/workbook.xml"
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # built in, the Chinese ones included
NOT_A_PLACEHOLDER = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # .xls, and every workbook that is locked with a password
Rows = Iterator[tuple[int, list[RawCell]]]


@contextmanager
def xlsx_rows(path: Path, unpacked_limit: int) -> Iterator[Rows]:
    """``(row number, cells)`` of the rows that hold something. At most 200,000 of them, ``unpacked_limit`` in bytes.

    FileRefused: no workbook, locked, damaged, or larger than that; also while the rows are read.
    """
    with _opened(path) as archive:
        _check_size(archive, unpacked_limit)
        with _faults_of_a_damaged_file():
            book = _Book(archive)
        yield book.rows()


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    with path.open("rb") as stream:
        if stream.read(4) == OLD_WORKBOOK:
            raise refusal("table.not-xlsx", _("文件是旧式 .xls 或设了密码。请去掉密码，在表格软件中另存为 .xlsx 再上传"))
    try:
        archive = ZipFile(path)
    except (BadZipFile, NotImplementedError):
        raise refusal("table.not-xlsx", _("文件不是 .xlsx 工作簿，或已损坏。请在表格软件中打开后另存为 .xlsx 再上传")) from None
    with archive:
        yield archive


def _check_size(archive: ZipFile, limit: int) -> None:
    """By the archive's directory, before anything is unpacked. No part can turn out larger: reading stops at the size announced there."""
    parts = archive.infolist()
    if any(part.flag_bits & 1 or part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in parts):
        raise refusal("table.not-xlsx", _("工作簿设了密码，或压缩方式不是表格软件所用的。请另存为普通的 .xlsx 再上传"))
    if sum(part.file_size for part in parts) > limit:
        text = _("工作簿展开后超过 %(megabytes)d MB。请删去图片和空白的格式，或另存为 .csv 再上传")
        raise refusal("table.too-large", text % {"megabytes": limit // 2**20})


@contextmanager
def _faults_of_a_damaged_file() -> Iterator[None]:
    """Whatever a damaged or forged archive makes the parsers say becomes one fault of the file."""
    try:
        yield
    except MarkupRefused:
        raise refusal("table.not-xlsx", _("工作簿含有不允许的声明(DTD)。请在表格软件中另存为 .xlsx 再上传")) from None
    except (BadZipFile, expat.ExpatError, zlib.error, EOFError, KeyError, ValueError, IndexError, OverflowError):
        raise refusal("table.damaged", _("工作簿已损坏，无法读出。请在表格软件中打开后另存为 .xlsx 再上传")) from None


class _Book:
    """The parts of a workbook that its first sheet needs."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        workbook = self._target("", "/officeDocument") or DEFAULT_PART
        outline = _Outline()
        self._read(workbook, outline)
        self._sheet = self._target(workbook, identity=outline.first_sheet)
        self._texts = _Texts()
        self._styles = _Styles()
        self._read(self._target(workbook, "/sharedStrings"), self._texts)
        self._read(self._target(workbook, "/styles"), self._styles)
        self._epoch = datetime(1904, 1, 1) if outline.is_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet has no zone

    def rows(self) -> Rows:
        """The rows of the first sheet, in the file's order."""
        sheet = _Sheet(self._texts.found, self._styles.dates, self._epoch)
        count = 0
        with _faults_of_a_damaged_file():
            for _step in parsed(self._archive, self._sheet, sheet):
                count += len(sheet.rows)
                if count > ROW_LIMIT + 1:
                    raise _too_many_rows()
                yield from sheet.rows
                sheet.rows.clear()

    def _read(self, part: str, elements: Elements) -> None:
        if part:
            for _step in parsed(self._archive, part, elements):
                pass

    def _target(self, part: str, kind: str = "", *, identity: str = "") -> str:
        """The part that ``part`` refers to by the kind or the identity of the relation; empty if there is none."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        found = _Relations()
        if relations in self._archive.NameToInfo:
            self._read(relations, found)
        for key, (kind_found, target) in found.relations.items():
            if key == identity or (kind and kind_found.endswith(kind)):
                return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        return ""


def _too_many_rows() -> FileRefused:
    text = _("工作簿超过 %(limit)d 行。请另存为 .csv 再上传，.csv 不限行数")
    return refusal("table.too-many-rows", text % {"limit": ROW_LIMIT})


class _Relations(Elements):
    """What a part refers to: identity -> (kind, target)."""

    def __init__(self) -> None:
        self.relations: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            self.relations[attributes["Id"]] = (attributes["Type"], attributes["Target"])


class _Outline(Elements):
    """Of the workbook: the relation of its first sheet, and the day from which it counts."""

    def __init__(self) -> None:
        self.first_sheet = ""
        self.is_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.is_1904 = attributes.get("date1904", "0") in {"1", "true"}
        elif name == "sheet" and not self.first_sheet:
            self.first_sheet = next(value for key, value in attributes.items() if key.rpartition(":")[2] == "id")


class _Texts(Elements):
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


class _Styles(Elements):
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


class _Sheet(Elements):
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
            self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s", "0"))
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
        self._cells.extend([""] * (self._column - len(self._cells)))
        self._cells[self._column :] = [cell]

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
    """0 for A1, 26 for AA7."""
    index = 0
    for letter in reference.rstrip("0123456789"):
        index = index * 26 + ord(letter) - 64
    return index - 1


def _is_date_format(code: str) -> bool:
    """Whether a number format shows days or hours: one of y m d h s stands in it outside quotation marks and brackets."""
    return re.search("[ymdhs]", NOT_A_PLACEHOLDER.sub("", code), re.IGNORECASE) is not None


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text

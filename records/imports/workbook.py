"""Rows of the first sheet of an .xlsx file, read as a stream: no part of it is held but the shared texts.

Written for files from strangers. The readers at hand build the whole rectangle up to the last cell (one cell in the
last corner of a sheet is enough to exhaust the memory), copy a shared text into every cell that names it, and give a
formula's last value without saying that it is one.
"""

import posixpath
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from django.utils.translation import gettext as _

from records.imports.cells import RawCell
from records.imports.faults import FileRefused, refusal
from records.imports.markup import Elements, MarkupRefused, parsed
from records.imports.parts import Outline, Relations, SharedTexts, Sheet, Styles

ROW_LIMIT = 200_000
EPOCH_1900 = datetime.fromisoformat("1899-12-30")  # no zone: neither has a cell
EPOCH_1904 = datetime.fromisoformat("1904-01-01")
DEFAULT_PART = "xl/workbook.xml"
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
    """By the archive's directory, before anything is unpacked. Reading a part stops at the size announced there."""
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
        outline = Outline()
        self._read(workbook, outline)
        self._sheet = self._target(workbook, identity=outline.first_sheet)
        self._texts = SharedTexts()
        self._styles = Styles()
        self._read(self._target(workbook, "/sharedStrings"), self._texts)
        self._read(self._target(workbook, "/styles"), self._styles)
        self._epoch = EPOCH_1904 if outline.is_1904 else EPOCH_1900

    def rows(self) -> Rows:
        """The rows of the first sheet, in the file's order."""
        sheet = Sheet(self._texts.found, self._styles.dates, self._epoch)
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
        found = Relations()
        if relations in self._archive.NameToInfo:
            self._read(relations, found)
        for key, (kind_found, target) in found.relations.items():
            if key == identity or (kind and kind_found.endswith(kind)):
                return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        return ""


def _too_many_rows() -> FileRefused:
    text = _("工作簿超过 %(limit)d 行。请另存为 .csv 再上传，.csv 不限行数")
    return refusal("table.too-many-rows", text % {"limit": ROW_LIMIT})

"""Rows of a .csv file: the encoding is detected on the whole file, then the file streams."""

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from django.utils.translation import gettext as _

from records.imports.cells import RawCell
from records.imports.faults import FileRefused, refusal

CHUNK = 1 << 20
LINE_LIMIT = 1 << 20  # characters; a line is read whole
ENCODINGS = ("utf-8", "gb18030")
WORKBOOK_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
Rows = Iterator[tuple[int, list[RawCell]]]


class UnreadableRow(Exception):
    """Quotation marks in this row do not pair; the rows after it can still be read."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


@contextmanager
def csv_rows(path: Path) -> Iterator[Rows]:
    """``(record number, cells)`` of every record, blank ones too. A line break inside quotes does not end a record.

    FileRefused: not a text, in neither encoding, a line without end, a quotation mark that nothing closes.
    """
    with path.open(encoding=detect_encoding(path), newline="") as stream:
        yield _Records(stream)


class _Records:
    """An iterator that a broken row does not end: it raises UnreadableRow for it and goes on when asked again."""

    def __init__(self, stream: TextIO) -> None:
        self._reader = csv.reader(_lines(stream), strict=True)
        self._row = 0

    def __iter__(self) -> Rows:
        return self

    def __next__(self) -> tuple[int, list[RawCell]]:
        self._row += 1
        try:
            return self._row, [*next(self._reader)]
        except csv.Error as error:
            if "expected after" in str(error):
                raise UnreadableRow(self._row) from None
            raise self._unclosed() from None

    def _unclosed(self) -> FileRefused:
        text = _("从第 %(row)d 行起有一个引号没有结束，其后的内容无法分行。请检查该行的双引号")
        return refusal("table.unclosed-quote", text % {"row": self._row}, row=self._row)


def _lines(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(LINE_LIMIT):
        if len(line) == LINE_LIMIT:
            raise refusal("table.endless-line", _("文件中有一行超过一百万字，不是一行一条的表格。请重新导出后再上传"))
        yield line


def detect_encoding(path: Path) -> str:
    """``utf-8-sig`` or ``gb18030``: the first in which the whole file can be decoded. Memory is constant.

    FileRefused: a workbook, or decodes as neither; the message names the line up to which the better one got.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
        if start in WORKBOOK_SIGNATURES:
            raise refusal(
                "table.wrong-suffix",
                _("文件名是 .csv，内容却是工作簿。请把文件名改为 .xlsx，或在表格软件中另存为 .csv"),
            )
        is_marked = start.startswith(codecs.BOM_UTF8)
        reached = {}
        for encoding in ENCODINGS[:1] if is_marked else ENCODINGS:
            reached[encoding] = _undecodable_line(stream, encoding)
            if not reached[encoding]:
                return "utf-8-sig" if encoding == "utf-8" else encoding
    text = _("文件的编码既不是 UTF-8，也不是 GB18030（第 %(line)d 行起无法读出）。请在表格软件中另存为“CSV UTF-8”再上传")
    raise refusal("table.encoding", text % {"line": max(reached.values())})


def _undecodable_line(stream: BinaryIO, encoding: str) -> int:
    """The line (from 1) on which decoding fails, 0 if the whole file decodes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    line = 1
    while True:
        chunk = stream.read(CHUNK)
        try:
            line += decoder.decode(chunk, final=not chunk).count("\n")
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count(b"\n")
        if not chunk:
            return 0

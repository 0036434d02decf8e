"""Rows of a .dbf file (dBASE III, FoxPro), as exam offices still exchange them: plain text fields of fixed width.

Records that are marked as deleted are no rows, as in every program that shows it. The encoding is decided on the whole file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from records.imports.cells import ErrorValue, Number, RawCell
from records.imports.faults import FileRefused, refusal

ROW_LIMIT = 200_000
HEADER = struct.Struct("<4xIHH20x")  # records, bytes of the header, bytes of a record
FIELD = struct.Struct("<11sc4xBB14x")  # name, type, width, decimals
END_OF_FIELDS, DELETED, END_OF_FILE = b"\r", b"*", b"\x1a"
VERSIONS = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\xcb\xf5\xfb")
READABLE = frozenset("CNFDL")  # text, numbers, days, yes or no
ENCODINGS = ("utf-8", "gb18030")
NUMBER_DIGITS = 15
Rows = Iterator[tuple[int, list[RawCell]]]


@dataclass(frozen=True)
class Column:
    """A field: its name as bytes, its type (one letter) and where it stands in a record."""

    name: bytes
    kind: str
    start: int
    end: int


@contextmanager
def dbf_rows(path: Path, size_limit: int) -> Iterator[Rows]:
    """``(row number, cells)``, the column names first. At most 200,000 rows; ``size_limit`` in bytes.

    FileRefused: no such table, damaged, larger than that, a field that is no plain text, in neither encoding.
    """
    if path.stat().st_size > size_limit:
        text = _("文件超过 %(megabytes)d MB。请另存为 .csv 再上传，.csv 不限行数")
        raise refusal("table.too-large", text % {"megabytes": size_limit // 2**20})
    with path.open("rb") as stream:
        columns, start, width = _outline(stream)
        encoding = _encoding(columns, _records(stream, start, width))
        yield _rows(columns, encoding, _records(stream, start, width))


def _outline(stream: BinaryIO) -> tuple[list[Column], int, int]:
    """The columns, where the records begin, how long each is."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size or head[0] not in VERSIONS:
        raise refusal("table.not-dbf", _("文件不是 .dbf 表，或已损坏。请在表格软件中打开后另存为 .xlsx 再上传"))
    count, start, width = HEADER.unpack(head)
    if count > ROW_LIMIT:
        raise refusal("table.too-many-rows", _("表超过 %(limit)d 行。请另存为 .csv 再上传，.csv 不限行数") % {"limit": ROW_LIMIT})
    columns, place = [], 1  # the first byte of a record says whether it is deleted
    while (field := stream.read(FIELD.size))[:1] != END_OF_FIELDS:
        if len(field) < FIELD.size or stream.tell() > start:
            raise _damaged()
        name, kind, length, _decimals = FIELD.unpack(field)
        columns.append(Column(name.partition(b"\0")[0], kind.decode("latin-1"), place, place + length))
        place += length
    if not columns or place > width:
        raise _damaged()
    return columns, start, width


def _records(stream: BinaryIO, start: int, width: int) -> Iterator[bytes]:
    """The records that are not deleted."""
    stream.seek(start)
    count = 0
    while (record := stream.read(width)) and record[:1] != END_OF_FILE:
        if len(record) < width:
            raise _damaged()
        if record[:1] != DELETED:
            count += 1
            if count > ROW_LIMIT:
                raise _damaged()
            yield record


def _encoding(columns: list[Column], records: Iterator[bytes]) -> str:
    """The first encoding in which all names and texts can be decoded."""
    for column in columns:
        if column.kind not in READABLE:
            name = column.name.decode("gb18030", "replace")
            text = _("“%(column)s”列不是文本、数字、日期或逻辑型，无法读出。请另存为 .xlsx 再上传") % {"column": name}
            raise refusal("table.dbf-field", text, row=1, column=name)
    possible = list(ENCODINGS)
    for record in _with_names(columns, records):
        possible = [encoding for encoding in possible if _decodes(record, encoding)]
        if not possible:
            text = _("文件的编码既不是 UTF-8，也不是 GB18030。请在表格软件中另存为 .xlsx 再上传")
            raise refusal("table.encoding", text)
    return possible[0]


def _with_names(columns: list[Column], records: Iterator[bytes]) -> Iterator[list[bytes]]:
    yield [column.name for column in columns]
    for record in records:
        yield [record[column.start : column.end] for column in columns]


def _decodes(texts: list[bytes], encoding: str) -> bool:
    try:
        for text in texts:
            text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _rows(columns: list[Column], encoding: str, records: Iterator[bytes]) -> Rows:
    yield 1, [column.name.decode(encoding) for column in columns]
    for row, record in enumerate(records, start=2):
        yield row, [_cell(column.kind, record[column.start : column.end].decode(encoding)) for column in columns]


def _cell(kind: str, padded: str) -> RawCell:
    if kind == "C":
        return padded.rstrip(" \0")
    text = padded.strip(" \0")
    if kind == "D":
        return _day(text)
    if kind == "L":
        return {"T": "Y", "F": "N", "?": ""}.get(text.upper(), text.upper())
    if text.startswith("*"):  # did not fit
        return ErrorValue(text)
    return Number(text) if text and sum(map(str.isdigit, text)) <= NUMBER_DIGITS else text


def _day(text: str) -> RawCell:
    """A date is eight digits; what is none stays as it is and is refused where a date is wanted."""
    try:
        return datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return text


def _damaged() -> FileRefused:
    return refusal("table.damaged", _("表已损坏，无法读出。请在表格软件中打开后另存为 .xlsx 再上传"))

"""Files of candidates: rows that are sound by default, written in any of the formats that universities send."""

from __future__ import annotations

import csv
import datetime as dt
import struct
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from records.registration.columns import SHAPE
from tests.factories import identity_number

BORN = dt.date(1997, 5, 20)  # nobody of the factories was born then


def person(serial: int = 1, **cells: str) -> dict[str, str]:
    """A woman born on 20 May 1997 who registers in September 2024 for X9999901, in the columns that must be there."""
    default = {
        "姓名": f"林知{serial}",
        "性别": "女",
        "民族": "汉族",
        "证件类型": "居民身份证",
        "证件号码": identity_number(serial, BORN),
        "出生日期": BORN.isoformat(),
        "手机号码": f"139{serial:08}",
        "专业代码": "X9999901",
        "准考证号": "",
        "注册日期": "2024-09-01",
        "前置学历": "专科",
        "前置专业": "",
        "通讯地址": "示例路1号",
    }
    return {**default, **cells}


def write_csv(path: Path, *people: dict[str, str], encoding: str = "utf-8") -> Path:
    """A .csv of these rows; columns that only some have are there for all."""
    columns = list(dict.fromkeys(column for each in people for column in each)) or list(SHAPE.required)
    with path.open("w", encoding=encoding, newline="") as file:
        writer: Any = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(people)
    return path


def write_xlsx(path: Path, *people: dict[str, str]) -> Path:
    """The same as a workbook, every cell a text."""
    columns = list(dict.fromkeys(column for each in people for column in each))
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([dict(zip(columns, columns, strict=True)), *people]):
            sheet.write_row(place, 0, [row.get(column, "") for column in columns])
    return path


def write_dbf(path: Path, *people: dict[str, str], encoding: str = "gb18030") -> Path:
    """The same as a dBASE III table: dates as dates, everything else as text; names of at most ten bytes."""
    columns = list(dict.fromkeys(column for each in people for column in each))
    fields = [(column, "D" if column in SHAPE.dates else "C", _width(column, people, encoding)) for column in columns]
    head = struct.pack("<B3BIHH20x", 3, 124, 9, 1, len(people), 33 + 32 * len(fields), 1 + sum(width for *_, width in fields))
    body = b"".join(struct.pack("<11sc4xBB14x", name.encode(encoding), kind.encode(), width, 0) for name, kind, width in fields)
    records = b"".join(b" " + b"".join(_field(row, field, encoding) for field in fields) for row in people)
    path.write_bytes(head + body + b"\r" + records + b"\x1a")
    return path


def _width(column: str, people: tuple[dict[str, str], ...], encoding: str) -> int:
    return 8 if column in SHAPE.dates else max(1, *(len(row.get(column, "").encode(encoding)) for row in people))


def _field(row: dict[str, str], field: tuple[str, str, int], encoding: str) -> bytes:
    name, kind, width = field
    text = row.get(name, "")
    return (text.replace("-", "") if kind == "D" else text).encode(encoding).ljust(width)

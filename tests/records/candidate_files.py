"""Files of candidates: rows that are sound by default, written in any of the formats that universities send."""

from __future__ import annotations

import csv
import datetime as dt
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

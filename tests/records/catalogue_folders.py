"""Small catalogue folders, sound by default; each file a list of rows that a test may spoil."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from records.catalogue.files import SHAPES

Folder = dict[str, list[dict[str, str]]]


def row(file: str, **cells: str) -> dict[str, str]:
    """A row of a file with every column that must be there."""
    return {column: cells.get(column, "") for column in (*SHAPES[file].required, *(set(cells) - set(SHAPES[file].required)))}


def course(code: str, **cells: str) -> dict[str, str]:
    """A compulsory written course of 10 credits in the one plan."""
    default = {
        "专业代码": "X2999901",
        "计划版本": "2024",
        "课程代码": code,
        "课程名称": f"课程{code}",
        "学分": "10",
        "计学分": "Y",
        "考核方式": "笔试",
        "课程性质": "必考",
    }
    return row("plan_courses.csv", **{**default, **cells})


def replacement(**cells: str) -> dict[str, str]:
    """Course 00099, older than the plan, stands for 10001."""
    default = {"专业代码": "X2999901", "计划版本": "2024", "已通过": "00099", "需要数": "1", "顶替": "10001"}
    return row("replacements.csv", **{**default, **cells})


def sound_folder() -> Folder:
    """One university, one major, one plan of 40 credits: two compulsory courses, a practical, a group of which one is needed."""
    return {
        "universities.csv": [row("universities.csv", 院校代码="99001", 院校名称="示例大学")],
        "majors.csv": [
            row("majors.csv", 专业代码="X2999901", 专业名称="示例专业", 层次="专升本", 主考院校代码="99001", 状态="开考")
        ],
        "plans.csv": [row("plans.csv", 专业代码="X2999901", 计划版本="2024", 生效日期="2024-07-01", 总学分="40")],
        "plan_courses.csv": [
            course("10001"),
            course("10002"),
            course("10003", 考核方式="实践", 理论课程="10002"),
            course("10004", 课程性质="选考", 选考组="OPT"),
            course("10005", 课程性质="选考", 选考组="OPT"),
        ],
        "plan_groups.csv": [row("plan_groups.csv", 专业代码="X2999901", 计划版本="2024", 选考组="OPT", 最少门数="1")],
        "replacements.csv": [replacement()],
    }


def write_folder(path: Path, folder: Mapping[str, list[dict[str, str]]], encoding: str = "utf-8-sig") -> Path:
    """Write the files; a file without rows has the header that it must have."""
    path.mkdir(exist_ok=True)
    for name, rows in folder.items():
        columns = list(dict.fromkeys([*SHAPES[name].required, *(column for each in rows for column in each)]))
        with (path / name).open("w", encoding=encoding, newline="") as file:
            writer: Any = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
    return path

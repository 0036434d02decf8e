"""The six files of a catalogue folder: their columns (FORMATS, "Catalogue"), read and held with what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext as _

from records.imports.faults import Fault, Faults, FileRefused, Finding, Notice
from records.imports.lines import Line
from records.imports.tabular import TableShape, open_table

F = TypeVar("F", bound=Finding)
UNIVERSITIES, MAJORS, PLANS = "universities.csv", "majors.csv", "plans.csv"
PLAN_COURSES, PLAN_GROUPS, REPLACEMENTS = "plan_courses.csv", "plan_groups.csv", "replacements.csv"


def _shape(
    columns: str, *, text: str = "", dates: str = "", numbers: str = "", optional: str = "", may_be_empty: bool = False
) -> TableShape:
    """A shape from columns parted by blanks; what is not called text, date or number is an identifier."""
    required, extra = tuple(columns.split()), tuple(optional.split())
    others = {*text.split(), *dates.split(), *numbers.split()}
    return TableShape(
        required=required,
        optional=extra,
        identifiers=frozenset({*required, *extra} - others),
        numbers=frozenset(numbers.split()),
        dates=frozenset(dates.split()),
        may_be_empty=may_be_empty,
    )


SHAPES = {
    UNIVERSITIES: _shape("院校代码 院校名称 简称", text="院校名称 简称"),
    MAJORS: _shape("专业代码 专业名称 层次 主考院校代码 状态 停考日期 学位", text="专业名称 学位", dates="停考日期"),
    PLANS: _shape(
        "专业代码 计划版本 生效日期 新生截止 毕业截止 总学分 总门数 入学限制 毕业所需前置学历 出处",
        text="入学限制 出处",
        dates="生效日期 新生截止 毕业截止",
        numbers="总学分 总门数",
    ),
    PLAN_COURSES: _shape(
        "专业代码 计划版本 序号 课程代码 课程名称 学分 计学分 考核方式 课程性质 选考组 套 学位课程 理论课程 首考",
        text="课程名称",
        numbers="学分",
        optional="全国统一 证书课程",
    ),
    PLAN_GROUPS: _shape(
        "专业代码 计划版本 选考组 最少门数 最低学分 换考最少门数 换考最低学分",
        numbers="最少门数 最低学分 换考最少门数 换考最低学分",
        may_be_empty=True,
    ),
    REPLACEMENTS: _shape(
        "专业代码 层次 计划版本 路径 已通过 需要数 顶替 免考核 逐门 仅计学分 说明",
        text="说明",
        numbers="需要数",
        may_be_empty=True,
    ),
}


@dataclass
class Sheet:
    """One file: its rows as ``(number, cells)``, and its findings. ``is_known`` is False where it could not be read at all."""

    name: str
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    notices: list[Notice] = field(default_factory=list)
    is_known: bool = True

    def lines(self) -> Iterator[Line]:
        """The rows to be checked, in the file's order."""
        for row, cells in self.rows:
            yield Line(self, row, cells)

    def refuse(self, row: int, column: str, value: str, code: str, message: str) -> None:
        """Add a fault of this file."""
        self.faults.add(Fault(row, column, value, code, message))

    def notice(self, row: int, column: str, value: str, code: str, message: str) -> None:
        """Add what is worth knowing about this file."""
        self.notices.append(Notice(row, column, value, code, message))


def read_sheet(folder: Path, name: str) -> Sheet:
    """Read a file of the folder; a file that is missing or cannot be read is a sheet with faults and without rows."""
    path = folder / name
    if not path.is_file():
        sheet = Sheet(name, is_known=False)
        sheet.refuse(0, "", "", "catalogue.missing-file", _("文件夹中没有这个文件"))
        return sheet
    try:
        with open_table(path, SHAPES[name]) as table:
            rows = list(table)
            return Sheet(name, rows, table.faults, table.notices())
    except FileRefused as refused:
        sheet = Sheet(name, is_known=False)
        for fault in refused.faults:
            sheet.faults.add(fault)
        return sheet


def refuse_if_any(sheets: list[Sheet]) -> None:
    """Raise FileRefused with the faults of all files, each naming its file in the message."""
    faults = [_named(sheet, fault) for sheet in sheets for fault in sheet.faults]
    if faults:
        raise FileRefused(faults)


def notices_of(sheets: list[Sheet]) -> tuple[Notice, ...]:
    """What is worth knowing about all files, each naming its file in the message."""
    return tuple(_named(sheet, notice) for sheet in sheets for notice in sheet.notices)


def _named(sheet: Sheet, finding: F) -> F:
    return replace(finding, message=_("%(file)s：%(message)s") % {"file": sheet.name, "message": finding.message})

"""A catalogue folder checked as a whole: every fault of all six files in one pass, and the rows that are sound.

What a file names is looked up in the folder itself, not in the database: the six files have to be one consistent catalogue.
Where a file cannot be read at all, nothing is held against the others for naming what it would have held.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext as _

from records.catalogue import files, rows
from records.catalogue.checking_plans import check_groups, check_plan_courses
from records.catalogue.checking_replacements import check_replacements
from records.catalogue.files import Sheet
from records.catalogue.known import Known, refuse_unknown
from records.catalogue.models import Major
from records.imports.faults import Notice
from records.imports.lines import Line, Places, refuse_repeated

R = TypeVar("R")
CODE = re.compile(r"[0-9A-Za-z]{1,12}", re.ASCII)
VERSION_LENGTH = 20
PRIOR_DIPLOMAS = ("专科",)


@dataclass(frozen=True)
class Checked:
    """The sound rows of a folder, and what is worth knowing about them."""

    rows: rows.CatalogueRows
    notices: tuple[Notice, ...]


def check(folder: Path) -> Checked:
    """Read and check a folder. FileRefused with every fault of every file, each naming its file in the message."""
    sheets = {name: files.read_sheet(folder, name) for name in files.SHAPES}
    known = Known.of(sheets)
    universities = tuple(_checked(sheets[files.UNIVERSITIES], known, _university, "院校代码"))
    majors = tuple(_checked(sheets[files.MAJORS], known, _major, "专业代码"))
    plans = tuple(_checked(sheets[files.PLANS], known, _plan, "专业代码", "计划版本"))
    plan_courses = tuple(check_plan_courses(sheets[files.PLAN_COURSES], known))
    plan_groups = tuple(check_groups(sheets[files.PLAN_GROUPS], known))
    replacements = tuple(check_replacements(sheets[files.REPLACEMENTS], known))
    files.refuse_if_any(list(sheets.values()))
    checked = rows.CatalogueRows(universities, majors, plans, plan_courses, plan_groups, replacements)
    return Checked(checked, files.notices_of(list(sheets.values())))


def _checked(sheet: Sheet, known: Known, read: Callable[[Line, Known], R | None], *key: str) -> Iterator[R]:
    """The sound rows of a file whose key columns must not repeat."""
    places = Places()
    for line in sheet.lines():
        refuse_repeated(line, key[-1], places, tuple(line.cells[column] for column in key))
        row = read(line, known)
        if row is not None and line.is_sound:
            yield row


def _university(line: Line, _known: Known) -> rows.UniversityRow:
    return rows.UniversityRow(
        code=line.shaped("院校代码", CODE, _("1 至 12 位数字或字母")),
        name=line.text("院校名称", 60, required=True),
        short_name=line.text("简称", 20),
    )


def _major(line: Line, known: Known) -> rows.MajorRow:
    return rows.MajorRow(
        code=line.shaped("专业代码", CODE, _("1 至 12 位数字或字母")),
        name=line.text("专业名称", 60, required=True),
        level=line.choice("层次", Major.Level.values),
        hosts=_hosts(line, known.universities),
        state=line.choice("状态", Major.State.values),
        closed_on=line.date("停考日期"),
        degree=line.text("学位", 20),
    )


def _hosts(line: Line, universities: Collection[str] | None) -> tuple[str, ...]:
    codes = line.text("主考院校代码", 200, required=True).split(";")
    if universities is not None and codes != [""]:
        refuse_unknown(line, "主考院校代码", "catalogue.unknown-university", codes, universities, files.UNIVERSITIES)
    return tuple(dict.fromkeys(codes))


def _plan(line: Line, known: Known) -> rows.PlanRow | None:
    if known.majors is not None:
        refuse_unknown(line, "专业代码", "catalogue.unknown-major", [line.cells["专业代码"]], known.majors, files.MAJORS)
    effective_from = line.date("生效日期", required=True)
    total_credits = line.decimal("总学分", 9999, required=True)
    row = rows.PlanRow(
        major=line.cells["专业代码"],
        version=line.text("计划版本", VERSION_LENGTH, required=True),
        effective_from=effective_from,  # type: ignore[arg-type]  # a row without it is refused below
        newcomers_until=line.date("新生截止"),
        graduation_until=line.date("毕业截止"),
        total_credits=total_credits,  # type: ignore[arg-type]  # likewise
        total_courses=line.whole("总门数", 1, 999),
        entry_restriction=line.text("入学限制", 200),
        prior_diploma=line.choice("毕业所需前置学历", PRIOR_DIPLOMAS, required=False),
        source=line.text("出处", 100),
    )
    _refuse_ends_before_start(line, row)
    return row


def _refuse_ends_before_start(line: Line, row: rows.PlanRow) -> None:
    if not line.is_sound:
        return
    for column, end in (("新生截止", row.newcomers_until), ("毕业截止", row.graduation_until)):
        if end is not None and end < row.effective_from:
            line.refuse(column, "catalogue.ends-before-start", _("不能早于生效日期"))

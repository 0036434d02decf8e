"""The courses and elective groups of the plan versions, checked row by row and against each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext as _

from records.catalogue import files
from records.catalogue.files import Sheet
from records.catalogue.known import Known, PlanKey, plan_of, refuse_unknown
from records.catalogue.models import PlanCourse
from records.catalogue.rows import PlanCourseRow, PlanGroupRow
from records.imports.lines import NO, YES, Line, Places, refuse_repeated

COURSE = re.compile(r"[0-9A-Za-z]{1,10}", re.ASCII)
SITTING = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
COURSES_NEEDED = re.compile(r"全部|\d{1,3}", re.ASCII)
CREDITS_NEEDED = re.compile(r"全部|\d{1,4}(?:\.\d)?", re.ASCII)
EVERYWHERE = "是"


def check_plan_courses(sheet: Sheet, known: Known) -> Iterator[PlanCourseRow]:
    """The sound rows of ``plan_courses.csv``; everything else is in the sheet's faults."""
    places, positions = Places(), Counter[PlanKey]()
    national: dict[str, tuple[bool, int]] = {}
    for line in sheet.lines():
        plan = plan_of(line.cells)
        positions[plan] += 1
        known.refuse_unknown_plan(line)
        refuse_repeated(line, "课程代码", places, (plan, line.cells["课程代码"]))
        row = _plan_course(line, plan, positions[plan])
        _refuse_wrong_group(line, row, known)
        _refuse_unknown_references(line, row, known)
        _refuse_contradiction(line, row, national)
        if line.is_sound:
            yield row


def _plan_course(line: Line, plan: PlanKey, position: int) -> PlanCourseRow:
    credits = line.decimal("学分", 999, required=True)
    return PlanCourseRow(
        plan=plan,
        position=position,
        ordinal=line.text("序号", 10),
        course=line.shaped("课程代码", COURSE, _("1 至 10 位数字或字母")),
        name=line.text("课程名称", 100, required=True),
        credits=credits,  # type: ignore[arg-type]  # without it the row is refused
        counts_credits=line.choice("计学分", (YES, NO)) == YES,
        assessment=line.choice("考核方式", PlanCourse.Assessment.values),
        nature=line.choice("课程性质", PlanCourse.Nature.values),
        group=line.text("选考组", 20),
        set_label=line.text("套", 20),
        degree_course=line.text("学位课程", 100),
        theory=line.text("理论课程", 10),
        first_sitting=line.shaped("首考", SITTING, _("考次，如 2026-10"), required=False),
        national=line.yes_or_no("全国统一"),
        certificate=bool(line.yes_or_no("证书课程")),
    )


def _refuse_wrong_group(line: Line, row: PlanCourseRow, known: Known) -> None:
    """Electives stand in a group that ``plan_groups.csv`` describes, all others in none."""
    if row.nature == PlanCourse.Nature.ELECTIVE and not row.group:
        line.refuse("选考组", "value.missing", _("选考课程要写明选考组"))
    elif row.nature in PlanCourse.Nature.values and row.nature != PlanCourse.Nature.ELECTIVE and row.group:
        line.refuse("选考组", "catalogue.group-not-elective", _("只有选考课程才有选考组"))
    elif row.group and known.groups is not None and row.group not in known.groups.get(row.plan, ()):
        text = _("%(file)s 中没有这个计划的这个选考组") % {"file": files.PLAN_GROUPS}
        line.refuse("选考组", "catalogue.unknown-group", text)
    if row.set_label and not row.group:
        line.refuse("套", "catalogue.set-without-group", _("成套的课程要在同一个选考组中"))


def _refuse_unknown_references(line: Line, row: PlanCourseRow, known: Known) -> None:
    if row.theory and (row.theory == row.course or row.theory not in (known.every_course or ())):
        line.refuse("理论课程", "catalogue.unknown-theory", _("没有这门理论课程"))
    if row.degree_course not in ("", EVERYWHERE) and known.universities is not None:
        codes = row.degree_course.split(";")
        refuse_unknown(line, "学位课程", "catalogue.unknown-university", codes, known.universities, files.UNIVERSITIES)


def _refuse_contradiction(line: Line, row: PlanCourseRow, national: dict[str, tuple[bool, int]]) -> None:
    """A course is nationally unified or not, in whichever plan it stands."""
    if row.national is None:
        return
    said, first = national.setdefault(row.course, (row.national, line.row))
    if said != row.national:
        line.refuse("全国统一", "catalogue.contradiction", _("与第 %(row)d 行同一课程的不一致") % {"row": first})


def check_groups(sheet: Sheet, known: Known) -> Iterator[PlanGroupRow]:
    """The sound rows of ``plan_groups.csv``; everything else is in the sheet's faults."""
    places = Places()
    for line in sheet.lines():
        plan = plan_of(line.cells)
        known.refuse_unknown_plan(line)
        refuse_repeated(line, "选考组", places, (plan, line.cells["选考组"]))
        row = PlanGroupRow(
            plan=plan,
            label=line.text("选考组", 20, required=True),
            courses_needed=_courses_needed(line, "最少门数"),
            credits_needed=_credits_needed(line, "最低学分"),
            exchange_courses_needed=_courses_needed(line, "换考最少门数"),
            exchange_credits_needed=_credits_needed(line, "换考最低学分"),
        )
        if known.used_groups is not None and row.label and row.label not in known.used_groups.get(plan, ()):
            text = _("%(file)s 中没有这个选考组的课程") % {"file": files.PLAN_COURSES}
            line.refuse("选考组", "catalogue.empty-group", text)
        if line.is_sound:
            yield row


def _courses_needed(line: Line, column: str) -> str:
    return line.shaped(column, COURSES_NEEDED, _("整数、全部或留空"), required=False)


def _credits_needed(line: Line, column: str) -> str:
    return line.shaped(column, CREDITS_NEEDED, _("数（最多 1 位小数）、全部或留空"), required=False)

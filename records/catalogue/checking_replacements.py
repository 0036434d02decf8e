"""The rows of the replacement tables: their notation, and whether they can mean anything for the plans that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from records.catalogue import files
from records.catalogue.checking_plans import COURSE
from records.catalogue.files import Sheet
from records.catalogue.known import Known, plan_of, refuse_unknown
from records.catalogue.models import Major
from records.catalogue.notation import codes_named, passed_alternatives, replaced_options, waived_codes
from records.catalogue.rows import ReplacementRow
from records.imports.lines import YES, Line

PATHS = ("外语", "换考")
LONGEST = 2000
ONLY_YES = (YES,)


def check_replacements(sheet: Sheet, known: Known) -> Iterator[ReplacementRow]:
    """The sound rows of ``replacements.csv``; everything else is in the sheet's faults, idle rows in its notices."""
    for line in sheet.lines():
        _refuse_unknown_subject(line, known)
        row = _replacement(line)
        _refuse_unreadable(line, row)
        _refuse_wrong_purpose(line, row)
        if line.is_sound:
            _note_idle(sheet, line, row, known)
            yield row


def _replacement(line: Line) -> ReplacementRow:
    return ReplacementRow(
        major=line.cells["专业代码"],
        level=line.choice("层次", Major.Level.values, required=not line.cells["专业代码"]),
        version=line.text("计划版本", 20, required=True),
        path=line.choice("路径", PATHS, required=False),
        passed=line.text("已通过", LONGEST, required=True),
        needed=line.whole("需要数", 1, 999, required=True) or 0,
        replaces=line.text("顶替", LONGEST),
        waives=line.text("免考核", LONGEST),
        one_by_one=bool(line.choice("逐门", ONLY_YES, required=False)),
        credits_only=bool(line.choice("仅计学分", ONLY_YES, required=False)),
        note=line.text("说明", 200),
    )


def _refuse_unknown_subject(line: Line, known: Known) -> None:
    """The row names a plan version of a major, or one that some major of the level has."""
    major, version = plan_of(line.cells)
    level = line.cells["层次"]
    if major:
        known.refuse_unknown_plan(line)
        if level and known.majors is not None and known.majors.get(major, level) != level:
            line.refuse("层次", "catalogue.other-level", _("与该专业的层次不一致"))
    elif level and version and known.plans is not None and known.majors is not None:
        versions = {plan[1] for plan in known.plans if known.majors.get(plan[0]) == level}
        if version not in versions:
            refuse_unknown(line, "计划版本", "catalogue.unknown-plan", [version], versions, files.PLANS)


def _refuse_unreadable(line: Line, row: ReplacementRow) -> None:
    columns: tuple[tuple[str, Callable[[str], tuple[object, ...]]], ...] = (
        ("已通过", passed_alternatives),
        ("顶替", replaced_options),
        ("免考核", waived_codes),
    )
    for column, read in columns:
        if line.cells[column]:
            _refuse_notation(line, column, read)
    if row.needed and line.is_sound and row.needed > len(passed_alternatives(row.passed)):
        line.refuse("需要数", "catalogue.needs-too-many", _("多于“已通过”中列出的课程"))


def _refuse_notation(line: Line, column: str, read: Callable[[str], tuple[object, ...]]) -> None:
    try:
        read(line.cells[column])
    except ValueError as error:
        line.refuse(column, "catalogue.notation", str(error))
        return
    too_long = [code for code in codes_named(line.cells[column]) if not COURSE.fullmatch(code)]
    if too_long:
        text = _("课程代码应为 1 至 10 位数字或字母：%(codes)s") % {"codes": "、".join(too_long)}
        line.refuse(column, "catalogue.notation", text)


def _refuse_wrong_purpose(line: Line, row: ReplacementRow) -> None:
    """A row either replaces or waives, or counts credits only."""
    if row.credits_only and (row.replaces or row.waives):
        line.refuse("仅计学分", "catalogue.purpose", _("仅计学分的行不能再写顶替或免考核"))
    elif not (row.credits_only or row.replaces or row.waives):
        line.refuse("顶替", "catalogue.purpose", _("要写明顶替、免考核，或者仅计学分"))


def _note_idle(sheet: Sheet, line: Line, row: ReplacementRow, known: Known) -> None:
    """A row none of whose courses belongs to the plan by which one graduates has no effect: worth knowing, no fault."""
    if not row.major or row.credits_only or known.courses is None:
        return
    meant = {*codes_named(row.replaces), *codes_named(row.waives)}
    if not meant & set(known.courses.get((row.major, row.version), ())):
        text = _("顶替和免考核的课程都不在该计划中，这一行不起作用")
        sheet.notice(line.row, "顶替", row.replaces, "catalogue.idle-row", text)

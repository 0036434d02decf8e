"""What the files of a folder name, whether or not the rows that name it are sound: the others are held against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from records.catalogue import files
from records.catalogue.files import Sheet
from records.imports.lines import Line

PlanKey = tuple[str, str]


@dataclass(frozen=True)
class Known:
    """Universities, majors with their 层次, plan versions, the courses and groups of each; None where the file was unreadable."""

    universities: Collection[str] | None
    majors: Mapping[str, str] | None
    plans: Collection[PlanKey] | None
    courses: Mapping[PlanKey, Collection[str]] | None
    used_groups: Mapping[PlanKey, Collection[str]] | None
    groups: Mapping[PlanKey, Collection[str]] | None

    @classmethod
    def of(cls, sheets: Mapping[str, Sheet]) -> Known:
        """Gather the names of a folder."""
        universities, majors, plans = (sheets[name] for name in (files.UNIVERSITIES, files.MAJORS, files.PLANS))
        courses, groups = sheets[files.PLAN_COURSES], sheets[files.PLAN_GROUPS]
        return cls(
            universities={cells["院校代码"] for _row, cells in universities.rows} if universities.is_known else None,
            majors={cells["专业代码"]: cells["层次"] for _row, cells in majors.rows} if majors.is_known else None,
            plans={plan_of(cells) for _row, cells in plans.rows} if plans.is_known else None,
            courses=_by_plan(courses, "课程代码"),
            used_groups=_by_plan(courses, "选考组"),
            groups=_by_plan(groups, "选考组"),
        )

    @property
    def every_course(self) -> Collection[str] | None:
        """Every course that any plan names."""
        return None if self.courses is None else set().union(*self.courses.values())

    def refuse_unknown_plan(self, line: Line) -> None:
        """Refuse a row whose 专业代码 and 计划版本 name no row of ``plans.csv``."""
        major, version = plan_of(line.cells)
        if self.majors is not None:
            refuse_unknown(line, "专业代码", "catalogue.unknown-major", [major], self.majors, files.MAJORS)
        if self.plans is not None and line.is_sound and (major, version) not in self.plans:
            text = _("%(file)s 中没有专业 %(major)s 的这个计划版本") % {"file": files.PLANS, "major": major}
            line.refuse("计划版本", "catalogue.unknown-plan", text)


def plan_of(cells: Mapping[str, str]) -> PlanKey:
    """The plan version that a row names."""
    return cells["专业代码"], cells["计划版本"]


def refuse_unknown(line: Line, column: str, code: str, named: Iterable[str], known: Collection[str], file: str) -> None:
    """Refuse a cell that names codes which ``file`` does not have, naming them."""
    strangers = [name for name in named if name not in known]
    if strangers:
        shown = "、".join(name or _("(空)") for name in strangers)
        line.refuse(column, code, _("%(file)s 中没有 %(codes)s") % {"file": file, "codes": shown})


def _by_plan(sheet: Sheet, column: str) -> Mapping[PlanKey, Collection[str]] | None:
    if not sheet.is_known:
        return None
    named: dict[PlanKey, set[str]] = defaultdict(set)
    for _row, cells in sheet.rows:
        if cells[column]:
            named[plan_of(cells)].add(cells[column])
    return named

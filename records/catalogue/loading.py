"""Loading a catalogue folder: all or nothing, and as often as one likes.

The folder speaks for the majors that it names: their plan versions, courses, groups and replacement rows become what the files
say, changed rows in place, and vanished rows go. A university, major or course that it does not name stays as it is, and so do
the replacement rows of a whole 层次 and version for which it has none, and a vanished plan version that cases stand on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from records.catalogue import files, rows
from records.catalogue.checking import check
from records.catalogue.models import Course, Major, Plan, PlanCourse, PlanGroup, Replacement
from records.catalogue.notation import codes_named
from records.catalogue.stepping import bring_in_step
from records.imports.faults import Fault, FileRefused, ImportReport, Notice
from records.offices.models import Office

LOCK = "SELECT pg_advisory_xact_lock(hashtext('kaoji-catalogue'))"
K = TypeVar("K", bound=Hashable)
Values = dict[str, Any]


@transaction.atomic
def load(folder: Path) -> ImportReport:
    """Bring the catalogue in step with a folder. FileRefused with every fault of every file; then nothing was written.

    ``rows`` counts the rows of all six files, ``written`` those that were new or differed.
    """
    checked = check(folder)
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    loading = _Loading(checked.rows)
    loading.write()
    total = checked.rows.count
    return ImportReport(total, loading.written, total - loading.written, (*checked.notices, *loading.notices))


@dataclass
class _Loading:
    """One loading, table after table: what a later table refers to is known by its code by then."""

    catalogue: rows.CatalogueRows
    written: int = 0
    notices: list[Notice] = field(default_factory=list)

    def write(self) -> None:
        """Write everything; ``written`` and ``notices`` say what came of it."""
        self._write_universities()
        self._write_majors()
        self._write_plans()
        self._write_courses()
        self._write_plan_courses()
        self._write_plan_groups()
        self._write_replacements()

    def _write_universities(self) -> None:
        existing = {office.code: office for office in Office.objects.all()}
        _refuse_other_offices(self.catalogue.universities, existing)
        wanted = {row.code: {"name": row.name, "short_name": row.short_name} for row in self.catalogue.universities}
        change = bring_in_step(Office, existing, wanted, _new_university, keep_others=True)
        self.universities, self.written = change.by_key, self.written + len(change.written)

    def _write_majors(self) -> None:
        existing = {major.code: major for major in Major.objects.prefetch_related("hosts")}
        wanted = {row.code: _values(row, "level name state closed_on degree") for row in self.catalogue.majors}
        change = bring_in_step(Major, existing, wanted, _code, keep_others=True)
        self.majors = change.by_key
        self.written += len(change.written | {row.code for row in self.catalogue.majors if self._hosts_changed(row)})

    def _hosts_changed(self, row: rows.MajorRow) -> bool:
        major = self.majors[row.code]
        if {office.code for office in major.hosts.all()} == set(row.hosts):
            return False
        major.hosts.set([self.universities[code] for code in row.hosts])
        return True

    def _write_plans(self) -> None:
        named = Plan.objects.filter(major__code__in=[row.code for row in self.catalogue.majors]).select_related("major")
        existing = {(plan.major.code, plan.version): plan for plan in named}
        columns = (
            "effective_from newcomers_until graduation_until total_credits total_courses entry_restriction prior_diploma source"
        )
        wanted = {row.key: _values(row, columns) for row in self.catalogue.plans}
        change = bring_in_step(Plan, existing, wanted, self._new_plan, keep_others=True)
        self.plans = {key: change.by_key[key] for key in wanted}
        self.written += len(change.written)
        self._remove_plans([plan for key, plan in existing.items() if key not in wanted])

    def _new_plan(self, key: tuple[str, str]) -> Values:
        return {"major_id": self.majors[key[0]].pk, "version": key[1]}

    def _remove_plans(self, vanished: list[Plan]) -> None:
        """A vanished plan version goes with its courses and groups, unless cases stand on it."""
        for plan in vanished:
            try:
                with transaction.atomic():
                    plan.delete()
            except ProtectedError:
                text = _("专业 %(major)s 的这个计划版本已不在文件中，但已有申请或审核用到，予以保留")
                self._note(files.PLANS, "计划版本", plan.version, "catalogue.plan-in-use", text % {"major": plan.major.code})
            else:
                text = _("专业 %(major)s 的这个计划版本已不在文件中，已删除")
                self._note(files.PLANS, "计划版本", plan.version, "catalogue.removed", text % {"major": plan.major.code})

    def _write_courses(self) -> None:
        """The courses of all plans, and bare codes for those that only replacement rows name."""
        existing = {course.code: course for course in Course.objects.all()}
        change = bring_in_step(Course, existing, _described(self.catalogue), _code, keep_others=True)
        named = [code for row in self.catalogue.replacements for code in _codes_of(row)]
        bare: dict[str, Values] = {code: {} for code in named}
        self.courses = bring_in_step(Course, change.by_key, bare, _code, keep_others=True).by_key
        self.courses_written = {self.courses[code].pk for code in change.written}

    def _write_plan_courses(self) -> None:
        mine = PlanCourse.objects.filter(plan__in=self.plans.values())
        existing = {(line.plan_id, line.course_id): line for line in mine}
        wanted = {
            (self.plans[row.plan].pk, self.courses[row.course].pk): self._plan_course(row) for row in self.catalogue.plan_courses
        }
        change = bring_in_step(PlanCourse, existing, wanted, _plan_and_course)
        self.written += sum(key in change.written or key[1] in self.courses_written for key in wanted)
        self._note_removed(files.PLAN_COURSES, change.removed)

    def _plan_course(self, row: rows.PlanCourseRow) -> Values:
        columns = "position ordinal name credits counts_credits assessment nature group set_label degree_course first_sitting"
        return _values(row, columns) | {"theory_id": self.courses[row.theory].pk if row.theory else None}

    def _write_plan_groups(self) -> None:
        existing = {(line.plan_id, line.label): line for line in PlanGroup.objects.filter(plan__in=self.plans.values())}
        columns = "courses_needed credits_needed exchange_courses_needed exchange_credits_needed"
        wanted = {(self.plans[row.plan].pk, row.label): _values(row, columns) for row in self.catalogue.plan_groups}
        change = bring_in_step(PlanGroup, existing, wanted, _plan_and_label)
        self.written += len(change.written)
        self._note_removed(files.PLAN_GROUPS, change.removed)

    def _write_replacements(self) -> None:
        """A row is the same while all that it says is the same; where it stands in the file is brought in step silently."""
        majors = [self.majors[row.code].pk for row in self.catalogue.majors]
        mine = Replacement.objects.filter(Q(major__in=majors) | self._of_every_major())
        existing = _numbered((_said(line, line.major_id), line) for line in mine)
        ordered = enumerate(self.catalogue.replacements, start=1)
        wanted = _numbered((_said(row, self._major_id(row)), {"position": place}) for place, row in ordered)
        change = bring_in_step(Replacement, existing, wanted, _new_replacement)
        self.written += len(change.created)
        self._note_removed(files.REPLACEMENTS, change.removed)

    def _of_every_major(self) -> Q:
        """The rows without a major, of each 层次 and version for which the folder has such rows."""
        named = {(row.level, row.version) for row in self.catalogue.replacements if not row.major}
        condition = Q(pk__in=[])
        for level, version in named:
            condition |= Q(major__isnull=True, level=level, version=version)
        return condition

    def _major_id(self, row: rows.ReplacementRow) -> int | None:
        return self.majors[row.major].pk if row.major else None

    def _note_removed(self, file: str, removed: int) -> None:
        if removed:
            self._note(file, "", "", "catalogue.removed", _("%(count)d 行已不在文件中，已删除") % {"count": removed})

    def _note(self, file: str, column: str, value: str, code: str, message: str) -> None:
        text = _("%(file)s：%(message)s") % {"file": file, "message": message}
        self.notices.append(Notice(0, column, value, code, text))


def _refuse_other_offices(universities: Iterable[rows.UniversityRow], offices: Mapping[str, Office]) -> None:
    text = _("%(file)s：这个代码属于另一个机构，不是主考院校") % {"file": files.UNIVERSITIES}
    faults = [
        Fault(0, "院校代码", row.code, "catalogue.other-office", text)
        for row in universities
        if row.code in offices and offices[row.code].kind != Office.Kind.UNIVERSITY
    ]
    if faults:
        raise FileRefused(faults)


def _described(catalogue: rows.CatalogueRows) -> dict[str, Values]:
    """Each course with name and credits of the newest plan that has it; national and certificate as whichever row says so.

    What no row says of 全国统一 is left as it is.
    """
    newest_last = {row.key: (row.effective_from, row.version) for row in catalogue.plans}
    described: dict[str, Values] = {}
    for row in sorted(catalogue.plan_courses, key=lambda row: newest_last[row.plan]):
        course = described.setdefault(row.course, {"certificate": False})
        course |= {"name": row.name, "credits": row.credits, "practical": row.assessment != PlanCourse.Assessment.WRITTEN}
        course["certificate"] |= row.certificate
        if row.national is not None:
            course["national"] = row.national
    return described


def _codes_of(row: rows.ReplacementRow) -> Iterable[str]:
    return (code for text in (row.passed, row.replaces, row.waives) for code in codes_named(text))


_SAID = "level version path passed needed replaces waives one_by_one credits_only note"


def _said(row: rows.ReplacementRow | Replacement, major_id: int | None) -> tuple[Any, ...]:
    return (major_id, *(getattr(row, name) for name in _SAID.split()))


V = TypeVar("V")


def _numbered(pairs: Iterable[tuple[K, V]]) -> dict[tuple[K, int], V]:
    """By key and how often it came before, for rows that may stand twice."""
    seen: Counter[K] = Counter()
    numbered: dict[tuple[K, int], V] = {}
    for key, value in pairs:
        numbered[key, seen[key]] = value
        seen[key] += 1
    return numbered


def _values(row: object, columns: str) -> Values:
    return {name: getattr(row, name) for name in columns.split()}


def _code(code: str) -> Values:
    return {"code": code}


def _new_university(code: str) -> Values:
    return {"code": code, "kind": Office.Kind.UNIVERSITY}


def _plan_and_course(key: tuple[int, int]) -> Values:
    return {"plan_id": key[0], "course_id": key[1]}


def _plan_and_label(key: tuple[int, str]) -> Values:
    return {"plan_id": key[0], "label": key[1]}


def _new_replacement(key: tuple[tuple[Any, ...], int]) -> Values:
    return dict(zip(["major_id", *_SAID.split()], key[0], strict=True))

"""Plan versions out of the database, compiled once per process and state of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection

from graduation.compiling import compile_plan
from graduation.plans import CatalogueCourse, CompiledPlan, CourseRow, GroupRow, PlanFacts, ReplacementRow
from records.catalogue.models import Course, Plan, PlanCourse, PlanGroup, Replacement

_TABLES = ("records_major", "records_plan", "records_plancourse", "records_plangroup", "records_replacement", "records_course")
_REVISION = "SELECT " + ", ".join(
    f"(SELECT (count(*), sum(hashtextextended(concat_ws(':', id, xmin, ctid), 0)))::text FROM {table})" for table in _TABLES
)


@dataclass(frozen=True)
class _Compiled:
    """One state of the catalogue: its replacement rows and courses, and the plans compiled so far."""

    revision: tuple[str, ...] = ()
    rows: tuple[ReplacementRow, ...] = ()
    known: dict[str, CatalogueCourse] = field(default_factory=dict)
    plans: dict[int, CompiledPlan] = field(default_factory=dict)

    @classmethod
    def of(cls, revision: tuple[str, ...]) -> _Compiled:
        rows = tuple(_replacement_row(row) for row in Replacement.objects.select_related("major").order_by("position"))
        return cls(revision, rows, {course.code: CatalogueCourse(course.name, course.credits) for course in Course.objects.all()})


_newest = _Compiled()


def compiled_plans(plans: Iterable[Plan]) -> dict[int, CompiledPlan]:
    """The compiled plans by id; compiled anew after any change of majors, plans, replacement rows or courses."""
    global _newest
    compiled = _newest
    if (revision := _revision()) != compiled.revision:
        compiled = _newest = _Compiled.of(revision)
    wanted = list(plans)
    missing = [plan for plan in wanted if plan.pk not in compiled.plans]
    if missing:
        compiled.plans.update(_compile(missing, compiled))
    return {plan.pk: compiled.plans[plan.pk] for plan in wanted}


def _revision() -> tuple[str, ...]:
    """What tells one state of the catalogue from another: of every row the id, the transaction that wrote it, and its place."""
    with connection.cursor() as cursor:
        cursor.execute(_REVISION)
        return tuple(cursor.fetchone())


def _compile(plans: list[Plan], state: _Compiled) -> dict[int, CompiledPlan]:
    """Compile these plans; the number of queries does not depend on how many they are."""
    courses: dict[int, list[CourseRow]] = {plan.pk: [] for plan in plans}
    for course in PlanCourse.objects.filter(plan__in=plans).select_related("course", "theory").order_by("position"):
        courses[course.plan_id].append(_course_row(course))
    groups: dict[int, list[GroupRow]] = {plan.pk: [] for plan in plans}
    for group in PlanGroup.objects.filter(plan__in=plans).order_by("pk"):
        groups[group.plan_id].append(_group_row(group))
    return {plan.pk: compile_plan(_facts(plan), courses[plan.pk], groups[plan.pk], state.rows, state.known) for plan in plans}


def _facts(plan: Plan) -> PlanFacts:
    return PlanFacts(plan.major.code, plan.major.level, plan.version, plan.total_credits, plan.total_courses, plan.source)


def _course_row(row: PlanCourse) -> CourseRow:
    return CourseRow(
        code=row.course.code,
        name=row.name,
        credits=row.credits,
        counts_credits=row.counts_credits,
        assessment=row.assessment,
        nature=row.nature,
        group=row.group,
        set_label=row.set_label,
        theory=row.theory.code if row.theory else "",
        first_sitting=row.first_sitting,
    )


def _group_row(row: PlanGroup) -> GroupRow:
    return GroupRow(row.label, row.courses_needed, row.credits_needed, row.exchange_courses_needed, row.exchange_credits_needed)


def _replacement_row(row: Replacement) -> ReplacementRow:
    return ReplacementRow(
        major=row.major.code if row.major else "",
        level=row.level,
        version=row.version,
        passed=row.passed,
        needed=row.needed,
        replaces=row.replaces,
        waives=row.waives,
        path=row.path,
        one_by_one=row.one_by_one,
        credits_only=row.credits_only,
        note=row.note,
    )


def thesis_codes(plan: CompiledPlan) -> tuple[str, ...]:
    """The plan's graduation design or thesis (考核方式 论文)."""
    return tuple(course.code for course in plan.courses if course.assessment == PlanCourse.Assessment.THESIS)

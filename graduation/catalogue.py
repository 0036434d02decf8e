"""Plan versions out of the database, compiled once per process and state of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from graduation.compiling import compile_plan
from graduation.plans import CatalogueCourse, CompiledPlan, CourseRow, GroupRow, PlanFacts, ReplacementRow
from records.catalogue.models import Course, Plan, Replacement

_REVISION = """
SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
    SELECT 'p' || p.id || ':' || p.xmin::text AS part FROM records_plan p
    UNION ALL SELECT 'c' || count(*) || ':' || COALESCE(max(xmin::text::bigint), 0) || ':' || COALESCE(sum(id), 0) FROM records_plancourse
    UNION ALL SELECT 'g' || count(*) || ':' || COALESCE(max(xmin::text::bigint), 0) || ':' || COALESCE(sum(id), 0) FROM records_plangroup
    UNION ALL SELECT 'r' || count(*) || ':' || COALESCE(max(xmin::text::bigint), 0) || ':' || COALESCE(sum(id), 0) FROM records_replacement
    UNION ALL SELECT 'k' || count(*) || ':' || COALESCE(max(xmin::text::bigint), 0) || ':' || COALESCE(sum(id), 0) FROM records_course
) parts
"""

_compiled: dict[int, CompiledPlan] = {}
_of_revision = ""


def compiled_plans(plans: Iterable[Plan]) -> dict[int, CompiledPlan]:
    """The compiled plans by id; compiled anew after any change of plans, replacement rows or courses."""
    global _of_revision
    wanted = list(plans)
    revision = _revision()
    if revision != _of_revision:
        _compiled.clear()
        _of_revision = revision
    missing = [plan for plan in wanted if plan.pk not in _compiled]
    if missing:
        rows = [_replacement_row(row) for row in Replacement.objects.select_related("major").order_by("position")]
        known = {course.code: CatalogueCourse(course.name, course.credits) for course in Course.objects.all()}
        for plan in missing:
            _compiled[plan.pk] = _compile(plan, rows, known)
    return {plan.pk: _compiled[plan.pk] for plan in wanted}


def _revision() -> str:
    with connection.cursor() as cursor:
        cursor.execute(_REVISION)
        return str(cursor.fetchone()[0])


def _compile(plan: Plan, rows: list[ReplacementRow], known: dict[str, CatalogueCourse]) -> CompiledPlan:
    facts = PlanFacts(plan.major.code, plan.major.level, plan.version, plan.total_credits, plan.total_courses, plan.source)
    courses = [
        CourseRow(
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
        for row in plan.courses.select_related("course", "theory").order_by("position")
    ]
    groups = [
        GroupRow(
            row.label, row.courses_needed, row.credits_needed, row.exchange_courses_needed, row.exchange_credits_needed
        )
        for row in plan.groups.order_by("pk")
    ]
    return compile_plan(facts, courses, groups, rows, known)


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
    return tuple(course.code for course in plan.courses if course.assessment == "论文")

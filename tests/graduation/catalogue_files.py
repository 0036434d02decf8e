"""The catalogue under ``data/catalogue`` read for the rule engine, without the database."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

from graduation.compiling import compile_plan
from graduation.plans import CatalogueCourse, CompiledPlan, CourseRow, GroupRow, PlanFacts, ReplacementRow
from tests.graduation.reference import Rows

FOLDER = Path(__file__).parents[2] / "data" / "catalogue"
Record = dict[str, str]


@cache
def records(name: str) -> tuple[Record, ...]:
    """The rows of one file as they stand there."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def plan_rows(major: str, version: str) -> Rows:
    """A plan version as its rows, with all replacement rows of all plans."""
    return Rows(
        plan_facts(major, version),
        tuple(course_row(record) for record in _of("plan_courses", major, version)),
        tuple(group_row(record) for record in _of("plan_groups", major, version)),
        tuple(replacement_row(record) for record in records("replacements")),
        catalogue(),
    )


@cache
def compiled_plan(major: str, version: str) -> CompiledPlan:
    """A plan version of the catalogue, compiled."""
    rows = plan_rows(major, version)
    return compile_plan(rows.facts, rows.courses, rows.groups, rows.replacements, rows.catalogue)


@cache
def catalogue() -> dict[str, CatalogueCourse]:
    """Every course that any plan names."""
    return {
        record["课程代码"]: CatalogueCourse(record["课程名称"], Decimal(record["学分"])) for record in records("plan_courses")
    }


def every_plan() -> list[tuple[str, str]]:
    """All plan versions as (major, version), in the file's order."""
    return [(record["专业代码"], record["计划版本"]) for record in records("plans")]


def plan_facts(major: str, version: str) -> PlanFacts:
    """The row of ``plans.csv`` with the major's level."""
    level = next(record["层次"] for record in records("majors") if record["专业代码"] == major)
    (record,) = _of("plans", major, version)
    courses = int(record["总门数"]) if record["总门数"] else None
    return PlanFacts(major, level, version, Decimal(record["总学分"]), courses, record["出处"])


def course_row(record: Record) -> CourseRow:
    """A row of ``plan_courses.csv``."""
    return CourseRow(
        code=record["课程代码"],
        name=record["课程名称"],
        credits=Decimal(record["学分"]),
        counts_credits=record["计学分"] == "Y",
        assessment=record["考核方式"],
        nature=record["课程性质"],
        group=record["选考组"],
        set_label=record["套"],
        theory=record["理论课程"],
        first_sitting=record["首考"],
    )


def group_row(record: Record) -> GroupRow:
    """A row of ``plan_groups.csv``."""
    return GroupRow(record["选考组"], record["最少门数"], record["最低学分"], record["换考最少门数"], record["换考最低学分"])


def replacement_row(record: Record) -> ReplacementRow:
    """A row of ``replacements.csv``."""
    return ReplacementRow(
        major=record["专业代码"],
        level=record["层次"],
        version=record["计划版本"],
        passed=record["已通过"],
        needed=int(record["需要数"]),
        replaces=record["顶替"],
        waives=record["免考核"],
        path=record["路径"],
        one_by_one=record["逐门"] == "Y",
        credits_only=record["仅计学分"] == "Y",
        note=record["说明"],
    )


def _of(name: str, major: str, version: str) -> Iterator[Record]:
    return (record for record in records(name) if (record["专业代码"], record["计划版本"]) == (major, version))

"""A plan version is compiled from the catalogue's rows, or refused with what contradicts in them."""

import pickle
from decimal import Decimal

import pytest

from graduation.compiling import compile_plan
from graduation.engine import audit
from graduation.plans import CompiledPlan, CourseRow, GroupRow, PlanFacts, ReplacementRow
from tests.graduation.catalogue_files import compiled_plan, every_plan
from tests.graduation.transcripts import passes

FACTS = PlanFacts("M1", "专科", "2024", Decimal(10))
COMPULSORY = CourseRow("10001", "必考课", Decimal(4))
ELECTIVE = CourseRow("10002", "选考课", Decimal(4), nature="选考", group="OPT")


def compiled(
    courses: list[CourseRow], groups: list[GroupRow] | None = None, rows: list[ReplacementRow] | None = None
) -> CompiledPlan:
    return compile_plan(FACTS, courses, groups or [], rows or [], {})


def row(passed: str = "90001", replaces: str = "10001", **more: object) -> ReplacementRow:
    return ReplacementRow(**{"major": "M1", "level": "", "version": "2024", "passed": passed, "replaces": replaces, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(("major", "version"), every_plan())
def test_every_plan_of_the_catalogue_compiles(major: str, version: str) -> None:
    plan = compiled_plan(major, version)

    assert plan.paths
    assert all(path.rows for path in plan.paths)


@pytest.mark.parametrize(
    ("major", "level", "version", "holds"),
    [
        ("M1", "", "2024", True),
        ("", "专科", "2024", True),
        ("M2", "专科", "2024", False),
        ("", "专升本", "2024", False),
        ("M1", "", "2021", False),
    ],
)
def test_rows_of_other_majors_levels_and_versions_are_left_out(major: str, level: str, version: str, holds: bool) -> None:
    plan = compiled([COMPULSORY], rows=[row(major=major, level=level, version=version)])

    assert bool(plan.paths[0].rows) is holds


def test_a_row_that_brings_nothing_on_a_path_is_dropped_there() -> None:
    groups = [GroupRow("OPT", "0", "", "1", "")]
    plan = compiled([COMPULSORY, ELECTIVE], groups, [row(replaces="10002"), row("90002", "55555")])

    assert [len(path.rows) for path in plan.paths] == [0, 1]


@pytest.mark.parametrize(
    ("minima", "names"),
    [(("1", "", "", ""), [None]), (("1", "", "0", ""), ["外语", "换考"]), (("1", "", "", "4"), ["外语", "换考"])],
)
def test_a_group_that_names_the_exchange_path_makes_two(minima: tuple[str, ...], names: list[str | None]) -> None:
    plan = compiled([ELECTIVE], [GroupRow("OPT", *minima)])

    assert [path.name for path in plan.paths] == names


@pytest.mark.parametrize(
    ("minima", "belongs"),
    [
        (("0", "", "", ""), False),
        (("0", "0", "", ""), False),
        (("", "0", "", ""), False),
        (("0", "4", "", ""), True),
        (("", "", "", ""), True),
        (("1", "", "", ""), True),
    ],
)
def test_a_group_whose_minimum_is_nothing_does_not_belong(minima: tuple[str, ...], belongs: bool) -> None:
    plan = compiled([ELECTIVE], [GroupRow("OPT", *minima)])

    assert bool(plan.paths[0].groups) is belongs


@pytest.mark.parametrize(
    ("courses", "groups", "rows", "named"),
    [
        ([COMPULSORY, COMPULSORY], [], [], "10001"),
        ([ELECTIVE], [], [], "OPT"),
        ([COMPULSORY], [GroupRow("OPT", "1")], [], "OPT"),
        ([ELECTIVE], [GroupRow("OPT", "一")], [], "一"),
        ([CourseRow("10003", "", Decimal(1), nature="任选")], [], [], "任选"),
        ([COMPULSORY], [], [row(needed=2)], "需要数2"),
        ([COMPULSORY], [], [row(needed=0)], "需要数0"),
        ([COMPULSORY], [], [row(path="英语")], "英语"),
        ([COMPULSORY], [], [row(replaces="")], "仅计学分"),
        ([COMPULSORY], [], [row(credits_only=True)], "仅计学分"),
        ([COMPULSORY], [], [row(passed="9000-1")], "9000-1"),
    ],
)
def test_what_contradicts_is_named(
    courses: list[CourseRow], groups: list[GroupRow], rows: list[ReplacementRow], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        compiled(courses, groups, rows)


def test_a_compiled_plan_travels_to_another_process() -> None:
    plan = compiled_plan("X2080905", "2024")
    transcript = passes(plan.sources)

    travelled = pickle.loads(pickle.dumps(plan))

    assert audit(travelled, transcript, additional_courses=None) == audit(plan, transcript, additional_courses=None)


def test_names_and_credits_are_known_of_courses_that_only_rows_name() -> None:
    plan = compiled_plan("X2080901", "2024")

    assert plan.name_of("02197") == "概率论与数理统计(二)"
    assert plan.credits_in_catalogue("02197") == 3
    assert (plan.name_of("00004"), plan.credits_in_catalogue("00004")) == ("", 0)

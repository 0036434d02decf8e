"""Plans whose own figures do not agree are flagged; the catalogue's one is case G40 in ``test_cases.py``."""

from decimal import Decimal

import pytest

from graduation.compiling import compile_plan
from graduation.plans import CompiledPlan, CourseRow, GroupRow, PlanFacts
from graduation.validation import CreditShortfall, UnreachableGroup, inconsistencies


def plan_of(total: str, *minima: str) -> CompiledPlan:
    """Ten compulsory credits, and three electives of 3, 4 and 5."""
    courses = [CourseRow("10001", "", Decimal(10))]
    courses += [CourseRow(f"1000{credits}", "", Decimal(credits), nature="选考", group="OPT") for credits in (3, 4, 5)]
    return compile_plan(PlanFacts("M1", "专科", "2024", Decimal(total)), courses, [GroupRow("OPT", *minima)], [], {})


@pytest.mark.parametrize(("total", "sound"), [("14", True), ("15", True), ("16", False)])
def test_the_best_choice_of_as_many_as_are_asked_for_must_reach_the_total(total: str, sound: bool) -> None:
    plan = plan_of(total, "1")

    assert inconsistencies(plan) == (() if sound else (CreditShortfall(None, Decimal(15), Decimal(16)),))


def test_a_minimum_of_credits_asks_for_as_many_choices_as_it_takes() -> None:
    assert inconsistencies(plan_of("19", "1", "6")) == ()
    assert inconsistencies(plan_of("20", "1", "6")) == (CreditShortfall(None, Decimal(19), Decimal(20)),)


@pytest.mark.parametrize("minima", [("4", ""), ("", "13")])
def test_a_group_that_asks_for_more_than_it_has_is_flagged(minima: tuple[str, str]) -> None:
    assert UnreachableGroup(None, "OPT") in inconsistencies(plan_of("1", *minima))


def test_each_path_is_looked_at_by_itself() -> None:
    plan = plan_of("15", "1", "", "0", "")

    assert inconsistencies(plan) == (CreditShortfall("换考", Decimal(10), Decimal(15)),)

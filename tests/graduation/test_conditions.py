"""The conditions beside the plan, each on both sides of its line, without a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduation.cases import Case, Confirmed
from graduation.conditions import CHECKS, Condition, conditions_of, months_later

TODAY = dt.date(2026, 11, 23)
ALL_CONFIRMED = Confirmed(appraisal=True, identity=True, photo=True, prior_diploma=True, prior_diploma_how="学信网")
CASE = Case(
    graduating_on=dt.date(2026, 12, 30),
    applied_on=TODAY,
    level="专升本",
    version="2024",
    registered_on=dt.date(2024, 9, 1),
    prior_diploma_needed="专科",
    prior_education="专科",
    is_plan_open=True,
    additional_undecided=False,
    confirmed=ALL_CONFIRMED,
    host_id=1,
    local_minimum={"专科": 5, "专升本": 4},
)


def found(code: str, **changes: Any) -> Condition | None:
    """The condition as it stands for the sound case with these changes; None where it does not concern it."""
    return next((each for each in conditions_of(replace(CASE, **changes)) if each.code == code), None)


def is_met(code: str, **changes: Any) -> bool | None:
    condition = found(code, **changes)
    return None if condition is None else condition.satisfied


def test_a_sound_case_meets_everything_that_concerns_it() -> None:
    conditions = conditions_of(CASE)

    assert all(condition.satisfied for condition in conditions)
    assert [condition.code for condition in conditions] == [
        "prior_diploma",
        "appraisal",
        "penalty",
        "graduated_before",
        "pending_case",
        "identity",
        "photo",
        "window",
        "plan_open",
    ]


def test_the_codes_are_those_of_the_contract() -> None:
    assert [check.code for check in CHECKS] == [
        "prior_diploma",
        "appraisal",
        "penalty",
        "thesis_host",
        "graduated_before",
        "pending_case",
        "identity",
        "photo",
        "local_minimum",
        "transfer_age",
        "window",
        "plan_open",
        "additional_courses",
    ]


@pytest.mark.parametrize(
    ("needed", "declared", "verified", "expected"),
    [
        ("专科", "专科", None, True),
        ("专科", "本科结业", None, True),
        ("专科", "", None, False),
        ("专科", "", True, True),
        ("专科", "专科", False, False),
        ("专科", "专科", True, True),
        ("", "", None, None),
        ("", "", False, None),
    ],
)
def test_prior_diploma(needed: str, declared: str, verified: bool | None, expected: bool | None) -> None:
    confirmed = Confirmed(prior_diploma=verified)

    assert is_met("prior_diploma", prior_diploma_needed=needed, prior_education=declared, confirmed=confirmed) is expected


@pytest.mark.parametrize("code", ["appraisal", "identity", "photo"])
@pytest.mark.parametrize(("answer", "expected"), [(None, False), (False, False), (True, True)])
def test_what_the_university_confirms_is_open_until_it_did(code: str, answer: bool | None, expected: bool) -> None:
    assert is_met(code, confirmed=Confirmed(**{code: answer})) is expected


@pytest.mark.parametrize("code", ["appraisal", "identity", "photo", "prior_diploma"])
def test_not_looked_at_and_looked_at_in_vain_are_different_words(code: str) -> None:
    nothing_declared = {"prior_education": ""}
    unseen = found(code, confirmed=Confirmed(), **nothing_declared)
    failed = found(code, confirmed=Confirmed(**{code: False}), **nothing_declared)

    assert unseen
    assert failed
    assert unseen.missing != failed.missing
    assert unseen.next_step
    assert failed.next_step


@pytest.mark.parametrize(
    ("theses", "expected"),
    [((), None), ((("14850", 1),), True), ((("14850", None),), True), ((("14850", 2),), False), ((("1", 1), ("2", 2)), False)],
)
def test_the_thesis_is_of_the_university_where_one_graduates(theses: Any, expected: bool | None) -> None:
    assert is_met("thesis_host", theses=theses) is expected


@pytest.mark.parametrize(
    ("held", "level", "expected"),
    [
        ({"exam": 3}, "专升本", None),
        ({"exam": 3, "transfer": 1}, "专升本", False),
        ({"exam": 3, "practical": 1, "transfer": 1}, "专升本", True),
        ({"exam": 3, "exemption": 9, "transfer": 1}, "专升本", False),
        ({"exam": 4, "transfer": 1}, "专科", False),
        ({"exam": 5, "transfer": 1}, "专科", True),
    ],
)
def test_who_brought_courses_has_passed_some_here(held: dict[str, int], level: str, expected: bool | None) -> None:
    assert is_met("local_minimum", held_sources=held, level=level) is expected


@pytest.mark.parametrize(
    ("transferred", "graduating", "expected"),
    [
        (None, dt.date(2026, 12, 30), None),
        (dt.date(2026, 6, 30), dt.date(2026, 12, 30), True),
        (dt.date(2026, 7, 1), dt.date(2026, 12, 30), False),
        (dt.date(2026, 8, 31), dt.date(2027, 2, 28), True),
    ],
)
def test_a_transfer_has_to_rest(transferred: dt.date | None, graduating: dt.date, expected: bool | None) -> None:
    assert is_met("transfer_age", last_transfer_on=transferred, graduating_on=graduating) is expected


def test_without_any_announced_window_applications_are_always_taken() -> None:
    assert is_met("window", windows=()) is True


@pytest.mark.parametrize(("offset", "expected"), [(-1, False), (0, True), (10, True), (11, False)])
def test_both_ends_of_a_window_belong_to_it(offset: int, expected: bool) -> None:
    span = (TODAY, TODAY + dt.timedelta(days=10))

    assert is_met("window", windows=(span,), applied_on=TODAY + dt.timedelta(days=offset)) is expected


def test_additional_courses_are_asked_about_only_while_undecided() -> None:
    assert is_met("additional_courses", additional_undecided=False) is None
    assert is_met("additional_courses", additional_undecided=True) is False


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("penalty", {"penalty": "停考至2027-01-01（考处1号）"}),
        ("graduated_before", {"has_diploma_of_major": True}),
        ("pending_case", {"has_pending_case": True}),
        ("plan_open", {"is_plan_open": False}),
    ],
)
def test_whatever_is_wanting_is_said_with_article_and_next_step(code: str, changes: dict[str, Any]) -> None:
    condition = found(code, **changes)

    assert condition
    assert not condition.satisfied
    assert condition.missing
    assert condition.source
    assert condition.next_step


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.integers(0, 60))
def test_months_later_never_skips_a_month(day: dt.date, months: int) -> None:
    later = months_later(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert later.day == day.day or (later + dt.timedelta(days=1)).day == 1

"""How dates and numbers are written."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from config import wording


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("2041826753", ["2041", "826", "753"]),
        ("010123204817", ["0101", "2320", "4817"]),
        ("241132048810627", ["2411", "3204", "8810", "627"]),
        ("123456789", ["123", "456", "789"]),
        ("1234", ["1234"]),
        ("", []),
    ],
)
def test_numbers_are_read_in_groups(number: str, groups: list[str]) -> None:
    assert wording.digit_groups(number) == groups


@given(st.text(alphabet="0123456789", max_size=40))
def test_grouping_neither_loses_nor_adds_a_digit(number: str) -> None:
    assert "".join(wording.digit_groups(number)) == number
    assert strip_tags(wording.grouped_number(number)) == number


def test_a_grouped_number_is_escaped_and_nothing_is_nothing() -> None:
    assert "<script>" not in wording.grouped_number("<script>")
    assert wording.grouped_number(None) == ""


def test_dates_have_no_idle_noughts() -> None:
    assert wording.written_date(date(2026, 1, 5)) == "2026年1月5日"
    assert wording.written_month_day(date(2026, 1, 5)) == "1月5日"
    assert wording.written_month(date(2026, 10, 1)) == "2026年10月"
    assert wording.written_weekday(date(2026, 11, 23)) == "星期一"
    assert wording.written_date(None) == ""


def test_a_moment_is_the_offices_clock_and_names_a_foreign_year() -> None:
    late_on_new_years_eve = datetime(2026, 12, 31, 16, 5, tzinfo=UTC)

    with time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC), tick=False):
        assert wording.written_moment(late_on_new_years_eve) == "1月1日0时05分"
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=False):
        assert wording.written_moment(late_on_new_years_eve) == "2027年1月1日0时05分"


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 11, 20), date(2026, 11, 27), "11月20日 – 11月27日"),
        (date(2026, 12, 20), date(2027, 1, 5), "2026年12月20日 – 2027年1月5日"),
        (None, date(2026, 11, 27), "至11月27日"),
        (date(2026, 11, 20), None, "11月20日起"),
        (None, None, ""),
    ],
)
def test_spans_name_the_first_and_the_last_day(first: date | None, last: date | None, text: str) -> None:
    assert wording.written_span(first, last) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("66.0"), "66"),
        (Decimal("4.50"), "4.5"),
        (Decimal("100"), "100"),
        (Decimal("0.0"), "0"),
        (Decimal("1E+2"), "100"),
        (70, "70"),
        (None, ""),
    ],
)
def test_marks_and_credits_drop_idle_decimals_only(value: Decimal | int | None, text: str) -> None:
    assert wording.plain_number(value) == text


def test_differences_carry_their_sign_and_a_true_minus() -> None:
    assert [wording.signed(value) for value in (Decimal("1.2"), Decimal("-0.8"), 0, None)] == ["+1.2", "\u22120.8", "0", ""]


def test_counts_shares_and_sizes() -> None:
    assert wording.thousands(47650) == "47,650"
    assert wording.percent(Decimal("0.6022")) == "60.2%"
    assert wording.percent(None) == "—"
    assert [wording.file_size(octets) for octets in (1, 412_000, 1_100_000, None)] == ["1 kB", "412 kB", "1.1 MB", ""]

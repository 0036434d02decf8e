"""Working days: the week, the arrangement of 2026, and what is counted in them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.models import DayException
from records.working_days.counting import (
    MOST,
    Calendar,
    add_working_days,
    is_working,
    working_days_between,
    years_without_entries,
)

DAYS = st.dates(dt.date(2025, 12, 1), dt.date(2027, 2, 1))
COUNTS = st.integers(0, 300)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("2026-11-23", True),  # a Monday
        ("2026-11-27", True),  # a Friday
        ("2026-11-28", False),  # a Saturday
        ("2026-11-29", False),  # a Sunday
        ("2025-12-31", True),
        ("2026-01-01", False),
        ("2026-01-02", False),  # a Friday
        ("2026-01-04", True),  # a Sunday, made up
        ("2026-02-13", True),
        ("2026-02-14", True),  # a Saturday, made up
        ("2026-02-15", False),
        ("2026-02-23", False),  # a Monday
        ("2026-02-24", True),
        ("2026-02-28", True),
        ("2026-04-06", False),
        ("2026-04-07", True),
        ("2026-05-05", False),
        ("2026-05-06", True),
        ("2026-05-09", True),
        ("2026-06-19", False),
        ("2026-06-22", True),
        ("2026-09-20", True),
        ("2026-09-25", False),
        ("2026-09-28", True),
        ("2026-09-30", True),
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),
        ("2026-10-11", False),
    ],
)
def test_offices_work_by_the_week_and_by_the_arrangement_of_the_year(text, works):
    assert is_working(day(text)) is works


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("2026-11-24", 0, "2026-11-24"),
        ("2026-11-24", 1, "2026-11-25"),
        ("2026-11-24", 7, "2026-12-03"),
        ("2026-11-28", 1, "2026-11-30"),  # from a Saturday
        ("2026-09-30", 1, "2026-10-08"),  # over the National Day
        ("2026-09-30", 3, "2026-10-10"),  # the made-up Saturday counts
        ("2026-02-12", 3, "2026-02-24"),  # over the Spring Festival
    ],
)
def test_a_deadline_is_counted_from_the_day_after(start, n, end):
    assert add_working_days(day(start), n) == day(end)
    assert working_days_between(day(start), day(end)) == n


@pytest.mark.django_db
@pytest.mark.parametrize("n", [-1, MOST + 1])
def test_a_deadline_that_nobody_means_is_refused(n):
    with pytest.raises(ValueError, match=str(n)):
        add_working_days(day("2026-11-24"), n)


@pytest.mark.django_db
def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="2026-11-23"):
        working_days_between(day("2026-11-24"), day("2026-11-23"))


@pytest.mark.django_db
@given(start=DAYS, n=COUNTS)
def test_what_is_added_is_counted_back(start, n):
    end = add_working_days(start, n)

    assert working_days_between(start, end) == n
    assert n == 0 or is_working(end)


@pytest.mark.django_db
@given(start=DAYS, length=st.integers(0, 400))
def test_what_is_counted_leads_to_the_last_working_day_of_the_period(start, length):
    end = start + dt.timedelta(days=length)
    reached = add_working_days(start, working_days_between(start, end))

    calendar = Calendar.of(reached, end)
    between = [reached + dt.timedelta(days=place) for place in range(1, (end - reached).days + 1)]
    assert reached <= end
    assert not any(map(calendar.is_working, between))


@pytest.mark.django_db
@given(start=DAYS, later=st.integers(0, 60), n=COUNTS, more=st.integers(0, 20))
def test_later_beginnings_and_longer_deadlines_never_end_earlier(start, later, n, more):
    after = start + dt.timedelta(days=later)

    assert add_working_days(start, n) <= add_working_days(after, n)
    assert add_working_days(start, n) < add_working_days(start, n + more) or more == 0
    assert working_days_between(start, after) <= later


@pytest.mark.django_db
def test_the_longest_deadline_is_reached_over_several_years():
    end = add_working_days(day("2026-01-01"), MOST)

    assert working_days_between(day("2026-01-01"), end) == MOST


@pytest.mark.django_db
def test_a_year_of_which_nothing_is_laid_down_is_named():
    assert years_without_entries(day("2026-12-24"), day("2026-12-31")) == []
    assert years_without_entries(day("2026-12-24"), day("2027-01-05")) == [2027]

    DayException.objects.create(day=day("2027-01-01"), is_working=False, name="元旦")

    assert years_without_entries(day("2026-12-24"), day("2027-01-05")) == []

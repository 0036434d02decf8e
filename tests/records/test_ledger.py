"""The credit ledger: what counts, since when, from where; idempotent, in step with its entries, told to the feed."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.candidates.numbers import has_valid_check_digit
from records.ledger import book, feed
from records.ledger.reading import credits_of
from records.models import Credit, CreditChange, CreditEntry
from tests.factories import CandidateFactory, CourseFactory
from tests.patience import until

APRIL, OCTOBER = dt.date(2025, 4, 30), dt.date(2025, 10, 31)


def entry(candidate, course, origin_id, *, source="exam", on=APRIL, mark: Decimal | int | None = 70, grade=""):
    points = Decimal(mark) if mark is not None else None
    return book.Entry(candidate.pk, course.pk, source, on, "test", str(origin_id), points, grade)


@pytest.fixture
def course(db):
    return CourseFactory()


def test_a_pass_becomes_a_credit_and_opens_the_record(candidate, course):
    posting = book.enter([entry(candidate, course, 1)])

    credit = Credit.objects.get()
    assert (credit.mark, credit.source, credit.on) == (Decimal(70), "exam", APRIL)
    assert posting == book.Posting(entries=1, touched=1, opened=1)
    candidate.refresh_from_db()
    assert candidate.record_opened_on == APRIL
    assert has_valid_check_digit(candidate.record_number)


def test_entering_twice_changes_nothing(candidate, course):
    book.enter([entry(candidate, course, 1)])
    before = candidate.__class__.objects.get(pk=candidate.pk).record_number

    assert book.enter([entry(candidate, course, 1)]) == book.Posting(0, 0, 0)

    assert CreditChange.objects.count() == 1
    assert candidate.__class__.objects.get(pk=candidate.pk).record_number == before


@pytest.mark.parametrize("source", ["exemption", "transfer"])
def test_exemptions_and_transfers_open_no_record(candidate, course, source):
    book.enter([entry(candidate, course, 1, source=source, mark=None)])

    candidate.refresh_from_db()
    assert candidate.record_number is None
    assert candidate.record_opened_on is None
    assert Credit.objects.count() == 1


def test_a_practical_opens_the_record(candidate, course):
    book.enter([entry(candidate, course, 1, source="practical", mark=None, grade="良好")])

    candidate.refresh_from_db()
    assert candidate.record_number


def test_a_number_taken_over_is_kept(candidate, course):
    candidate.record_number = "320100999"
    candidate.save()

    book.enter([entry(candidate, course, 1)])

    candidate.refresh_from_db()
    assert (candidate.record_number, candidate.record_opened_on) == ("320100999", APRIL)


def test_the_best_mark_counts_and_both_days_are_known(candidate, course):
    book.enter([entry(candidate, course, 1, mark=65)])
    book.enter([entry(candidate, course, 2, mark=80, on=OCTOBER)])

    credit = Credit.objects.get()
    assert (credit.mark, credit.on, credit.first_on, credit.latest_on) == (Decimal(80), OCTOBER, APRIL, OCTOBER)
    assert list(CreditChange.objects.order_by("pk").values_list("kind", flat=True)) == ["entered", "changed"]


def test_a_mark_beats_an_exemption(candidate, course):
    book.enter([entry(candidate, course, 1, source="exemption", mark=None), entry(candidate, course, 2, mark=60, on=OCTOBER)])

    assert Credit.objects.get().source == "exam"


def test_revoking_the_best_leaves_what_else_stands(candidate, course):
    book.enter([entry(candidate, course, 1, mark=65), entry(candidate, course, 2, mark=80, on=OCTOBER)])

    posting = book.revoke("test", ["2"], because="成绩取消")

    assert posting == book.Posting(1, 1)
    assert Credit.objects.get().mark == Decimal(65)
    assert CreditEntry.objects.get(origin_id="2").revoked_because == "成绩取消"


def test_revoking_all_takes_the_credit_but_not_the_number(candidate, course):
    book.enter([entry(candidate, course, 1)])
    candidate.refresh_from_db()
    number = candidate.record_number

    book.revoke("test", ["1"], because="作弊")

    candidate.refresh_from_db()
    assert candidate.record_number == number
    assert not Credit.objects.exists()
    assert CreditChange.objects.last().kind == "revoked"
    assert book.revoke("test", ["1"], because="再次") == book.Posting(0, 0)
    assert CreditEntry.objects.get().revoked_because == "作弊"


def test_a_set_is_entered_by_one_query(candidate, course):
    other = CourseFactory()
    select = """SELECT %s::bigint AS candidate_id, id AS course_id, 'exam' AS source, 61.5 AS mark, '' AS grade,
                       DATE '2025-04-30' AS "on", NULL::bigint AS university_id, '' AS document,
                       'set' AS origin, code AS origin_id
                  FROM records_course WHERE id = ANY(%s)"""

    posting = book.enter_selected(select, [candidate.pk, [course.pk, other.pk]])

    assert posting == book.Posting(2, 2, 1)
    assert set(Credit.objects.values_list("course_id", flat=True)) == {course.pk, other.pk}


def test_as_of_a_day_later_credits_are_left_out(candidate, course):
    book.enter([entry(candidate, course, 1, mark=65), entry(candidate, course, 2, mark=80, on=OCTOBER)])

    then = credits_of([candidate.pk], on=OCTOBER - dt.timedelta(days=1))[candidate.pk]
    now = credits_of([candidate.pk])[candidate.pk]

    assert [(held.mark, held.on, held.latest_on) for held in then] == [(Decimal(65), APRIL, APRIL)]
    assert [(held.mark, held.latest_on) for held in now] == [(Decimal(80), OCTOBER)]
    assert credits_of([candidate.pk], on=APRIL - dt.timedelta(days=1)) == {candidate.pk: []}


def test_as_of_today_both_readings_agree(candidate, course):
    book.enter([entry(candidate, course, 1, mark=65), entry(candidate, course, 2, source="practical", mark=None, grade="优秀")])

    assert credits_of([candidate.pk], on=OCTOBER) == credits_of([candidate.pk])


@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 5),
            st.sampled_from(["exam", "practical", "exemption", "transfer"]),
            st.one_of(st.none(), st.decimals(60, 100, places=1)),
            st.dates(dt.date(2020, 1, 1), dt.date(2026, 1, 1)),
            st.booleans(),
        ),
        max_size=12,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_history_the_credit_is_the_best_standing_entry(db, steps):
    candidate, course = CandidateFactory(), CourseFactory()
    standing: dict[int, tuple[Decimal | None, dt.date]] = {}
    seen: set[int] = set()
    for origin, source, mark, day, is_entered in steps:
        key = f"{candidate.pk}-{origin}"
        if is_entered:
            book.enter([entry(candidate, course, key, source=source, mark=mark, on=day)])
            if origin not in seen:
                standing[origin] = (mark, day)
            seen.add(origin)
        else:
            book.revoke("test", [key], because="x")
            standing.pop(origin, None)

    credit = Credit.objects.filter(candidate=candidate).first()
    if not standing:
        assert credit is None
    else:
        assert credit is not None
        assert credit.mark == max((m for m, _ in standing.values() if m is not None), default=None)
        assert credit.latest_on == max(day for _, day in standing.values())
        assert credit.first_on == min(day for _, day in standing.values())


def test_a_follower_sees_every_change_once_and_again_if_it_fails(candidate, course):
    book.enter([entry(candidate, course, 1)])
    with transaction.atomic():
        seen: list[int] = []

        def fail(changes):
            raise RuntimeError

        # inside this test's transaction nothing is final yet: the feed holds it back
        assert feed.follow("test", lambda changes: seen.extend(c.pk for c in changes)) == 0
    assert seen == []


@pytest.mark.django_db(transaction=True)
def test_the_feed_waits_for_a_transaction_that_commits_late():
    early, late = CandidateFactory(), CandidateFactory()
    course = CourseFactory()
    seen: list[int] = []
    entered, read = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            book.enter([entry(late, course, 2)])
            entered.set()
            read.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    entered.wait(10)
    book.enter([entry(early, course, 1)])
    feed.follow("test", lambda changes: seen.extend(c.candidate_id for c in changes))
    assert seen == []  # the slow one began before: nothing of or after it is final
    read.set()
    thread.join()

    with pytest.raises(RuntimeError):
        until(lambda: feed.follow("test", _fail))
    until(lambda: feed.follow("test", lambda changes: seen.extend(c.candidate_id for c in changes)))
    assert sorted(seen) == sorted([early.pk, late.pk])
    assert feed.follow("test", _fail) == 0


def _fail(changes):
    raise RuntimeError


@pytest.mark.django_db(transaction=True)
def test_two_who_enter_for_one_course_at_once_leave_the_better_mark():
    candidate, course = CandidateFactory(), CourseFactory()
    barrier = threading.Barrier(2)

    def enter(number, mark):
        barrier.wait()
        book.enter([entry(candidate, course, number, mark=mark)])
        connection.close()

    threads = [threading.Thread(target=enter, args=pair) for pair in ((1, 61), (2, 95))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Credit.objects.get(candidate=candidate).mark == Decimal(95)
    candidate.refresh_from_db()
    assert candidate.record_number

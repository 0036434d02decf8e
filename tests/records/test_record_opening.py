"""The record is opened by the first pass in an examination, once, for good, and its number tells nobody another."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection

from records.candidates.numbers import has_valid_check_digit
from records.ledger import book
from records.models import Candidate
from tests.factories import CandidateFactory, CourseFactory

APRIL, OCTOBER = dt.date(2025, 4, 30), dt.date(2025, 10, 31)


def entry(candidate: Candidate, origin_id: object, source: str = "exam", on: dt.date = APRIL) -> book.Entry:
    return book.Entry(candidate.pk, CourseFactory().pk, source, on, "test", str(origin_id), Decimal(70))


def number_of(candidate: Candidate) -> tuple[str | None, dt.date | None]:
    found = Candidate.objects.get(pk=candidate.pk)
    return found.record_number, found.record_opened_on


@pytest.mark.django_db
def test_after_exemption_and_transfer_the_first_examination_opens_it_on_its_day(candidate: Candidate) -> None:
    book.enter([entry(candidate, 1, "exemption"), entry(candidate, 2, "transfer")])
    assert number_of(candidate) == (None, None)

    book.enter([entry(candidate, 3, "practical", OCTOBER)])

    number, opened_on = number_of(candidate)
    assert has_valid_check_digit(number or "")
    assert opened_on == OCTOBER


@pytest.mark.django_db
def test_the_number_survives_revocation_and_is_nobody_elses_afterwards(candidate: Candidate) -> None:
    book.enter([entry(candidate, 1)])
    number, _opened_on = number_of(candidate)
    book.revoke("test", ["1"], because="违纪")
    assert number_of(candidate)[0] == number

    others = CandidateFactory.create_batch(30)
    book.enter([entry(other, f"o{other.pk}") for other in others])

    assert number not in {number_of(other)[0] for other in others}
    book.enter([entry(candidate, 2, on=OCTOBER)])
    assert number_of(candidate)[0] == number


@pytest.mark.django_db
def test_records_opened_together_have_numbers_far_apart() -> None:
    others = CandidateFactory.create_batch(30)

    book.enter([entry(other, other.pk) for other in others])

    numbers = sorted(int(number_of(other)[0] or 0) for other in others)
    assert len(set(numbers)) == 30
    assert min(b - a for a, b in pairwise(numbers)) > 20


@pytest.mark.django_db(transaction=True)
def test_two_sittings_published_at_once_open_one_record_with_one_number() -> None:
    candidate = CandidateFactory()
    entries = [entry(candidate, number) for number in (1, 2)]
    together = threading.Barrier(2)
    opened: list[int] = []

    def publish(one: book.Entry) -> None:
        together.wait()
        opened.append(book.enter([one]).opened)
        connection.close()

    threads = [threading.Thread(target=publish, args=[one]) for one in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(opened) == [0, 1]
    assert number_of(candidate)[0]

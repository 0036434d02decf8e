"""Issued numbers: digits with a check digit, never twice, not guessable from one another."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.candidates.numbers import (
    compose,
    has_valid_check_digit,
    record_number,
    registration_number,
    scatter,
    ticket_number,
    with_check_digit,
)

KEY = b"k" * 32
digits = st.text("0123456789", min_size=1, max_size=17)


@given(digits)
def test_a_number_with_its_check_digit_is_valid(number):
    assert has_valid_check_digit(with_check_digit(number))


@given(digits, st.data())
def test_every_single_wrong_digit_is_caught(number, data):
    whole = with_check_digit(number)
    place = data.draw(st.integers(0, len(whole) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != whole[place]]))

    assert not has_valid_check_digit(whole[:place] + wrong + whole[place + 1 :])


@pytest.mark.parametrize("number", ["", "7", "１２３４", "12a4", "²3"])
def test_what_is_no_number_is_not_valid(number):
    assert not has_valid_check_digit(number)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_scattering_is_one_to_one(size):
    assert sorted(scatter(serial, size, KEY) for serial in range(10**size)) == list(range(10**size))


@given(st.integers(0, 10**9 - 1))
def test_a_scattered_serial_stays_in_range(serial):
    assert 0 <= scatter(serial, 9, KEY) < 10**9


@pytest.mark.parametrize("serial", [-1, 1000])
def test_a_serial_out_of_range_is_refused(serial):
    with pytest.raises(ValueError, match="流水号"):
        scatter(serial, 3, KEY)


def test_neighbours_lie_far_apart_and_another_key_gives_other_numbers():
    numbers = [scatter(serial, 9, KEY) for serial in range(50)]

    assert min(abs(a - b) for a, b in pairwise(numbers)) > 1000
    assert numbers != [scatter(serial, 9, b"j" * 32) for serial in range(50)]


def test_the_three_kinds_have_their_formats():
    record = record_number(17, "{scattered:9}{check}")
    ticket = ticket_number(17, 2026, 2, "{year:02}{half}{serial:08}{check}")
    registration = registration_number(17, "9{scattered:9}{check}")

    assert (len(record), len(ticket), len(registration)) == (10, 12, 11)
    assert ticket.startswith("26200000017")
    assert registration.startswith("9")
    assert all(map(has_valid_check_digit, (record, ticket, registration)))


@pytest.mark.parametrize("pattern", ["{unknown}", "A{serial}", "{serial:01}", "{serial:02}-{check}"])
def test_a_format_that_cannot_be_read_is_refused(pattern):
    with pytest.raises(ValueError, match="编号格式"):
        compose(pattern, serial=12)

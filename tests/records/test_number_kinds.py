"""Every kind of number for every value it may have: sound ones are taken, a wrong digit is noticed, masks show little."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from records.candidates.numbers import compose, has_valid_check_digit
from records.people.identity import DocumentKind, check_document, mask, normalise
from records.settings.catalogue import DEFINITIONS

days = st.dates(dt.date(1900, 1, 1), dt.date(2026, 12, 31))
digits = "0123456789"
letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@st.composite
def checked(draw: st.DrawFn, regions: st.SearchStrategy[str]) -> tuple[str, dt.date]:
    """An 18-character number with its birth date: region, day, serial, check character."""
    born = draw(days)
    body = f"{draw(regions)}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return body + mod_11_2.calc_check_digit(body), born


resident = checked(st.integers(110000, 659999).map(str))
residence = checked(st.sampled_from(["810000", "820000", "830000"]))
foreign_2023 = checked(st.integers(900000, 999999).map(str))

SHAPED = {
    "hm_permit": st.from_regex(r"[HM][0-9]{8}([0-9]{2})?", fullmatch=True),
    "tw_permit": st.from_regex(r"[0-9]{8}", fullmatch=True),
    "foreign_pr": st.from_regex(r"[A-Z]{3}[0-9]{12}", fullmatch=True),
    "passport": st.from_regex(r"[A-Z]{1,2}[0-9]{7,8}", fullmatch=True),
    "military": st.from_regex(r"军字第[0-9]{6,8}号", fullmatch=True),
}
CHECKED = {"resident": resident, "hmt_residence": residence, "foreign_pr": foreign_2023}


def codes(kind: str, number: str, born: dt.date | None = None) -> list[str]:
    return [problem.code for problem in check_document(kind, number, birth_date=born, sex=None)]


def test_every_kind_of_document_is_among_these() -> None:
    assert set(SHAPED) | set(CHECKED) == set(DocumentKind.values)


@pytest.mark.parametrize("kind", CHECKED)
@given(data=st.data())
def test_a_sound_checked_number_is_taken_and_every_wrong_digit_noticed(kind: str, data: st.DataObject) -> None:
    number, born = data.draw(CHECKED[kind])
    assert codes(kind, number, born) == []

    place = data.draw(st.integers(0, 17))
    wrong = data.draw(st.sampled_from([sign for sign in digits + "X" * (place == 17) if sign != number[place]]))
    assert codes(kind, number[:place] + wrong + number[place + 1 :], born)


@pytest.mark.parametrize("kind", CHECKED)
@given(data=st.data())
def test_a_number_of_another_birthday_is_noticed(kind: str, data: st.DataObject) -> None:
    number, born = data.draw(CHECKED[kind])
    other = data.draw(days.filter(lambda day: day != born))

    assert codes(kind, number, other) == ["identity.birth-date-differs"]


@pytest.mark.parametrize("kind", SHAPED)
@given(data=st.data())
def test_a_number_of_its_shape_is_taken_and_one_too_short_is_not(kind: str, data: st.DataObject) -> None:
    number = data.draw(SHAPED[kind])

    assert codes(kind, number) == []
    assert codes(kind, number[:3])


@pytest.mark.parametrize("kind", DocumentKind.values)
@given(data=st.data())
def test_however_it_is_typed_it_is_stored_in_one_form(kind: str, data: st.DataObject) -> None:
    drawn = data.draw(SHAPED[kind] if kind in SHAPED else CHECKED[kind])
    number = drawn if isinstance(drawn, str) else drawn[0]
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in number)

    assert normalise(kind, f" {wide.lower()}\u3000") == normalise(kind, number) == number


@given(st.one_of(*SHAPED.values(), resident.map(lambda drawn: drawn[0]), st.text(digits + letters, max_size=30)))
def test_a_mask_hides_all_but_a_few_signs_and_keeps_the_length(number: str) -> None:
    masked = mask(number)

    assert len(masked) == len(number)
    assert sum(sign != "*" for sign in masked) <= min(7, max(0, len(number) - 2))
    if len(number) == 18:
        assert masked[6:14].strip("*") == ""  # the birth date


@pytest.mark.parametrize(
    ("number", "is_real"),
    [("2000-02-29", True), ("1996-02-29", True), ("1900-02-29", False), ("2001-02-29", False), ("2000-04-31", False)],
)
def test_leap_days_are_days_only_in_leap_years(number: str, is_real: bool) -> None:
    body = f"110105{number.replace('-', '')}002"

    assert (codes("resident", body + mod_11_2.calc_check_digit(body)) == []) is is_real


PATTERNS = {key: definition for key, definition in DEFINITIONS.items() if key.startswith("number.")}
VALUES = {"year": 26, "half": 2, "level": 5, "county": 1}


def numbered(pattern: str) -> Callable[[int], str]:
    values = {**VALUES, "year": 2026 if "{year:04}" in pattern else 26}
    return lambda serial: compose(pattern, serial=serial, **values)


SCATTERED = [d.default for d in PATTERNS.values() if "{scattered" in str(d.default)]
CHECK_DIGITS = [d.default for d in PATTERNS.values() if "{check}" in str(d.default)]


def test_record_registration_and_certificate_numbers_tell_no_serial() -> None:
    for key in ("number.record", "number.registration", "number.certificate"):
        assert PATTERNS[key].default in SCATTERED


@pytest.mark.parametrize("pattern", CHECK_DIGITS)
@given(data=st.data())
def test_an_issued_number_checks_and_one_wrong_digit_does_not(pattern: str, data: st.DataObject) -> None:
    number = numbered(pattern)(data.draw(st.integers(1, 99_999)))
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([sign for sign in digits if sign != number[place]]))

    assert has_valid_check_digit(number)
    assert not has_valid_check_digit(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("pattern", CHECK_DIGITS)
@given(serials=st.sets(st.integers(1, 99_999), min_size=2, max_size=40))
def test_two_serials_never_give_one_number(pattern: str, serials: set[int]) -> None:
    assert len(set(map(numbered(pattern), serials))) == len(serials)


@pytest.mark.parametrize("pattern", SCATTERED)
@given(serial=st.integers(1, 9_999_999))
def test_the_neighbour_of_a_serial_is_not_the_neighbouring_number(pattern: str, serial: int) -> None:
    of = numbered(pattern)

    assert abs(int(of(serial)) - int(of(serial + 1))) > 20  # a check digit alone would make them ten apart

"""Identity documents and phone numbers: FACTS §10 and the cases I of the domain."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.people.identity import (
    FEMALE,
    MALE,
    DocumentKind,
    check_document,
    check_phone,
    is_old_resident_number,
    mask,
    normalise,
    normalise_phone,
)

BORN_1949 = dt.date(1949, 12, 31)


def codes(kind: str, number: str, birth_date: dt.date | None = None, sex: str | None = None) -> list[str]:
    return [problem.code for problem in check_document(kind, number, birth_date=birth_date, sex=sex)]


def test_kinds_are_named_as_in_the_import_files() -> None:
    assert DocumentKind.labels == [
        "居民身份证",
        "港澳台居民居住证",
        "港澳居民来往内地通行证",
        "台湾居民来往大陆通行证",
        "外国人永久居留身份证",
        "护照",
        "军人证件",
    ]


def test_i01_a_sound_resident_number() -> None:
    assert codes("resident", "11010519491231002X", BORN_1949, FEMALE) == []


def test_i02_a_wrong_check_digit() -> None:
    assert codes("resident", "110105194912310021", BORN_1949, FEMALE) == ["identity.check-character"]


@pytest.mark.parametrize("number", ["810000199408230021", "830000199201300022"])
def test_i03_a_residence_permit_of_hong_kong_macao_and_taiwan(number: str) -> None:
    born = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))

    assert codes("hmt_residence", number, born, FEMALE) == []
    assert codes("hmt_residence", number, born, MALE) == ["identity.sex-differs"]
    assert codes("resident", number, born, FEMALE) == ["identity.other-kind"]


def test_i05_a_permanent_residence_card_is_not_a_citizens_number() -> None:
    number = "931840198001010017"

    assert codes("foreign_pr", number, dt.date(1980, 1, 1), MALE) == []
    assert codes("resident", number, dt.date(1980, 1, 1), MALE) == ["identity.other-kind"]
    assert codes("foreign_pr", "931840198001010018", dt.date(1980, 1, 1)) == ["identity.check-character"]
    assert codes("foreign_pr", number, dt.date(1980, 1, 2)) == ["identity.birth-date-differs"]


@pytest.mark.parametrize(
    ("number", "birth_date", "sex", "expected"),
    [
        ("440524188001010014", dt.date(1880, 1, 1), MALE, []),
        ("11010519491231002X", dt.date(1949, 12, 30), FEMALE, ["identity.birth-date-differs"]),
        ("11010519491231002X", BORN_1949, MALE, ["identity.sex-differs"]),
        ("11010519491231002X", None, None, []),
        ("11010519490230002X", None, None, ["identity.birth-date", "identity.check-character"]),
        ("11010519491231002", BORN_1949, FEMALE, ["identity.shape"]),
        ("11010519491231002XX", BORN_1949, FEMALE, ["identity.shape"]),
        ("11010519491231002x", BORN_1949, FEMALE, ["identity.shape"]),
        ("1101051949123100２X", BORN_1949, FEMALE, ["identity.shape"]),
        ("", BORN_1949, FEMALE, ["identity.shape"]),
        ("010105194912310026", BORN_1949, FEMALE, ["identity.region"]),
    ],
)
def test_resident_numbers_are_checked_in_full(number, birth_date, sex, expected) -> None:
    assert codes("resident", number, birth_date, sex) == expected


@pytest.mark.parametrize("region", ["310103", "310108", "310119", "310230"])
def test_a_district_since_merged_is_accepted(region: str) -> None:
    number = normalise("resident", f"{region}490101001")

    assert number.startswith(region)
    assert codes("resident", number, dt.date(1949, 1, 1), MALE) == []


@pytest.mark.parametrize(
    ("kind", "number", "is_accepted"),
    [
        ("hmt_residence", "110105194912310020", False),
        ("hmt_residence", "81000019940823002", False),
        ("hm_permit", "H12345678", True),
        ("hm_permit", "M1234567801", True),
        ("hm_permit", "H123456780", False),
        ("hm_permit", "A12345678", False),
        ("hm_permit", "H1234567", False),
        ("tw_permit", "12345678", True),
        ("tw_permit", "0123456789", True),
        ("tw_permit", "123456789", False),
        ("tw_permit", "1234567", False),
        ("foreign_pr", "USA310080010101", True),
        ("foreign_pr", "US1310080010101", False),
        ("foreign_pr", "USA31008001010", False),
        ("foreign_pr", "11010519491231002X", False),
        ("passport", "E12345678", True),
        ("passport", "E1234", True),
        ("passport", "E123", False),
        ("passport", "ABCDEF", False),
        ("passport", "E1234-678", False),
        ("military", "军字第1234567号", True),
        ("military", "士字第(2020)123号", True),
        ("military", "军字第", False),
        ("military", "123", False),
        ("military", "1" * 21, False),
        ("driving_licence", "123", False),
    ],
)
def test_every_kind_has_its_shape(kind: str, number: str, is_accepted: bool) -> None:
    assert (codes(kind, number) == []) is is_accepted


def test_messages_do_not_repeat_the_number() -> None:
    problems = check_document("resident", "110105194902300021", birth_date=BORN_1949, sex=MALE)

    assert len(problems) == 3
    assert not any("1949" in problem.message or "110105" in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("resident", " １１０１０５１９４９１２３１００２ｘ ", "11010519491231002X"),
        ("resident", "\u202d110105 19491231 002x\u202c", "11010519491231002X"),
        ("resident", "110105491231002", "11010519491231002X"),
        ("passport", "e12345678", "E12345678"),
        ("passport", "123456789012345", "123456789012345"),
        ("military", "士字第（2020）123号", "士字第(2020)123号"),
    ],
)
def test_numbers_are_stored_in_one_form(kind: str, typed: str, stored: str) -> None:
    assert normalise(kind, typed) == stored
    assert normalise(kind, stored) == stored


def test_only_old_resident_numbers_are_upgraded() -> None:
    assert is_old_resident_number("resident", "110105 491231002")
    assert not is_old_resident_number("resident", "11010519491231002X")
    assert not is_old_resident_number("passport", "110105491231002")


@given(st.dates(dt.date(1900, 1, 1), dt.date(1999, 12, 31)), st.integers(0, 999), st.integers(110000, 659999))
def test_an_upgraded_number_is_sound(born: dt.date, sequence: int, region: int) -> None:
    number = normalise("resident", f"{region}{born:%y%m%d}{sequence:03}")

    assert codes("resident", number, born, MALE if sequence % 2 else FEMALE) == []
    assert codes("resident", number, born, FEMALE if sequence % 2 else MALE) == ["identity.sex-differs"]


@given(st.integers(0, 17), st.data())
def test_every_single_wrong_digit_is_noticed(place: int, data: st.DataObject) -> None:
    number = "11010519491231002X"
    wrong = data.draw(st.sampled_from([sign for sign in "0123456789X" if sign != number[place]]))

    assert codes("resident", number[:place] + wrong + number[place + 1 :], BORN_1949, FEMALE)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("11010519491231002X", "110***********002X"),
        ("13812345678", "138****5678"),
        ("H12345678", "H******78"),
        ("12345", "1**45"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_masked_numbers_keep_little(number: str, masked: str) -> None:
    assert mask(number) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    ("number", "is_accepted"),
    [
        ("13812345678", True),
        ("19912345678", True),
        ("12812345678", False),
        ("1381234567", False),
        ("138123456789", False),
        ("02112345678", False),
        ("+85261234567", True),
        ("+8526123456", False),
        ("+85366123456", True),
        ("+886912345678", True),
        ("+14155550123", True),
        ("+8613812345678", False),
        ("+8612345", False),
        ("+0123456789", False),
        ("＋85261234567", False),
        ("", False),
    ],
)
def test_phone_numbers_here_and_abroad(number: str, is_accepted: bool) -> None:
    assert (check_phone(number) == []) is is_accepted


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("138 1234-5678", "13812345678"),
        ("＋８６１３８１２３４５６７８", "13812345678"),
        ("008613812345678", "13812345678"),
        ("00852-6123 4567", "+85261234567"),
        ("+8612345", "+8612345"),
    ],
)
def test_phone_numbers_are_stored_in_one_form(typed: str, stored: str) -> None:
    assert normalise_phone(typed) == stored
    assert normalise_phone(stored) == stored

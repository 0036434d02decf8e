"""The notation of replacement rows is read as written, or refused with the text that cannot be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.catalogue.notation import codes_named, passed_alternatives, replaced_options, waived_codes

CODES = st.from_regex(r"\A[0-9]{5}\Z")
CONJUNCTIONS = st.lists(CODES, min_size=1, max_size=6, unique=True).flatmap(
    lambda codes: st.lists(st.sampled_from("|+"), min_size=len(codes) - 1, max_size=len(codes) - 1).map(
        lambda marks: "".join(code + mark for code, mark in zip(codes, [*marks, ""], strict=True))
    )
)


@pytest.mark.parametrize(
    ("text", "alternatives"),
    [
        ("03708", ((("03708",),),)),
        ("03708;03709", ((("03708",),), (("03709",),))),
        ("00004|99022;03708", ((("00004", "99022"),), (("03708",),))),
        ("27015+00341", ((("27015",), ("00341",)),)),
        ("00004|99022+03708", ((("00004", "99022"), ("03708",)),)),
        (" 27015 + 00341 ; 03708", ((("27015",), ("00341",)), (("03708",),))),
    ],
)
def test_alternatives_are_read_in_their_order(text: str, alternatives: object) -> None:
    assert passed_alternatives(text) == alternatives


@pytest.mark.parametrize(
    "text", ["", ";", "03708;", "+03708", "03708||03709", "037 08", "03708；03709", "03708,03709", "a\nb", "课程", "03708+03708"]
)
def test_what_cannot_be_read_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ValueError, match="写法有误") as refusal:
        passed_alternatives(text)

    assert f"“{text}”" in str(refusal.value)


def test_the_same_code_may_stand_in_two_alternatives() -> None:
    assert codes_named("03708+03709;03708+15040") == ("03708", "03709", "15040")


@pytest.mark.parametrize(
    ("text", "options"),
    [("", ()), (" ", ()), ("13125+13415", (("13125", "13415"),)), ("13000;14970", (("13000",), ("14970",)))],
)
def test_replaced_courses_are_options_of_codes(text: str, options: object) -> None:
    assert replaced_options(text) == options


@pytest.mark.parametrize("text", ["13000|14970", "13000;14970|15040"])
def test_either_code_is_no_way_to_name_what_is_replaced(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape("“|”")):
        replaced_options(text)


def test_waived_courses_are_all_waived() -> None:
    assert waived_codes("13730") == ("13730",)
    assert waived_codes("13730+13676") == ("13730", "13676")
    assert waived_codes("") == ()
    with pytest.raises(ValueError, match="13730;13676"):
        waived_codes("13730;13676")


@given(st.lists(CONJUNCTIONS, min_size=1, max_size=5))
def test_what_was_read_can_be_written_again(parts: list[str]) -> None:
    text = ";".join(parts)

    read = passed_alternatives(text)

    assert ";".join("+".join("|".join(either) for either in alternative) for alternative in read) == text


@given(st.text(alphabet="03;+| a；", max_size=12))
def test_any_text_is_read_or_refused_with_the_text(text: str) -> None:
    if is_well_formed(text):
        assert passed_alternatives(text)
    else:
        with pytest.raises(ValueError, match=re.escape(f"“{text}”")):
            passed_alternatives(text)


def is_well_formed(text: str) -> bool:
    """The notation as one pattern, and no code twice in one alternative."""
    alternatives = [re.split("[+|]", alternative) for alternative in text.split(";")]
    codes = [[code.strip() for code in alternative] for alternative in alternatives]
    whole = all(re.fullmatch("[0-9a-z]+", code) for alternative in codes for code in alternative)
    return whole and all(len(set(alternative)) == len(alternative) for alternative in codes)

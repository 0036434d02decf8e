"""What the font has and has not, in the words of the person who entered the name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.certificates.glyphs import MissingGlyphs, missing, texts_in
from records.certificates.typesetting import typeset
from tests.records.papers import content

LACKING = "\U000323af"  # the last character of extension H: the font is older


@pytest.mark.parametrize(
    "name", ["㙍", "䶮", "𬭚", "𠮷", "阿卜杜拉·买买提", "鿍", "（张）", "〇", "ABC abc 123", "ú", "一\n二", "\u3000"]
)
def test_these_can_be_printed(name):
    assert missing([name]) == []


@pytest.mark.parametrize(
    "character", [LACKING, "😀", "\u0301", "\u200b", "\u200d", "\ufeff", "\ue000", "\x00", "\t", "\ud800", "\U0010ffff", "ش"]
)
def test_these_cannot(character):
    assert missing([f"林{character}桐"]) == [character]


def test_a_variant_is_named_together_with_its_selector():
    assert missing(["葛\U000e0101"]) == ["葛\U000e0101"]
    assert missing(["\ufe0f"]) == ["\ufe0f"]
    assert missing(["林\ufe0f\ufe0f"]) == ["林\ufe0f", "\ufe0f"]


def test_a_variant_that_the_font_has_is_no_fault():
    assert missing(["勇\ufe01", "龜\ufe00"]) == []


def test_each_is_named_once_in_the_order_of_appearance():
    assert missing([f"{LACKING}😀", f"林😀{LACKING}\u200b"]) == [LACKING, "😀", "\u200b"]


@given(st.text())
def test_any_text_is_judged_without_an_error(text):
    assert set("".join(missing([text]))) <= set(text)


def test_every_string_of_the_content_is_looked_at():
    nested = {"a": ["b", {"c": ("d", 1, None, True)}], "e": {"f": b"g", "h": 2.5}}

    assert sorted(texts_in(nested)) == ["a", "b", "c", "d", "e", "f", "h"]


@pytest.mark.parametrize("place", ["facts", "courses", "closing", "number"])
def test_wherever_it_stands_it_stops_the_issue(place):
    given_content = content()
    given_content[place] = {
        "facts": [[["姓名", LACKING]]],
        "courses": {"columns": [{"label": "课程"}], "rows": [[LACKING]]},
    }.get(place, LACKING)

    with pytest.raises(MissingGlyphs) as stopped:
        typeset("transcript", given_content)

    assert stopped.value.characters == (LACKING,)


def test_the_message_names_the_characters_and_what_to_do():
    told = str(MissingGlyphs([LACKING, "葛\U000e0101", "\u200b"]))

    assert "字库缺字" in told
    assert f"{LACKING}（U+323AF）" in told
    assert "（U+845B U+E0101）" in told
    assert "□（U+200B）" in told
    assert "未生成文件" in told
    assert "生僻字" in told

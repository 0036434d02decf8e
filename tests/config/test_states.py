"""The one table of tone and icon by state word."""

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.template import Context, Template

from config import states
from config.states import State

TODAY = date(2026, 11, 23)
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', (Path(settings.BASE_DIR) / "static/kaoji/icons.svg").read_text()))


def labels_of_states() -> list[tuple[str, str]]:
    """Every label that a column named state, status or outcome can show, with the column."""
    return [
        (f"{model._meta.label}.{field.name}", str(label))
        for model in apps.get_models()
        if model._meta.app_label in {"audit", "records", "scores", "exemptions", "transfers", "graduation"}
        for field in model._meta.fields
        if field.name in {"state", "status", "outcome"} and field.choices
        for _value, label in field.flatchoices
    ]


def test_every_state_of_the_house_has_its_tone_and_icon() -> None:
    labels = labels_of_states()

    assert len(labels) > 10
    assert [(column, label) for column, label in labels if not states.is_known(label)] == []


def test_no_word_stands_twice_and_every_icon_is_drawn() -> None:
    words = Counter(str(word) for word, _tone, _icon in states.TABLE)

    assert [word for word, times in words.items() if times > 1] == []
    assert {icon for _word, _tone, icon in states.TABLE} <= ICONS


def test_a_failed_mark_is_not_red_and_a_refusal_is() -> None:
    assert states.state_of("未通过") == State("未通过", states.AT_REST, "minus")
    assert states.state_of("不予批准") == State("不予批准", states.REFUSED, "cross")


def test_a_word_that_nobody_entered_is_shown_at_rest() -> None:
    assert states.state_of("闻所未闻") == State("闻所未闻", states.AT_REST, "minus")
    assert not states.is_known("闻所未闻")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-3, State("逾期3天", "late", "warn")),
        (-1, State("逾期1天", "late", "warn")),
        (0, State("今天截止", "you", "clock")),
        (1, State("还有1天", "you", "clock")),
        (states.SOON_DAYS, State("还有7天", "you", "clock")),
        (states.SOON_DAYS + 1, State("还有8天", "", "clock")),
    ],
)
def test_a_deadline_is_near_for_a_week_and_overdue_from_the_next_day(days: int, expected: State) -> None:
    assert states.deadline(TODAY + timedelta(days=days), TODAY) == expected


@pytest.mark.parametrize(
    ("opens_in", "closes_in", "word", "left"),
    [
        (8, 20, "未开始", "8天后开始"),
        (1, 20, "未开始", "1天后开始"),
        (0, 20, "开放中", "还有20天"),
        (-5, 8, "开放中", "还有8天"),
        (-5, 7, "临近截止", "还有7天"),
        (-5, 0, "临近截止", "今天截止"),
        (-5, -1, "已截止", ""),
    ],
)
def test_a_window_is_open_on_its_first_and_its_last_day(opens_in: int, closes_in: int, word: str, left: str) -> None:
    found, words = states.window(TODAY + timedelta(days=opens_in), TODAY + timedelta(days=closes_in), TODAY)

    assert (found.word, words) == (word, left)
    assert states.is_known(found.word)


def test_nothing_lacking_is_fulfilled() -> None:
    assert states.lacking(0) == State("已满足", "ok", "check")
    assert states.lacking(2) == State("还差2项", "you", "half")


def test_a_state_tag_has_word_tone_and_icon() -> None:
    html = Template('{% load look %}{% state "退回补正" %}').render(Context())

    assert html.startswith('<span class="kj-state kj-state--you"><svg class="kj-ico" aria-hidden="true">')
    assert "icons" in html
    assert html.endswith('#back"/></svg>退回补正</span>')


def test_a_state_tag_escapes_what_it_is_given() -> None:
    html = Template("{% load look %}{% state word %}").render(Context({"word": "<b>x</b>"}))

    assert "<b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


def test_no_state_is_no_tag() -> None:
    assert Template("{% load look %}{% state none %}{% due none %}").render(Context({"none": None})) == ""

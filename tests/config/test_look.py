"""Template tags, forms and the markup of all templates."""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
OURS = [path for path in TEMPLATES if path.parent.name in {"templates", "components", "forms", "widgets"}]


class Sample(forms.Form):
    name = forms.CharField(label="姓名", help_text="与证件一致")
    note = forms.CharField(label="说明", required=False)
    way = forms.ChoiceField(label="领取方式", choices=[("self", "自取"), ("mail", "邮寄")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="以上内容属实")
    token = forms.CharField(widget=forms.HiddenInput)


def render(source: str, **values: object) -> str:
    """A template with a request in its context."""
    request = values.pop("request", None) or RequestFactory().get("/")
    return Template("{% load look %}" + source).render(Context({"request": request, **values}))


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(settings.BASE_DIR)) for path in paths]


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_no_template_needs_more_than_the_strict_policy(path: Path) -> None:
    markup = path.read_text()

    assert not re.search(r"\sstyle\s*=", markup)
    assert not re.search(r"\son\w+\s*=\s*[\"']", markup)
    assert not re.search(r"<style\b|javascript:|\bdata:", markup)
    assert not re.search(r"<script(?![^>]*\bsrc=)", markup)
    assert not re.search(r"(?:src|href)=[\"']\s*(?:https?:)?//", markup)


@pytest.mark.parametrize("path", OURS, ids=names(OURS))
def test_every_chinese_word_of_the_components_can_be_translated(path: Path) -> None:
    markup = re.sub(r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}|\{[%{].*?[%}]\}", "", path.read_text(), flags=re.S)
    markup = markup.replace('<span class="kj-mark" aria-hidden="true">考籍</span>', "")  # the mark is a drawing of the name

    assert re.findall(r"[\u4e00-\u9fff]+", markup) == []


def test_a_field_names_its_hint_and_its_fault() -> None:
    html = str(Sample({}))

    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="form-control is-invalid"' in html
    assert '<p class="form-text" id="id_name_helptext">与证件一致</p>' in html
    assert re.search(r'id="id_name_error"><p[^>]*><svg.*?</svg><span>.+?</span>', html)


def test_nothing_is_red_before_a_form_was_sent() -> None:
    html = str(Sample())

    assert "is-invalid" not in html
    assert "aria-invalid" not in html
    assert "kj-note--no" not in html


def test_only_optional_fields_are_marked_and_boxes_are_not() -> None:
    html = str(Sample())

    assert html.count("（选填）") == 1
    assert re.search(r"说明<span[^>]*>（选填）", html)


def test_the_list_of_faults_links_each_to_its_field() -> None:
    html = render("{% error_summary form %}", form=Sample({}))

    assert re.findall(r'<a href="#([\w-]+)">', html) == ["id_name", "id_way_0", "id_agreed"]
    assert html.count("<li>") == 4  # the hidden field has no place to link to
    assert 'role="alert"' in html


def test_a_sound_form_has_no_list_of_faults() -> None:
    form = Sample({"name": "林疏桐", "way": "self", "agreed": "on", "token": "x"})

    assert form.is_valid()
    assert render("{% error_summary form %}", form=form).strip() == ""


def test_form_sets_report_every_form() -> None:
    pair = forms.formset_factory(Sample, extra=0)({"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2"})

    html = render("{% error_summary pair %}", pair=pair)

    assert re.findall(r'<a href="#([\w-]+name)">', html) == ["id_form-0-name", "id_form-1-name"]


def test_what_was_typed_is_shown_again_and_escaped() -> None:
    html = str(Sample({"name": '"><script>'}))

    assert "<script>" not in html
    assert "&quot;&gt;&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("query", "direction", "link"),
    [
        ("", "ascending", "sort=-received"),
        ("?sort=-received", "descending", "sort=received"),
        ("?sort=name", None, "sort=received"),
        ("?kind=a&after=9&sort=name", None, "kind=a&amp;sort=received"),
    ],
)
def test_a_column_sorts_both_ways_keeps_the_filters_and_starts_again(query: str, direction: str | None, link: str) -> None:
    html = render('{% column "收到" sort="received" %}', request=RequestFactory().get(f"/{query}"), default_sort="received")

    assert f'href="?{link}"' in html
    assert ("aria-sort" in html) == (direction is not None)
    if direction:
        assert f'aria-sort="{direction}"' in html


def test_a_sheet_is_named_by_its_title() -> None:
    html = render('{% sheet "材料" quiet="打开即记录" %}x{% endsheet %}')
    name = re.search(r'aria-labelledby="([\w-]+)"', html)

    assert name is not None
    assert f'<h2 id="{name[1]}">材料</h2>' in html


def test_a_block_tag_escapes_values_but_not_its_own_markup() -> None:
    html = render("{% note title %}<p>{{ title }}</p>{% endnote %}", title="<b>")

    assert html.count("&lt;b&gt;") == 2
    assert "<p>&lt;b&gt;</p>" in html


def test_a_page_that_the_house_does_not_have_is_not_linked() -> None:
    assert render('{% nav_link "no-such-page" "某页" %}').strip() == ""


@pytest.mark.parametrize(
    ("asks", "has_note", "is_required"), [("note", True, True), ("note-optional", True, False), ("confirm", False, False)]
)
def test_a_step_asks_for_what_it_needs(asks: str, has_note: bool, is_required: bool) -> None:
    action = {"name": "return", "label": "退回", "url": "/steps/return/", "asks": asks}
    html = render('{% include "components/_actions.html" %}', actions=[action])

    assert '<summary class="btn btn-outline-primary">退回…</summary>' in html
    assert ('name="note"' in html) == has_note
    assert (" required" in html) == is_required
    assert "确认退回" in html


def test_a_plain_step_is_sent_at_once_and_never_by_a_link() -> None:
    html = render('{% include "components/_actions.html" %}', actions=[{"name": "send", "label": "提交", "url": "/steps/send/"}])

    assert '<form method="post" action="/steps/send/">' in html
    assert "<a " not in html
    assert "<details" not in html

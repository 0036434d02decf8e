"""Tags and filters from which every page is built; docs/COMPONENTS.md lists them with the partials in templates/components/."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zlib import crc32

from django import template
from django.forms import BaseForm, BaseFormSet
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from config import drawing, states, wording
from config.states import State
from records.people.identity import mentions_a_number
from records.themes import theme_of

register = template.Library()

for name, write in (
    ("cn_date", wording.written_date),
    ("cn_month", wording.written_month),
    ("cn_month_day", wording.written_month_day),
    ("cn_moment", wording.written_moment),
    ("cn_weekday", wording.written_weekday),
    ("grouped_number", wording.grouped_number),
    ("masked_name", wording.masked_name),
    ("thousands", wording.thousands),
    ("plain_number", wording.plain_number),
    ("signed", wording.signed),
    ("percent", wording.percent),
    ("file_size", wording.file_size),
):
    register.filter(name, write)

register.simple_tag(wording.written_span, name="cn_span")


@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon of ``static/kaoji/icons.svg``; a word always stands beside it."""
    return format_html('<svg class="kj-ico" aria-hidden="true"><use href="{}#{}"/></svg>', static("kaoji/icons.svg"), name)


def _tag_of(state: State) -> SafeString:
    tone = f" kj-state--{state.tone}" if state.tone else ""
    return format_html('<span class="kj-state{}">{}{}</span>', tone, icon(state.icon), state.word)


@register.simple_tag
def state(label: object, tone: str = "", icon: str = "") -> SafeString:
    """A state tag: ``label`` is a ``State`` or a word of the table; ``tone`` and ``icon`` are for words with a count in them."""
    if label is None or label == "":
        return SafeString("")
    known = label if isinstance(label, State) else states.state_of(label)
    return _tag_of(State(known.word, tone or known.tone, icon or known.icon))


@register.simple_tag
def due(due_on: date | None, today: date | None = None) -> SafeString:
    """The state tag of a deadline: 逾期3天, 还有4天; nothing where there is none."""
    if due_on is None:
        return SafeString("")
    return _tag_of(states.deadline(due_on, today or timezone.localdate()))


@register.simple_tag
def lacking(count: int) -> SafeString:
    """The state tag of a plan: 还差2项, or 已满足."""
    return _tag_of(states.lacking(count))


@register.simple_tag
def window_state(opens_on: date, closes_on: date, today: date | None = None) -> SafeString:
    """The state tag of a period, its first and last day, and in words how long it still takes (inside ``kj-window``)."""
    found, left = states.window(opens_on, closes_on, today or timezone.localdate())
    span = wording.written_span(opens_on, closes_on)
    return format_html('{}<span class="kj-quiet">{}</span><span class="kj-left">{}</span>', _tag_of(found), span, left)


TREE_CLASS = {states.IN_FAVOUR: "met", states.YOUR_TURN: "lack"}


@register.filter
def tree_class(word: object) -> str:
    """The class of a requirement in the tree: met, lack or off."""
    return TREE_CLASS.get(states.state_of(word).tone, "off")


@register.filter
def state_icon(word: object) -> str:
    """The name of the icon that belongs to a state word."""
    return states.state_of(word).icon


@register.simple_tag(takes_context=True)
def theme_attribute(context: Context) -> SafeString:
    """``data-bs-theme`` as the reader chose it; without a choice the reader's system decides."""
    chosen = theme(context)
    return format_html(' data-bs-theme="{}"', chosen) if chosen else SafeString("")


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """``light``, ``dark`` or "" for the reader's system, from the cookie."""
    request = context.get("request")
    return theme_of(request) if request else ""


@register.simple_tag(takes_context=True)
def here(context: Context) -> str:
    """The page's own address, to come back to; without its query where that holds a number that stands in no address."""
    request = context.get("request")
    if request is None:
        return ""
    typed = [text for values in request.GET.lists() for text in values[1]]
    return request.path if any(mentions_a_number(text) for text in typed) else str(request.get_full_path())


@register.inclusion_tag("components/_nav_link.html", takes_context=True)
def nav_link(context: Context, url_name: str, label: str, css: str = "", icon: str = "") -> dict[str, Any]:
    """An entry of a navigation, left out where the house has no page of that name; on that page it is the current one."""
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request else None
    try:
        url = reverse(url_name)
    except NoReverseMatch:
        url = ""
    is_current = bool(match and match.view_name == url_name)
    return {"url": url, "label": label, "css": css, "icon": icon, "is_current": is_current}


@register.simple_block_tag
def heading(content: str, title: str, line: str = "", jump: str = "") -> str:
    """The title of a page: h1, one line of facts, and as content the state tags or tools at the right.

    ``jump`` is the id to which the link 您现在可以 leads on a phone.
    """
    return render_to_string(
        "components/_heading.html", {"title": title, "line": line, "jump": jump, "tools": SafeString(content.strip())}
    )


@register.simple_block_tag
def sheet(content: str, title: str = "", **options: Any) -> str:
    """A leaf of paper with its head; options are listed in docs/COMPONENTS.md."""
    options.setdefault("id", f"h-{crc32(str(title).encode()):x}")
    return render_to_string("components/_sheet.html", {"title": title, "content": SafeString(content), **options})


NOTE_ICONS = {"": "info", "you": "warn", "ok": "check", "no": "cross"}


@register.simple_block_tag
def note(content: str, title: str = "", tone: str = "", icon: str = "", css: str = "") -> str:
    """One thing to know before reading on; ``tone`` is "", you, ok or no."""
    values = {"title": title, "tone": tone, "icon": icon or NOTE_ICONS[tone], "css": css, "content": SafeString(content)}
    return render_to_string("components/_note.html", values)


@register.simple_block_tag
def scroll(content: str, label: str) -> SafeString:
    """The named region in which a wide table scrolls, also by keyboard."""
    opening = '<div class="kj-scroll" tabindex="0" role="region" aria-label="{}">{}</div>'
    return format_html(opening, label, SafeString(content))


PAGE_KEYS = ("after", "before", "page")
"""The parameters of pagination by key; a new order starts at its first page."""


@register.inclusion_tag("components/_column.html", takes_context=True)
def column(context: Context, label: str, sort: str = "", is_number: bool = False) -> dict[str, Any]:
    """A column head; with ``sort`` a link that sorts by that key (``?sort=key``, then ``?sort=-key``) and keeps the filters.

    The context may say ``default_sort`` for the order without ``?sort=``.
    """
    request: HttpRequest = context["request"]
    current = str(request.GET.get("sort") or context.get("default_sort", ""))
    direction = ("ascending" if current == sort else "descending" if current == f"-{sort}" else "") if sort else ""
    query = request.GET.copy()
    query["sort"] = f"-{sort}" if direction == "ascending" else sort
    for key in PAGE_KEYS:
        query.pop(key, None)
    return {"label": label, "is_number": is_number, "direction": direction, "link": query.urlencode() if sort else ""}


@register.inclusion_tag("components/_ring.html")
def ring(parts: Iterable[tuple[Decimal, Decimal]], earned: Decimal, needed: Decimal) -> dict[str, Any]:
    """The ring of credits: ``parts`` are pairs of earned and needed credits, one for each requirement."""
    return {"ring": drawing.ring_of(parts), "earned": wording.plain_number(earned), "needed": wording.plain_number(needed)}


@register.inclusion_tag("components/_meter.html")
def meter(value: Decimal | float, maximum: Decimal | float = 100, label: str = "") -> dict[str, Any]:
    """A bar of ``value`` in ``maximum``; without ``label`` the words beside it say the same."""
    width = min(max(float(value), 0.0), float(maximum))
    return {"width": drawing.number(width), "maximum": drawing.number(maximum or 1), "label": label}


@register.inclusion_tag("components/_errors.html")
def error_summary(*forms: BaseForm | BaseFormSet[Any]) -> dict[str, Any]:
    """The list of everything that is wrong in ``forms`` (form sets too), each fault linked to its field."""
    return {"faults": [fault for form in forms if form for fault in _faults(form)]}


def _faults(form: BaseForm | BaseFormSet[Any]) -> Iterator[tuple[str, str, str]]:
    """Each fault as anchor ("" for none), label ("" for none) and message."""
    if isinstance(form, BaseFormSet):
        yield from (("", "", str(message)) for message in form.non_form_errors())
        for each in form:
            yield from _faults(each)
        return
    yield from (("", "", str(message)) for message in form.non_field_errors())
    for field in form:
        label, anchor = ("", "") if field.is_hidden else (str(field.label), getattr(field, "anchor", field.id_for_label))
        yield from ((anchor, label, str(message)) for message in field.errors)


@register.filter
def lines(values: Sequence[object]) -> SafeString:
    """Several short texts one under the other."""
    return SafeString("<br>".join(conditional_escape(str(value)) for value in values))

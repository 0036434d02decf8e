"""What the pages of a keyed sheet show: never what the other person has keyed in a round that is not over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from records.candidates.models import Ticket
from records.people.models import User
from scores.entry.keyed import FIRST, SECOND, missing_rows, values_of
from scores.entry.keyed_values import Keyed
from scores.entry.reading import DEFERRED
from scores.models import KeyedLine, KeyedSheet, Mark

ON_A_PAGE = 200
DIFFERENCES_SHOWN = 200


@dataclass(frozen=True)
class Row:
    """A line to be keyed: the own text of this round, what is wrong with it, both texts of the round before."""

    row: int
    ticket: str
    name: str
    keyed: Keyed
    wrong: str = ""
    first: Keyed | None = None
    second: Keyed | None = None


def page_of(sheet: KeyedSheet, after: int) -> tuple[list[KeyedLine], bool]:
    """The lines of this round behind a row, as many as a page takes, and whether there are more."""
    lines = list(sheet.lines.filter(round=sheet.round, row__gt=after)[: ON_A_PAGE + 1])
    return lines[:ON_A_PAGE], len(lines) > ON_A_PAGE


def rows_of(
    sheet: KeyedSheet, lines: Iterable[KeyedLine], turn: int, typed: Mapping[int, Keyed], wrong: Mapping[int, str]
) -> list[Row]:
    """The lines with the person's own values, those just typed before those kept."""
    lines = list(lines)
    names = _names(lines)
    own = {**values_of(sheet, turn, sheet.round), **typed}
    first, second = (values_of(sheet, each, sheet.round - 1) for each in (FIRST, SECOND))
    return [
        Row(
            line.row,
            line.ticket,
            names.get(line.ticket, ""),
            own.get(line.row, Keyed()),
            wrong.get(line.row, ""),
            first.get(line.row),
            second.get(line.row),
        )
        for line in lines
    ]


def differences(sheet: KeyedSheet) -> list[Row]:
    """The lines in which the two differed in the round that is over, side by side; none before one is."""
    if sheet.round == 1 or not sheet.is_open:
        return []
    lines = list(sheet.lines.filter(round=sheet.round)[:DIFFERENCES_SHOWN])
    return rows_of(sheet, lines, 0, {}, {})


def people_of(sheet: KeyedSheet) -> list[dict[str, Any]]:
    """Who keys, and how many lines of the round are still to be keyed."""
    found = []
    for title, turn, person in ((_("第一录入人"), FIRST, sheet.first), (_("第二录入人"), SECOND, sheet.second)):
        found.append({"title": title, "person": person, "line": _progress(sheet, turn) if person else _("还没有人")})
    return found


def _progress(sheet: KeyedSheet, turn: int) -> str:
    if not sheet.is_open:
        return ""
    if sheet.done_at(turn):
        return _("这一轮已录完")
    return _("还有%(count)d人没有录") % {"count": len(missing_rows(sheet, turn))}


def actions_of(sheet: KeyedSheet, user: User) -> list[dict[str, Any]]:
    """The buttons of the sheet's page, the main one first."""
    if not sheet.is_open:
        return []
    turn = sheet.turn_of(user)
    actions = []
    if turn and not sheet.done_at(turn):
        actions.append({"name": "key", "label": _("录入成绩"), "url": _url(sheet, "key"), "is_link": True, "tone": "primary"})
        then = _("每一行都录了才能录完。两人都录完后比对，录完以后这一轮不能再改。")
        actions.append(
            {"name": "finish", "label": _("录完，提交比对"), "url": _url(sheet, "finish"), "asks": "confirm", "then": then}
        )
    elif not turn and not (sheet.first_id and sheet.second_id):
        then = _("您对着成绩单独立录入，看不到另一人录的内容。")
        actions.append({"name": "begin", "label": _("由我录入"), "url": _url(sheet, "begin"), "tone": "primary", "then": then})
    give_up = {
        "name": "give-up",
        "label": _("作废录入表"),
        "url": _url(sheet, "give-up"),
        "asks": "note",
        "tone": "outline-danger",
    }
    return [*actions, {**give_up, "then": _("什么都没有入库。录过的内容仍然留存。")}]


def barred_of(sheet: KeyedSheet, user: User) -> list[str]:
    """Why there is nothing to key for this person now."""
    if not sheet.is_open:
        return []
    turn = sheet.turn_of(user)
    if turn and sheet.done_at(turn):
        return [_("您这一轮已经录完，正等另一人。")]
    return [] if turn or not (sheet.first_id and sheet.second_id) else [_("这张录入表由另外两个人录入。")]


def flags() -> list[tuple[str, str]]:
    """The choices of the flag field; empty is 正常."""
    return [("", "正常"), *((flag.value, flag.value) for flag in Mark.Flag if flag != Mark.Flag.NORMAL), (DEFERRED, DEFERRED)]


def _names(lines: list[KeyedLine]) -> dict[str, str]:
    found = Ticket.objects.filter(number__in=[line.ticket for line in lines])
    return dict(found.values_list("number", "candidate__name"))


def _url(sheet: KeyedSheet, name: str) -> str:
    return reverse(f"keying:{name}", args=[sheet.pk])

"""The calendar of one candidate: windows and result days from today on, and which of them concern him or her."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config import states
from config.record import Record
from config.space_cards import Standing
from config.space_windows import Way, concerns, what_to_do
from config.wording import written_month, written_month_day, written_span
from records.notices.models import Window
from scores.models import Publication
from scores.sittings.own import Coming

FARTHEST = dt.timedelta(days=400)
MOST = 100


@dataclass(frozen=True)
class Day:
    """One entry: what it is, its first day, when in words, its state, whether it concerns the candidate, and the way to it."""

    title: str
    starts_on: dt.date
    when: str
    state: states.State
    is_mine: bool
    way: Way
    note: str = ""


def coming_days(
    record: Record, standing: Standing | None, open_kinds: frozenset[str], coming: Iterable[Coming] = ()
) -> list[Day]:
    """Windows that are not over, one's own examinations and announced results to come: what is open first, then by first day."""
    today = timezone.localdate()
    windows = Window.objects.not_over(today).filter(opens_on__lte=today + FARTHEST)[:MOST]
    days = [_of_window(window, record, standing, open_kinds, today) for window in windows]
    return sorted(
        [*days, *(_of_sitting(each, today) for each in coming if each.days[1] >= today), *_results(record)], key=_first_day
    )


def by_month(days: list[Day]) -> list[dict[str, Any]]:
    """The days by the month in which each begins; what has begun before this month stands in this one."""
    months = groupby(days, key=_month_of)
    return [{"title": written_month(month), "days": list(group)} for month, group in months]


def _month_of(day: Day) -> dt.date:
    return max(day.starts_on, timezone.localdate()).replace(day=1)


def _first_day(day: Day) -> dt.date:
    return day.starts_on


def _of_window(window: Window, record: Record, standing: Standing | None, open_kinds: frozenset[str], today: dt.date) -> Day:
    state, left = states.window(window.opens_on, window.closes_on, today)
    is_mine = concerns(window, record, standing, open_kinds)
    return Day(
        title=window.title,
        starts_on=window.opens_on,
        when=written_span(window.opens_on, window.closes_on),
        state=states.State(left, state.tone, state.icon),
        is_mine=is_mine,
        way=what_to_do(window, record, standing) if is_mine and window.opens_on <= today else Way(),
        note=window.note,
    )


def _of_sitting(coming: Coming, today: dt.date) -> Day:
    """The days of an examination for which the candidate is registered."""
    first, last = coming.days
    state, until = states.window(first, last, today)
    return Day(
        title=_("%(sitting)s考试") % {"sitting": coming.sitting},
        starts_on=first,
        when=written_month_day(first) if first == last else written_span(first, last),
        state=states.State(until if today < first else _("考试期间"), state.tone, state.icon),
        is_mine=True,
        way=Way(url=reverse("sittings:own"), action=_("看考试安排")),
    )


def _results(record: Record) -> list[Day]:
    """The results of a sitting that are announced for a minute to come: when, and nothing of what they are."""
    announced = Publication.objects.announced().select_related("sitting")
    return [
        Day(
            title=_("%(publication)s成绩公布") % {"publication": each},
            starts_on=timezone.localdate(each.announced_at),
            when=_("%(moment)s起可查") % {"moment": _moment(each.announced_at)},
            state=states.state_of(_("未开始")),
            is_mine=True,
            way=Way(_("公布后在这里和“查询成绩”都能看到。"), reverse("space-kind", args=["marks"]), _("看成绩")),
        )
        for each in announced
        if each.announced_at is not None
    ]


def _moment(at: dt.datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"

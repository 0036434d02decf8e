"""Unusual reading in words: what was found, how it compares with what is usual, how far its review is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from config.trail.verbs import verb_in_words
from config.wording import written_date, written_moment, written_weekday
from records.access.models import UnusualReading
from records.candidates.models import Candidate
from records.offices.models import Office
from records.people.models import User

Pattern = UnusualReading.Pattern
SUMMARY_DAYS = 30
PURPOSES_NAMED = 3

TITLES = [
    gettext_lazy("日期"),
    gettext_lazy("机构"),
    gettext_lazy("人员"),
    gettext_lazy("情形"),
    gettext_lazy("发现"),
    gettext_lazy("已知用途"),
    gettext_lazy("复核人"),
    gettext_lazy("复核时间"),
    gettext_lazy("复核意见"),
]

FOUND = {
    Pattern.VOLUME: gettext_lazy("查阅%(records)s份考籍（%(reads)s次），平常不超过%(limit)s份"),
    Pattern.HOURS: gettext_lazy("%(first)s至%(last)s查阅%(reads)s次，涉及%(records)s份考籍"),
    Pattern.OUTSIDE: gettext_lazy("%(records)s份考籍没有本人经办的事项（%(reads)s次），平常不超过%(limit)s份"),
    Pattern.REPEATED: gettext_lazy("%(terms)s个内容共查找%(searches)s次，%(limit)s次起列出"),
}
AT_ONE_MINUTE = gettext_lazy("%(first)s查阅%(reads)s次，涉及%(records)s份考籍")


@dataclass(frozen=True)
class Row:
    """A line as pages show it: ``state`` is the review in one word, ``barred`` why this person may not review it now."""

    reading: UnusualReading
    what: str
    purposes: str
    state: Any
    may_review: bool
    barred: str


def row_of(reading: UnusualReading, user: User) -> Row:
    """The line for this person."""
    barred = _why_not(reading, user)
    state = _("已复核") if reading.reviewed_at else _("进行中") if reading.day >= timezone.localdate() else _("待复核")
    return Row(reading, found_in_words(reading), _briefly(reading), state, not reading.reviewed_at and not barred, barred)


def _why_not(reading: UnusualReading, user: User) -> str:
    if reading.reviewed_at:
        return ""
    if reading.person_id == user.pk:
        return _("这是您本人的查阅，须由另一位负责人复核；本机构没有的，由市自考办负责人复核。")
    if reading.day >= timezone.localdate():
        return _("当天还没有过完，从第二天起可以复核。")
    return ""


def found_in_words(reading: UnusualReading) -> str:
    """查阅230份考籍（251次），平常不超过200份."""
    figures = reading.figures
    sentence = AT_ONE_MINUTE if "first" in figures and figures["first"] == figures["last"] else FOUND[Pattern(reading.pattern)]
    told: str = str(sentence) % figures
    return told


def _briefly(reading: UnusualReading) -> str:
    named = [f"{purpose}×{times}" for purpose, times in purposes_of(reading)[:PURPOSES_NAMED]]
    more = len(reading.purposes) - len(named)
    return "、".join(named) + (_("等%(count)s种") % {"count": len(reading.purposes)} if more > 0 else "")


def purposes_of(reading: UnusualReading) -> list[tuple[str, int]]:
    """What was given as purpose and how often, the most frequent first; what is not named one by one comes last."""
    named = sorted(((text, times) for text, times in reading.purposes.items() if text), key=_most_frequent)
    rest = reading.purposes.get("")
    return [*named, (_("其余用途"), rest)] if rest else named


def _most_frequent(said: tuple[str, int]) -> tuple[int, str]:
    return -said[1], said[0]


def facts_of(reading: UnusualReading) -> list[tuple[Any, ...]]:
    """Label and value; a true third value is a full line."""
    facts: list[tuple[Any, ...]] = [
        (_("人员"), str(reading.person)),
        (_("机构"), reading.office.title),
        (_("日期"), f"{written_date(reading.day)}，{written_weekday(reading.day)}"),
        (_("情形"), reading.get_pattern_display()),
    ]
    if reading.reviewed_at:
        facts.append((_("复核"), f"{reading.reviewed_by}，{written_moment(reading.reviewed_at)}"))
        facts.append((_("复核意见"), reading.note, True))
    return facts


def read_of(event: Event, candidate: Candidate | None, *, with_link: bool) -> dict[str, Any]:
    """A read behind a line; ``url`` leads to what the trail holds of that record on that day."""
    day = timezone.localdate(event.at).isoformat()
    number = candidate.registration_number if candidate else ""
    query = urlencode({"record": number, "first": day, "last": day})
    return {
        "at": event.at,
        "what": verb_in_words(event),
        "name": candidate.name if candidate else "",
        "url": f"{reverse('trail:list')}?{query}" if candidate and with_link else "",
        "purpose": event.note,
        "found": event.details.get("shown", event.details.get("rows")),
    }


def cells_of(reading: UnusualReading) -> list[str]:
    """A row of the table to take along."""
    reviewed = f"{timezone.localtime(reading.reviewed_at):%Y-%m-%d %H:%M}" if reading.reviewed_at else ""
    purposes = "；".join(f"{purpose}×{times}" for purpose, times in purposes_of(reading))
    return [
        reading.day.isoformat(),
        str(reading.office),
        str(reading.person),
        reading.get_pattern_display(),
        found_in_words(reading),
        purposes,
        str(reading.reviewed_by or ""),
        reviewed,
        reading.note,
    ]


def summary_of(user: User) -> list[dict[str, Any]]:
    """For the head of the city: of every other office how much there was lately and how much waits, counts only."""
    if not user.reach.municipal:
        return []
    since = timezone.localdate() - dt.timedelta(days=SUMMARY_DAYS)
    waiting = Q(reviewed_at__isnull=True, day__lt=timezone.localdate())
    rows = (
        UnusualReading.objects.filter(Q(day__gte=since) | waiting)
        .exclude(office__in=user.reach.office_ids)
        .values("office")
        .annotate(
            lines=Count("pk", filter=Q(day__gte=since)),
            people=Count("person", distinct=True, filter=Q(day__gte=since)),
            waiting=Count("pk", filter=waiting),
            oldest=Min("day", filter=waiting),
        )
        .order_by("-waiting", "office__code")
    )
    offices = Office.objects.in_bulk([row["office"] for row in rows])
    return [{**row, "office": offices[row["office"]]} for row in rows]

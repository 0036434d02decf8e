"""Who looked at a record: the trail's reads as the candidate may see them, by office and duty, never by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event, EventQuerySet
from config.roles import ROLES
from records.candidates.models import Candidate
from records.offices.models import Office
from records.people.models import User

VERBS = {
    "record": gettext_lazy("打开考籍"),
    "document": gettext_lazy("查看材料"),
    "paper-file": gettext_lazy("查看纸质档案目录"),
    "list": gettext_lazy("导出名单"),
}


@dataclass(frozen=True)
class Look:
    """One read: what was done, by which offices in which duties, for what."""

    event: Event
    what: Any
    who: str
    purpose: str


def reads_of(candidate: Candidate) -> EventQuerySet:
    """Reads of this record by others than the candidate, the latest first."""
    own = Q(actor__in=User.objects.filter(candidate=candidate).values("pk"))
    return (
        Event.objects.filter(kind=Event.Kind.READ, outcome=Event.Outcome.DONE, candidate_id=candidate.pk)
        .exclude(own)
        .order_by("-pk")
    )


def looks_at(candidate: Candidate, *, most: int, before: int | None = None) -> list[Look]:
    """The latest reads, at most so many; with ``before`` those older than that event."""
    found = reads_of(candidate)
    if before is not None:
        found = found.filter(pk__lt=before)
    events = list(found[:most])
    offices = _offices_of(events)
    return [Look(event, VERBS.get(event.verb, _("查阅")), _in_words(event.capacity, offices), event.note) for event in events]


def _parts(capacity: str) -> tuple[list[str], list[str]]:
    """The codes of offices and duties in ``office:10319+0000 U4,U7``."""
    place, _blank, duties = capacity.partition(" ")
    return place.removeprefix("office:").split("+"), [code for code in duties.split(",") if code]


def _offices_of(events: Iterable[Event]) -> dict[str, str]:
    codes = {code for event in events for code in _parts(event.capacity)[0]}
    return {office.code: str(office.title) for office in Office.objects.filter(code__in=codes)}


def _in_words(capacity: str, offices: dict[str, str]) -> str:
    codes, duties = _parts(capacity)
    names = [offices[code] for code in codes if code in offices] or [_("系统")]
    titles = [str(ROLES[code].title) for code in duties if code in ROLES]
    return "、".join(names) + (_("（%(duties)s）") % {"duties": "、".join(titles)} if titles else "")

"""Who looked at a record: the trail's reads in words, for the candidate by office and duty, for auditors by name as well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event, EventQuerySet
from config.roles import ROLES
from records.access.leaves import end_in_words
from records.access.models import AccessRequest
from records.candidates.models import Candidate
from records.offices.models import Office
from records.people.models import User
from records.settings.values import Known

SHOW_NAMES = "reads.show_names"
CHUNK = 500

VERBS = {
    "record": gettext_lazy("打开考籍"),
    "case": gettext_lazy("查看申请案卷"),
    "document": gettext_lazy("查看材料"),
    "audit": gettext_lazy("查看毕业审核结果"),
    "paper-file": gettext_lazy("查看纸质档案目录"),
    "counter": gettext_lazy("柜台办理时查看"),
    "registering": gettext_lazy("登记考生时查看"),
    "duplicate": gettext_lazy("比对疑似重复"),
    "print": gettext_lazy("打印更改表"),
    "photo": gettext_lazy("采集、审核照片"),
    "ticket": gettext_lazy("打印准考证"),
    "certificate": gettext_lazy("办理证明"),
    "message-again": gettext_lazy("重新发送消息"),
    "trail": gettext_lazy("查询这份考籍的留痕"),
    "trail-event": gettext_lazy("查看这份考籍的一条留痕"),
}


@dataclass(frozen=True)
class Look:
    """One read: what was done, by which office in which duties, for what; on which leave it was and until when that held.

    ``name`` is empty where the office does not let candidates know it; ``until`` is in words.
    """

    event: Event
    what: Any
    office: str
    duties: str
    name: str
    purpose: str
    leave: str = ""
    until: str = ""
    is_urgent: bool = False

    @property
    def who(self) -> str:
        """南京师范大学自考办（免考初审）, with the name in front where it may be known."""
        place = self.office + (_("（%(duties)s）") % {"duties": self.duties} if self.duties else "")
        return _("%(name)s，%(place)s") % {"name": self.name, "place": place} if self.name else place


def reads_of(candidate: Candidate, *, year: int | None = None) -> EventQuerySet:
    """Reads of this record, and of those merged into it, by others than the candidate, the latest first; of one year by the
    office's clock, or of all.
    """
    own = Q(actor__in=User.objects.filter(candidate=candidate).values("pk"))
    records = [candidate.pk, *candidate.merged.values_list("pk", flat=True)]
    reads = Event.objects.filter(kind=Event.Kind.READ, outcome=Event.Outcome.DONE, candidate_id__in=records).exclude(own)
    if year is not None:
        reads = reads.filter(at__gte=_new_year(year), at__lt=_new_year(year + 1))
    return reads.order_by("-pk")


def _new_year(year: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(dt.date(year, 1, 1), dt.time()))


def years_of(candidate: Candidate) -> list[int]:
    """The years in which somebody looked, the latest first."""
    return [moment.year for moment in reads_of(candidate).order_by().datetimes("at", "year", order="DESC")]


def looks_at(
    candidate: Candidate, *, most: int, before: int | None = None, year: int | None = None, with_names: bool = False
) -> list[Look]:
    """The latest reads, at most so many; with ``before`` those older than that event.

    Names are told where the office's setting of the day lets candidates know them, ``with_names`` always.
    """
    found = reads_of(candidate, year=year).select_related("actor")
    if before is not None:
        found = found.filter(pk__lt=before)
    return _in_words(list(found[:most]), with_names)


def all_looks_at(candidate: Candidate, *, year: int | None = None) -> Iterator[Look]:
    """Every read as the candidate may know it, the latest first, read piece by piece."""
    before = None
    while looks := looks_at(candidate, most=CHUNK, before=before, year=year):
        yield from looks
        before = looks[-1].event.pk


def _in_words(events: list[Event], with_names: bool) -> list[Look]:
    if not events:
        return []
    known = Known([SHOW_NAMES])
    offices = _offices_of(events)
    leaves = AccessRequest.objects.in_bulk({event.leave_id for event in events if event.leave_id})
    return [
        _look(event, offices, leaves.get(event.leave_id), with_names or bool(_may_be_named(event, known))) for event in events
    ]


def _may_be_named(event: Event, known: Known) -> Any:
    return known.value_of(SHOW_NAMES, on=timezone.localdate(event.at), office_id=event.office_id)


def _look(event: Event, offices: dict[str, str], leave: AccessRequest | None, is_named: bool) -> Look:
    codes, duties = _parts(event.capacity)
    titles = [str(ROLES[code].title) for code in duties if code in ROLES]
    return Look(
        event=event,
        what=VERBS.get(event.verb, _("查阅")),
        office="、".join([offices[code] for code in codes if code in offices] or [_("系统")]),
        duties="、".join(titles),
        name=str(event.actor) if is_named and event.actor else "",
        purpose=event.note,
        leave=leave.case_number if leave else "",
        until=end_in_words(leave.ends_at) if leave and leave.ends_at else "",
        is_urgent=bool(leave and leave.urgent_reason),
    )


def _parts(capacity: str) -> tuple[list[str], list[str]]:
    """The codes of offices and duties in ``office:10319+0000 U4,U7``."""
    place, _blank, duties = capacity.partition(" ")
    return place.removeprefix("office:").split("+"), [code for code in duties.split(",") if code]


def _offices_of(events: Iterable[Event]) -> dict[str, str]:
    codes = {code for event in events for code in _parts(event.capacity)[0]}
    return {office.code: str(office.title) for office in Office.objects.filter(code__in=codes)}

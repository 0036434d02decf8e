"""What happened to a paper file, in words, from the trail alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from audit.models import Event
from audit.timeline import Line
from records.archive.models import PaperFile, PaperItem
from records.offices.models import Office

FILES, PAPERS = PaperFile._meta.db_table, PaperItem._meta.db_table
SHOWN = 50


def history_of(file: PaperFile, papers: Iterable[PaperItem]) -> list[Line]:
    """The latest changes of the file and of its papers, newest first, as ``components/_trail.html`` reads them."""
    titles = {paper.pk: paper.title for paper in papers}
    about = Q(subject_table=FILES, subject_id=file.pk) | Q(subject_table=PAPERS, subject_id__in=titles)
    events = list(Event.objects.filter(about, kind=Event.Kind.CHANGE).select_related("actor").order_by("-pk")[:SHOWN])
    offices = Office.objects.in_bulk({event.office_id for event in events} | set(_offices_named(events)))
    return [_line(event, titles, offices) for event in events]


def _offices_named(events: Iterable[Event]) -> Iterable[int]:
    """The offices that the changes themselves speak of."""
    for event in events:
        for row in event.details.values():
            yield from (row[name] for name in ("university_id", "handed_to_id") if row.get(name))


def _line(event: Event, titles: dict[int, str], offices: dict[int, Office]) -> Line:
    was, becomes = event.details.get("before") or {}, event.details.get("after") or {}
    if event.subject_table == FILES:
        title, note = _about_file(was, becomes, offices)
    else:
        title, note = _about_paper(was, becomes, titles.get(event.subject_id or 0, ""))
    office = offices.get(event.office_id or 0)
    who = "，".join(str(part) for part in (event.actor, office.title if office else None) if part)
    return Line(title, who or _("系统"), event.at, note)


def _about_file(was: dict[str, Any], becomes: dict[str, Any], offices: dict[int, Office]) -> tuple[str, str]:
    """What was done to the file, and the particulars."""
    if not was:
        return _("立卷"), _("编号%(number)s，%(place)s") % becomes
    if "university_id" in becomes:
        number = _("新编号%(number)s") % becomes if "number" in becomes else _("编号不变")
        return _("接收"), _("来自%(office)s，%(number)s") % {"office": offices.get(was["university_id"], ""), "number": number}
    if becomes.get("handed_to_id"):
        return _("移交"), _("移交至%(office)s") % {"office": offices.get(becomes["handed_to_id"], "")}
    if "place" in becomes:
        return _("移动位置"), f"{was['place']} → {becomes['place']}"
    return _("更改"), "、".join(becomes)


def _about_paper(was: dict[str, Any], becomes: dict[str, Any], title: str) -> tuple[str, str]:
    if not was:
        return (_("归入材料") if becomes.get("filed_on") else _("列入目录，待归档")), title
    if becomes.get("filed_on"):
        return _("归档"), title
    if becomes.get("removed_on"):
        return _("取出材料"), _("%(title)s：%(reason)s") % {"title": title, "reason": becomes.get("removed_because", "")}
    if "removed_on" in becomes:
        return _("放回材料"), title
    return _("更改"), title

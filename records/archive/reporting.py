"""What a university reports upward of its paper files (K3): drawn up for a period, handed in as shown, received by the city.

Where files and papers went is read from the trail, so that a paper taken out and put back within the period is told as well; what
was opened and filed stands in the tables. A report is frozen; what happens later belongs to the next one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event, EventQuerySet, ServerClock
from audit.workflow import NotNow, Problem, Refused
from records.archive.keeping import require_keeper
from records.archive.models import UNPLACED, ArchiveReport, PaperFile, PaperItem
from records.corrections.models import CorrectionRequest, CorrectionStatus
from records.offices.models import Office
from records.people.models import User

RECEIVE = "records.receive_archive_report"
Line = list[Any]  # [id of the paper file or None, its number, day as ISO or "", what]
Content = dict[str, Any]

FIGURES = {
    "opened": gettext_lazy("新立卷"),
    "moved": gettext_lazy("移动位置"),
    "filed": gettext_lazy("归入材料"),
    "taken_out": gettext_lazy("取出材料"),
    "put_back": gettext_lazy("放回材料"),
    "handed_over": gettext_lazy("移交其他院校"),
    "received": gettext_lazy("接收其他院校"),
    "corrected": gettext_lazy("更改记录单已归档"),
    "owed": gettext_lazy("更改记录单待归档"),
    "unplaced": gettext_lazy("未上架"),
}
"""The lists of a report, in its order. ``owed`` and ``unplaced`` are as of the day on which it was drawn up."""


@dataclass(frozen=True)
class Period:
    """The days that a report covers, both included."""

    first_day: dt.date
    last_day: dt.date

    def __contains__(self, day: dt.date) -> bool:
        return self.first_day <= day <= self.last_day

    @property
    def title(self) -> str:
        """2026年上半年; the days where it is no half-year."""
        if self == half_year(self.first_day):
            half = _("上半年") if self.first_day.month == 1 else _("下半年")
            return _("%(year)s年%(half)s") % {"year": self.first_day.year, "half": half}
        return _("%(first)s至%(last)s") % {"first": self.first_day.isoformat(), "last": self.last_day.isoformat()}

    @property
    def moments(self) -> tuple[dt.datetime, dt.datetime]:
        """From the first moment of the first day to the first one behind the last day, by the office's clock."""
        zone = timezone.get_current_timezone()
        ends = dt.datetime.combine(self.last_day + dt.timedelta(days=1), dt.time.min, zone)
        return dt.datetime.combine(self.first_day, dt.time.min, zone), ends


def half_year(day: dt.date) -> Period:
    """The half-year in which a day lies."""
    if day.month <= 6:
        return Period(dt.date(day.year, 1, 1), dt.date(day.year, 6, 30))
    return Period(dt.date(day.year, 7, 1), dt.date(day.year, 12, 31))


def half_year_before(period: Period) -> Period:
    """The half-year before the one in which a period begins."""
    return half_year(half_year(period.first_day).first_day - dt.timedelta(days=1))


def draw_up(university: Office, period: Period) -> Content:
    """The report as it would be handed in now: ``{"lists": {name: [Line]}, "files": total}``, without anybody's name."""
    changes = _changes(university, period)
    return {
        "files": PaperFile.objects.filter(university=university).count(),
        "lists": {
            "opened": _opened(university, period),
            **_files_moved(changes, university),
            "filed": _filed(university, period),
            **_papers_moved(changes, university),
            **_corrections(university, period),
            "unplaced": _unplaced(university),
        },
    }


def figures_of(content: Content) -> dict[str, int]:
    """How long each list is, in the report's order."""
    return {name: len(content["lists"].get(name, [])) for name in FIGURES}


def digest_of(content: Content) -> str:
    """A SHA-256 (hex) over a report, by which the one that was shown is known again."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def hand_in(university: Office, period: Period, *, shown: str, by: User) -> ArchiveReport:
    """Freeze the report and hand it in. ``shown`` is the digest of what the person saw.

    Raises ``PermissionDenied``, ``Refused`` for a period that is not over or has days in common with another report, and
    ``NotNow`` when something has changed since it was shown.
    """
    require_keeper(by, university.pk)
    with transaction.atomic():
        Office.objects.select_for_update(no_key=True).get(pk=university.pk)
        if problems := problems_of(university, period):
            raise Refused(problems)
        content = draw_up(university, period)
        if digest_of(content) != shown:
            raise NotNow([Problem("archive.report-changed", _("核对以后档案又有变动，报告已按现在的情况重新生成，请再核对。"))])
        return ArchiveReport.objects.create(
            university=university,
            first_day=period.first_day,
            last_day=period.last_day,
            content=content,
            sha256=shown,
            handed_in_by=by,
        )


def problems_of(university: Office, period: Period) -> list[Problem]:
    """Why no report can be handed in for this period."""
    problems = []
    if period.last_day >= timezone.localdate():
        problems.append(Problem("archive.period-not-over", _("报告期还没有结束，截止日期最晚到昨天。")))
    covered = ArchiveReport.objects.filter(university=university).within(period.first_day, period.last_day)
    for report in covered.order_by("first_day"):
        days = {"first": report.first_day.isoformat(), "last": report.last_day.isoformat()}
        problems.append(
            Problem(
                "archive.period-covered",
                _("%(first)s至%(last)s已经上报过。") % days,
                next_step=_("报告期不能重叠；以后的变动写入下一期报告。"),
            )
        )
    return problems


def confirm_receipt(report: ArchiveReport, *, by: User) -> None:
    """The city's receipt; the caller has asked for the right to give it. Raises ``NotNow`` where it was given already."""
    waiting = ArchiveReport.objects.filter(pk=report.pk, received_at__isnull=True)
    if not waiting.update(received_by=by, received_at=ServerClock()):
        raise NotNow([Problem("archive.received-already", _("这份报告已经签收。"))])


def next_period(university: Office, today: dt.date) -> Period:
    """What a university reports next: from the day behind its last report to the end of that half-year; first the last one."""
    last = ArchiveReport.objects.filter(university=university).order_by("-last_day").first()
    if last is None:
        return half_year_before(half_year(today))
    first_day = last.last_day + dt.timedelta(days=1)
    return Period(first_day, half_year(first_day).last_day)


def days_missing(reports: Iterable[ArchiveReport], period: Period) -> int:
    """How many days of a period none of these reports (of one university) covers."""
    days = (period.last_day - period.first_day).days + 1
    for report in reports:
        common = min(report.last_day, period.last_day) - max(report.first_day, period.first_day)
        days -= max(0, common.days + 1)
    return days


def _opened(university: Office, period: Period) -> list[Line]:
    opened = PaperFile.objects.filter(university=university, opened_on__range=(period.first_day, period.last_day))
    rows = opened.order_by("opened_on", "pk").values_list("pk", "number", "opened_on", "place")
    return [[pk, number, day.isoformat(), place] for pk, number, day, place in rows]


def _unplaced(university: Office) -> list[Line]:
    rows = PaperFile.objects.filter(university=university, place=UNPLACED).order_by("pk").values_list("pk", "number", "opened_on")
    return [[pk, number, "", _("%(day)s立卷") % {"day": day.isoformat()}] for pk, number, day in rows]


def _filed(university: Office, period: Period) -> list[Line]:
    filed = PaperItem.objects.filter(file__university=university, filed_on__range=(period.first_day, period.last_day))
    rows = filed.order_by("filed_on", "pk").values_list("file", "file__number", "filed_on", "title")
    return [[pk, number, str(day), title] for pk, number, day, title in rows]


def _corrections(university: Office, period: Period) -> dict[str, list[Line]]:
    """Corrections carried out in the period with the note filed by the day of drawing up, and all whose note is still owed."""
    starts, ends = period.moments
    done = CorrectionRequest.objects.filter(university=university, status=CorrectionStatus.DONE, status_since__lt=ends)
    notes = {
        note.correction_id: note
        for note in PaperItem.objects.filter(correction__in=done, kind=PaperItem.Kind.CHANGE_NOTE).select_related("file")
    }
    corrected, owed = [], []
    for case in done.select_related("kind").order_by("pk"):
        note = notes.get(case.pk)
        is_filed = note is not None and note.filed_on is not None
        line = _case_line(case, note.file if note else None)
        if not is_filed:
            owed.append(line)
        elif case.status_since >= starts:
            corrected.append(line)
    return {"corrected": corrected, "owed": owed}


def _case_line(case: CorrectionRequest, file: PaperFile | None) -> Line:
    day = timezone.localdate(case.status_since).isoformat()
    return [file.pk if file else None, file.number if file else "", day, f"{case.case_number} {case.kind}"]


def _changes(university: Office, period: Period) -> list[Event]:
    """The changes of paper files and papers in the period by the university's people, oldest first; those by nobody as well."""
    tables = [PaperFile._meta.db_table, PaperItem._meta.db_table]
    changed: EventQuerySet = Event.objects.filter(kind=Event.Kind.CHANGE, verb="update", subject_table__in=tables)
    starts, ends = period.moments
    theirs = changed.filter(at__gte=starts, at__lt=ends).filter(Q(office_id=university.pk) | Q(office_id__isnull=True))
    return list(theirs.order_by("pk"))


def _files_moved(changes: Sequence[Event], university: Office) -> dict[str, list[Line]]:
    """Files that changed places, left for another university, or came from one."""
    events = [event for event in changes if event.subject_table == PaperFile._meta.db_table]
    files = PaperFile.objects.in_bulk({event.subject_id for event in events})
    lists: dict[str, list[Line]] = {"moved": [], "handed_over": [], "received": []}
    names = {office.pk: str(office) for office in Office.objects.universities()}
    for event in events:
        was, becomes = event.details["before"], event.details["after"]
        file = files[event.subject_id]
        if event.office_id is None and file.university_id != university.pk:
            continue
        day = timezone.localdate(event.at).isoformat()
        if "university_id" in becomes:
            lists["received"].append([file.pk, becomes.get("number", file.number), day, names.get(was["university_id"], "")])
        elif becomes.get("handed_to_id"):
            lists["handed_over"].append([file.pk, file.number, day, names.get(becomes["handed_to_id"], "")])
        elif "place" in becomes:
            lists["moved"].append([file.pk, file.number, day, f"{was['place']} → {becomes['place']}"])
    return lists


def _papers_moved(changes: Sequence[Event], university: Office) -> dict[str, list[Line]]:
    """Papers that were taken out of their files, and those that were put back."""
    events = [event for event in changes if event.subject_table == PaperItem._meta.db_table]
    events = [event for event in events if "removed_on" in event.details["after"]]
    papers = PaperItem.objects.select_related("file").in_bulk({event.subject_id for event in events})
    lists: dict[str, list[Line]] = {"taken_out": [], "put_back": []}
    for event in events:
        paper, day = papers[event.subject_id], timezone.localdate(event.at).isoformat()
        if event.office_id is None and paper.file.university_id != university.pk:
            continue
        if event.details["after"]["removed_on"] is None:
            lists["put_back"].append([paper.file_id, paper.file.number, day, paper.title])
        else:
            reason = event.details["after"].get("removed_because", "")
            lists["taken_out"].append([paper.file_id, paper.file.number, day, f"{paper.title}：{reason}"])
    return lists

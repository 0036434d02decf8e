"""When the papers of a sitting are examined: typed in by the office, a line for each course, all or none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from records.catalogue.models import Course
from scores.models import PaperTime, Sitting

LINE = re.compile(r"(\S+)\s+(\d{4}-\d\d-\d\d)\s+(\d{1,2}:\d\d)\s*[-–—至~]\s*(\d{1,2}:\d\d)")
MOST = 3_000
Time = tuple[dt.date, dt.time, dt.time]


@dataclass(frozen=True)
class Read:
    """What a text says: ``times`` by the course's code (day, first and last minute), and what is wrong with it, a line each."""

    times: dict[str, Time]
    faults: list[str]


def read(text: str, sitting: Sitting) -> Read:
    """The lines ``00015 2026-10-24 09:00-11:30``; empty ones say nothing. The day lies in the sitting's month."""
    times: dict[str, Time] = {}
    faults = []
    lines = [(place, line.strip()) for place, line in enumerate(text.replace("：", ":").splitlines(), start=1) if line.strip()]
    for place, line in lines[:MOST]:
        try:
            code, time = _line(line, sitting)
            if code in times:
                raise ValueError(_("这个课程前面已经写过。"))
            times[code] = time
        except ValueError as wrong:
            faults.append(_("第%(place)s行：%(wrong)s") % {"place": place, "wrong": wrong})
    known = set(Course.objects.filter(code__in=times).values_list("code", flat=True))
    faults += [_("没有课程代码%(code)s。") % {"code": code} for code in times if code not in known]
    if len(lines) > MOST:
        faults.append(_("一次最多%(most)s行。") % {"most": MOST})
    return Read(times, faults)


def _line(line: str, sitting: Sitting) -> tuple[str, Time]:
    """Raises ``ValueError`` with what is wrong in words."""
    found = LINE.fullmatch(line)
    if found is None:
        raise ValueError(_("应写成“00015 %(name)s-24 09:00-11:30”的样子。") % {"name": sitting.name})
    code, day, first, last = found.groups()
    try:
        on, starts_at, ends_at = dt.date.fromisoformat(day), _minute(first), _minute(last)
    except ValueError as wrong:
        raise ValueError(_("没有这样的日期或时间。")) from wrong
    if f"{on:%Y-%m}" != sitting.name:
        raise ValueError(_("日期不在%(sitting)s。") % {"sitting": sitting})
    if ends_at <= starts_at:
        raise ValueError(_("结束时间应在开考时间之后。"))
    return code, (on, starts_at, ends_at)


def _minute(text: str) -> dt.time:
    return dt.time.fromisoformat(text.zfill(5))


@transaction.atomic
def lay_down(sitting: Sitting, times: dict[str, Time]) -> None:
    """Make these the sitting's times, and no others; what stays as it is leaves no line in the trail."""
    courses = {course.code: course for course in Course.objects.filter(code__in=times)}
    PaperTime.objects.filter(sitting=sitting).exclude(course__code__in=times).delete()
    standing = {each.course.code: each for each in PaperTime.objects.filter(sitting=sitting).select_related("course")}
    for code, (on, starts_at, ends_at) in times.items():
        wanted = PaperTime(sitting=sitting, course=courses[code], on=on, starts_at=starts_at, ends_at=ends_at)
        was = standing.get(code)
        if was is None:
            wanted.save()
        elif (was.on, was.starts_at, was.ends_at) != (on, starts_at, ends_at):
            wanted.pk = was.pk
            wanted.save(update_fields=["on", "starts_at", "ends_at"])


def as_text(sitting: Sitting) -> str:
    """The times as they are typed, by day and hour."""
    times = PaperTime.objects.filter(sitting=sitting).select_related("course").order_by("on", "starts_at", "course__code")
    return "\n".join(f"{each.course.code} {each.on} {each.starts_at:%H:%M}-{each.ends_at:%H:%M}" for each in times)


def times_of(sitting_ids: Collection[int], course_ids: Collection[int]) -> dict[tuple[int, int], PaperTime]:
    """By sitting's and course's id, those that are laid down."""
    times = PaperTime.objects.filter(sitting__in=sitting_ids, course__in=course_ids)
    return {(each.sitting_id, each.course_id): each for each in times}

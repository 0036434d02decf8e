"""L5: the published marks of a sitting, as a short message answers them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from records.candidates.models import Candidate
from records.messages.keywords import Reply, keyword
from scores.models import Mark, Sitting
from scores.results.looking_up import latest_sitting


@keyword("scores", setting="sms.keywords.scores")
def published_marks(candidate: Candidate, named: str) -> Reply:
    """The candidate's published marks of the latest published sitting, or of the one ``named`` (``2026-10``).

    A sitting that is unknown, unpublished or without this candidate gets one and the same answer.
    """
    sitting = Sitting.objects.filter(name=named).first() if named else latest_sitting()
    marks = list(Mark.objects.filter(candidate=candidate, sitting=sitting).select_related("course")) if sitting else []
    if not marks:
        return Reply(_("【考籍】没有查到您在这次考试中已公布的成绩"))
    marks.sort(key=_order)
    return Reply(_("【考籍】%(sitting)s成绩：") % {"sitting": sitting}, tuple(_entry(mark) for mark in marks))


def _order(mark: Mark) -> tuple[bool, str]:
    return mark.practical, mark.course.code


def _entry(mark: Mark) -> str:
    return _("%(code)s%(course)s %(result)s") % {"code": mark.course.code, "course": mark.course.name, "result": _result(mark)}


def _result(mark: Mark) -> str:
    """The flag where there is one, else the grade or the points, a whole number without a decimal."""
    if mark.flag != Mark.Flag.NORMAL:
        return str(mark.get_flag_display())
    return mark.grade or f"{mark.points:f}".removesuffix(".0")

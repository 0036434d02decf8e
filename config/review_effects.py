"""What a mark changed by a review did to graduations under way: their audit before and after."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.models import Event
from graduation.facts import FOLLOWER
from graduation.following import UNDER_WAY
from graduation.models import GraduationApplication
from scores.reviews.consequences import Consequence, Moved, tells, working

TABLE = GraduationApplication._meta.db_table


@tells
def graduations(moved: Moved) -> list[Consequence]:
    """Each application that was audited anew, with its verdict before and after."""
    cases = {
        case.pk: case for case in GraduationApplication.objects.filter(candidate=moved.case.candidate_id).select_related("major")
    }
    if cases and not moved.is_read_by(FOLLOWER):
        return [working(_("毕业审核"))]
    renewed = [event for event in _renewals(cases) if moved.is_in_time(event.at)] if moved.changes else []
    told = [_line(cases[event.subject_id], event.details) for event in renewed if event.subject_id in cases]
    seen = {event.subject_id for event in renewed}
    return told + [_unchanged(case) for pk, case in cases.items() if pk not in seen and case.status in UNDER_WAY]


def _renewals(cases: dict[int, GraduationApplication]) -> list[Event]:
    changed = Event.objects.filter(kind=Event.Kind.CHANGE, verb="update", subject_table=TABLE, subject_id__in=list(cases))
    found = changed.filter(details__after__verdict__because="credits-changed")
    return list(found.order_by("pk"))


def _line(case: GraduationApplication, details: dict[str, Any]) -> Consequence:
    before, after = (_in_words(details[side]["verdict"]) for side in ("before", "after"))
    words = {"number": case.case_number, "major": case.major.name, "before": before, "after": after}
    text = _("%(number)s（%(major)s）重新审核：原来%(before)s，现在%(after)s") % words
    return Consequence(_("毕业审核"), text, url=reverse("graduation:detail", args=[case.pk]))


def _unchanged(case: GraduationApplication) -> Consequence:
    words = {"number": case.case_number, "major": case.major.name}
    return Consequence(
        _("毕业审核"), _("%(number)s（%(major)s）的审核结果没有变化") % words, url=reverse("graduation:detail", args=[case.pk])
    )


def _in_words(verdict: dict[str, Any]) -> str:
    if verdict.get("eligible"):
        return _("符合毕业条件")
    if verdict.get("plan_complete"):
        return _("课程已齐，条件未齐")
    return _("还差%(count)s项") % {"count": len(verdict.get("lacking", []))} if verdict else _("未审核")

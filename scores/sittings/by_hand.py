"""One registration made or cancelled by an officer, with a reason: what files are too much for."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from audit.acting import acting
from audit.workflow import NotNow, Problem
from records.candidates.models import Candidate
from records.catalogue.models import Course
from records.people.models import User
from scores.models import Mark, Publication, Sitting, SittingRegistration
from scores.sittings.barring import suspended_on
from scores.sittings.entering import count_anew
from scores.sittings.models import PRACTICAL, WRITTEN
from scores.trail import record_step

ARTICLE_9 = "教育部令第33号第九条"


@dataclass(frozen=True)
class Place:
    """Where somebody sits; what is not given yet is empty."""

    site: str = ""
    room: str = ""
    seat: str = ""


@transaction.atomic
def register(
    sitting: Sitting, candidate: Candidate, course: Course, *, practical: bool, place: Place, by: User, note: str
) -> SittingRegistration:
    """Register one candidate for one course. NotNow: barred, registered already, the seat is taken, the marks are out."""
    Sitting.objects.select_for_update().get(pk=sitting.pk)
    problems = _problems(sitting, candidate, course, practical=practical, place=place)
    if problems:
        raise NotNow(problems)
    with acting(by, purpose=note):
        made = SittingRegistration.objects.create(
            sitting=sitting,
            candidate=candidate,
            course=course,
            practical=practical,
            site=place.site,
            room=place.room,
            seat=place.seat,
        )
        record_step("register-by-hand", made, note=note, candidate_id=candidate.pk)
    count_anew(sitting.pk, practical=practical)
    return made


@transaction.atomic
def cancel(registration: SittingRegistration, *, by: User, note: str) -> None:
    """Take one registration out of its sitting. NotNow: there is a mark for it. Who is gone already stays so."""
    Sitting.objects.select_for_update().get(pk=registration.sitting_id)
    found = SittingRegistration.objects.filter(pk=registration.pk).select_related("sitting").first()
    if found is None:
        return
    if why := why_not_cancelled(found):
        raise NotNow([Problem("registration.has-mark", why)])
    with acting(by, purpose=note):
        record_step("cancel-registration", found, note=note, candidate_id=found.candidate_id)
        found.delete()
    count_anew(found.sitting_id, practical=found.practical)


def why_not_cancelled(registration: SittingRegistration) -> str:
    """Why it stays, in words; empty when it may go."""
    marks = Mark.registry.filter(
        sitting=registration.sitting_id, course=registration.course_id, candidate=registration.candidate_id
    )
    return _("这门课程已经有成绩，报考不能再取消。") if marks.exists() else ""


def _problems(sitting: Sitting, candidate: Candidate, course: Course, *, practical: bool, place: Place) -> list[Problem]:
    return [
        *_merged(candidate),
        *_suspended(sitting, candidate),
        *_twice(sitting, candidate, course),
        *_is_out(sitting, course, practical=practical),
        *_taken(sitting, course, place),
    ]


def _merged(candidate: Candidate) -> list[Problem]:
    if candidate.merged_into_id is None:
        return []
    return [Problem("registration.merged", _("这份考籍已并入另一份，请用保留的那份报考。"))]


def _suspended(sitting: Sitting, candidate: Candidate) -> list[Problem]:
    """A suspension that runs on the sitting's last day (令33号 art. 9)."""
    penalty = suspended_on([candidate.pk], sitting.last_day).get(candidate.pk)
    if penalty is None:
        return []
    words = {"decision": penalty.decision, "last": penalty.ends_on}
    return [Problem("registration.suspended", _("停考期未满（%(decision)s，至%(last)s），不能报考。") % words, ARTICLE_9)]


def _twice(sitting: Sitting, candidate: Candidate, course: Course) -> list[Problem]:
    if not SittingRegistration.objects.filter(sitting=sitting, candidate=candidate, course=course).exists():
        return []
    return [Problem("registration.twice", _("该考生在这个考次已经报考这门课程。"))]


def _is_out(sitting: Sitting, course: Course, *, practical: bool) -> list[Problem]:
    """Marks of the course are published in this sitting and kind."""
    kind = PRACTICAL if practical else WRITTEN
    out = Publication.objects.filter(sitting=sitting, kind=kind, published_at__isnull=False)
    if not Mark.registry.filter(sitting=sitting, course=course, publication__in=out).exists():
        return []
    return [Problem("registration.published", _("这门课程在这个考次的成绩已经公布，不能再报考。"))]


def _taken(sitting: Sitting, course: Course, place: Place) -> list[Problem]:
    if not (place.seat and place.site):
        return []
    seat = {"site": place.site, "room": place.room, "seat": place.seat}
    if not SittingRegistration.objects.filter(sitting=sitting, course=course, **seat).exists():
        return []
    return [Problem("registration.seat-taken", _("这个座位已经安排给别的考生，请换一个。"))]

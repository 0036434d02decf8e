"""How marks move when two records of one person become one."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from audit.workflow import Problem
from records.merging.moving import Pair, hinders, hinders_at_the_city, moves, moves_as_it_is
from scores.models import Mark, MarkQuerySet, PracticalEnrolment, Publication, SittingRegistration
from scores.statistics.touching import touch

moves_as_it_is("scores.Violation.candidate")
moves_as_it_is("scores.ResultSheet.candidate")  # each shows what it did until a follower makes them anew for all pairs
moves_as_it_is("scores.ReviewRequest.candidate")


@moves("scores.Mark.candidate")
def marks(pair: Pair) -> int:
    """Every mark goes along. Who was absent (缺考) under one number and sat under the other was not absent: that line goes."""
    touch([pair.merged, pair.kept])
    for mark in _twice(Mark.registry.all(), pair):
        absent = mark if mark.flag == Mark.Flag.ABSENT else _of_the_kept(pair, mark)
        absent.delete()
    return Mark.registry.filter(candidate=pair.merged).update(candidate=pair.kept)


@moves("scores.SittingRegistration.candidate")
def sitting_registrations(pair: Pair) -> int:
    """Every registration goes along; where both were registered for one course in one sitting, the kept record's stands."""
    own = SittingRegistration.objects.filter(candidate=pair.kept, sitting=OuterRef("sitting"), course=OuterRef("course"))
    theirs = SittingRegistration.objects.filter(candidate=pair.merged)
    theirs.filter(Exists(own)).delete()
    return theirs.update(candidate=pair.kept)


@moves("scores.PracticalEnrolment.candidate")
def practical_enrolments(pair: Pair) -> int:
    """Whoever enrolled under either number takes part as one; ``one_enrolment_per_arrangement`` has seen to doubles."""
    return PracticalEnrolment.objects.filter(candidate=pair.merged).update(candidate=pair.kept)


@hinders
def one_enrolment_per_arrangement(pair: Pair) -> list[Problem]:
    """Nobody takes part twice in one practical link: ``merging.two-enrolments``."""
    standing = PracticalEnrolment.objects.standing()
    both = standing.filter(candidate=pair.kept).values("arrangement")
    return [
        Problem(
            "merging.two-enrolments",
            _("两份考籍都在%(number)s的考核名单里。") % {"number": enrolment.arrangement.case_number},
            _("一人在一次实践考核中只报一次"),
            _("请主考院校先让其中一个报名退出，再合并。"),
        )
        for enrolment in standing.filter(candidate=pair.merged, arrangement__in=both).select_related("arrangement")
    ]


@hinders
def one_mark_per_sitting(pair: Pair) -> list[Problem]:
    """Nobody has two marks for one course in one sitting: ``merging.two-marks``."""
    return _two_marks(Mark.registry.filter(publication__published_at__isnull=False), pair)


@hinders_at_the_city
def one_mark_per_unpublished_sitting(pair: Pair) -> list[Problem]:
    """The same for what is not out yet, which nobody outside the municipal office may know."""
    return _two_marks(Mark.registry.filter(publication__published_at__isnull=True), pair)


@hinders_at_the_city
def nothing_is_being_published(pair: Pair) -> list[Problem]:
    """The credits of a publication that is just out are entered first: ``merging.publishing``."""
    out = Publication.objects.filter(published_at__isnull=False, credits_entered_at__isnull=True)
    if not Mark.registry.filter(publication__in=out, candidate__in=(pair.merged, pair.kept)).exists():
        return []
    return [Problem("merging.publishing", _("刚公布的成绩还在记入学分。"), next_step=_("请等几分钟，公布办完以后再合并。"))]


def _two_marks(marks: MarkQuerySet, pair: Pair) -> list[Problem]:
    return [
        Problem(
            "merging.two-marks",
            _("两份考籍在%(sitting)s的%(course)s都有成绩。") % {"sitting": mark.sitting, "course": mark.course},
            _("一科一次考试只有一个成绩"),
            _("请市自考办成绩管理先查明哪一个成绩是本人的，处理以后再合并。"),
        )
        for mark in _twice(marks, pair).select_related("sitting", "course")
        if Mark.Flag.ABSENT not in (mark.flag, _of_the_kept(pair, mark).flag)
    ]


def _twice(marks: MarkQuerySet, pair: Pair) -> QuerySet[Mark]:
    """Those of the merged record's marks for which the kept one has a mark of the same sitting and course."""
    own = Mark.registry.filter(candidate=pair.kept, sitting=OuterRef("sitting"), course=OuterRef("course"))
    return marks.filter(Exists(own), candidate=pair.merged)


def _of_the_kept(pair: Pair, mark: Mark) -> Mark:
    return Mark.registry.get(candidate=pair.kept, sitting=mark.sitting_id, course=mark.course_id)

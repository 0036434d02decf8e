"""What must be true of a review, one function each: a case in, everything that stands against it out.

A review looks for missed marking, wrong addition and wrong entry, never at how an answer was judged (FACTS §4: S 19, 28).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.timeline import day
from audit.workflow import Problem, rule
from scores.marks.models import Mark
from scores.reviews.models import ENDED, Origin, Result, ReviewRequest, ReviewStatus, Scope
from scores.reviews.windows import window_of
from scores.reviews.wording import in_words, value_of_mark

REGULATION = _("成绩复核规定")
OFFICE = _("市自考办设置")
ARTICLE_18 = _("考籍管理要求第十八条")
NOT_RE_MARKED = _("复核只查漏评、合分、登录三项；不重新评卷，不复查评分宽严。")
HIGHEST = Decimal(100)
GRADES = ("优秀", "良好", "中等", "及格", "合格", "不及格", "不合格")
"""The words that a grade may be; the first five pass."""


def out_of_scope() -> Problem:
    """That somebody asks for something a review does not do: ``review.scope`` (R01)."""
    next_step = _("请在三项里选一项；对评分宽严有疑问的，不在复核范围内。")
    return Problem("review.scope", NOT_RE_MARKED, REGULATION, next_step)


@rule(_("复核内容是漏评、合分、登录中的一项。"), REGULATION)
def scope_is_one_of_three(case: ReviewRequest) -> list[Problem]:
    """Missed marking, addition, entry, and nothing else: ``review.scope``. Source: R01."""
    return [] if case.scope in Scope.values else [out_of_scope()]


@rule(_("成绩已经公布。"), ARTICLE_18)
def mark_is_published(case: ReviewRequest) -> list[Problem]:
    """Only what is out is reviewed: ``review.unpublished``."""
    if Mark.objects.filter(pk=case.mark_id).exists():
        return []
    return [Problem("review.unpublished", _("这个成绩没有公布，不能复核。"), ARTICLE_18)]


@rule(_("成绩是本人的。"), REGULATION)
def mark_is_the_candidates(case: ReviewRequest) -> list[Problem]:
    """Nobody asks about somebody else's mark: ``review.not-own``."""
    if Mark.registry.filter(pk=case.mark_id, candidate=case.candidate_id).exists():
        return []
    return [Problem("review.not-own", _("这不是该考生的成绩。"), REGULATION)]


def _is_asked_for(case: ReviewRequest) -> bool:
    return case.origin != Origin.OFFICE


def first_asked_on(case: ReviewRequest) -> dt.date:
    """The day of the first submission, today where there is none yet: completing a returned request is not a new one."""
    first = case.events.steps().filter(verb__in=("submit", "lodge")).first() if case.pk else None
    return timezone.localdate(first.at) if first else timezone.localdate()


def _the_window(case: ReviewRequest) -> Any:
    window = window_of(case.publication)
    if window is None:
        return ""
    words = {"published": day(window.published_on), "last": day(window.last_day), "asked": day(first_asked_on(case))}
    return gettext("%(published)s公布，%(last)s截止；提出于%(asked)s。") % words


@rule(_("在公布后规定的工作日内提出。"), OFFICE, applies=_is_asked_for, compared=_the_window)
def asked_in_time(case: ReviewRequest) -> list[Problem]:
    """Asked for by the last working day of the window (``review.working_days``): ``review.too-late`` (R02).

    Marks of practicals, where the office has them not reviewed: ``review.practical``.
    """
    window = window_of(case.publication)
    if case.publication.published_at is None:
        return []
    if window is None:
        return [Problem("review.practical", _("实践环节的成绩不受理复核。"), OFFICE, _("有疑问的，请向主考院校咨询。"))]
    if window.is_open_on(first_asked_on(case)):
        return []
    words = {"days": window.days, "published": day(window.published_on), "last": day(window.last_day)}
    message = gettext("复核须在公布后%(days)s个工作日内提出：%(published)s公布，%(last)s截止，现在已经过了。") % words
    return [
        Problem("review.too-late", message, OFFICE, _("过期不再受理；发现登记确有错误的，可以向主考院校反映，由市自考办自查。"))
    ]


@rule(_("这个成绩没有别的复核在办。"), REGULATION)
def no_other_is_open(case: ReviewRequest) -> list[Problem]:
    """One open review of a mark at a time: ``review.open``."""
    others = ReviewRequest.objects.filter(mark=case.mark_id).exclude(status__in=ENDED).exclude(pk=case.pk)
    return [Problem("review.open", _("这个成绩已有一件复核在办。"), REGULATION, _("请等那一件办结。"))] if others.exists() else []


@rule(_("这次公布的成绩没有复核过。"), REGULATION, applies=_is_asked_for)
def not_reviewed_before(case: ReviewRequest) -> list[Problem]:
    """A mark is reviewed once a publication; what was withdrawn does not count: ``review.again``."""
    earlier = ReviewRequest.objects.filter(mark=case.mark_id, publication=case.publication_id, status__in=ENDED)
    asked = earlier.exclude(origin=Origin.OFFICE).exclude(status=ReviewStatus.WITHDRAWN).exclude(pk=case.pk).first()
    if asked is None:
        return []
    message = gettext("这个成绩已经复核过一次（%(number)s），不再受理。") % {"number": asked.case_number}
    return [Problem("review.again", message, REGULATION, _("同一次公布的同一个成绩只复核一次。"))]


@rule(_("核对了提出的人就是考生本人。"), REGULATION, fact="identity_confirmed", applies=_is_asked_for)
def identity_is_confirmed(case: ReviewRequest) -> list[Problem]:
    """The university says that the request is the candidate's own: ``review.identity``."""
    if case.identity_confirmed:
        return []
    return [Problem("review.identity", _("还没有核对本人身份。"), REGULATION, _("请核对后勾选；无法核对的，退回补正。"))]


@rule(_("写明了复核结果和复核情况。"), ARTICLE_18, fact="result")
def finding_is_written(case: ReviewRequest) -> list[Problem]:
    """The first person says what was found and how: ``review.no-result``, ``review.no-grounds``."""
    problems = []
    if case.result not in (Result.UPHELD, Result.CHANGED):
        problems.append(Problem("review.no-result", _("请选择复核结果。"), ARTICLE_18))
    if not case.grounds.strip():
        problems.append(Problem("review.no-grounds", _("请写明复核情况：查了什么，查到什么。"), ARTICLE_18))
    return problems


def _is_changed(case: ReviewRequest) -> bool:
    return case.result == Result.CHANGED


@rule(_("更正后的成绩写法正确。"), ARTICLE_18, fact="new_points", applies=_is_changed)
def new_mark_is_a_mark(case: ReviewRequest) -> list[Problem]:
    """Points from 0 to 100 with one decimal, or a grade, or a flag alone: ``review.no-mark``, ``review.range``."""
    points, grade, flag, _reason = case.after
    given = [points is not None, bool(grade), flag != Mark.Flag.NORMAL]
    if sum(given) != 1:
        text = _("请只填一样：分数、等第，或者标记。")
        return [Problem("review.no-mark", text, ARTICLE_18)]
    if points is not None and not (0 <= points <= HIGHEST and points == points.quantize(Decimal("0.1"))):
        return [Problem("review.range", _("分数从0到100，最多一位小数。"), ARTICLE_18)]
    if grade and grade not in GRADES:
        return [Problem("review.range", _("没有这样的等第。"), ARTICLE_18)]
    return []


@rule(_("更正后的成绩与原成绩不同。"), ARTICLE_18, fact="new_points", applies=_is_changed)
def new_mark_differs(case: ReviewRequest) -> list[Problem]:
    """A change changes something: ``review.same``."""
    if case.after[:3] != value_of_mark(case.mark)[:3]:
        return []
    message = gettext("更正后的成绩与现在的成绩（%(mark)s）相同。") % {"mark": in_words(value_of_mark(case.mark))}
    return [Problem("review.same", message, ARTICLE_18, _("没有错误的，请选“维持原成绩”。"))]


@rule(_("更正成绩附有依据材料。"), ARTICLE_18, fact="evidence", applies=_is_changed)
def change_has_evidence(case: ReviewRequest) -> list[Problem]:
    """No mark changes without a document that shows the mistake: ``review.no-evidence``."""
    if case.evidence is not None and case.evidence.candidate_id == case.candidate_id:
        return []
    next_step = _("请上传试卷、评分表或登分表上有关部分的扫描件。")
    return [Problem("review.no-evidence", _("更正成绩必须附依据材料。"), ARTICLE_18, next_step)]


@rule(_("复核以后成绩没有被别的决定改过。"), ARTICLE_18, staff_only=True)
def mark_is_as_it_was_found(case: ReviewRequest) -> list[Problem]:
    """What the first person looked at still stands: ``review.mark-moved``."""
    if case.before == value_of_mark(case.mark):
        return []
    next_step = _("请退回重新复核。")
    return [Problem("review.mark-moved", _("复核以后，这个成绩已按别的决定改过。"), ARTICLE_18, next_step)]


@rule(_("写明了退回重新复核的理由。"), ARTICLE_18, fact="objection", staff_only=True)
def objection_is_written(case: ReviewRequest) -> list[Problem]:
    """The second person says what is to be looked at again: ``review.no-objection``."""
    if case.objection.strip():
        return []
    return [Problem("review.no-objection", _("请写明要重新查什么；只有市自考办看得到。"), ARTICLE_18)]


REQUEST = (scope_is_one_of_three, mark_is_published, mark_is_the_candidates, no_other_is_open)
ASKED = (*REQUEST, asked_in_time, not_reviewed_before)
CHECKED = (*ASKED, identity_is_confirmed)
FOUND = (mark_is_published, finding_is_written, new_mark_is_a_mark, new_mark_differs, change_has_evidence)
CONFIRMED = (mark_is_published, mark_is_as_it_was_found, finding_is_written)
CONFIRMED_CHANGE = (*CONFIRMED, new_mark_is_a_mark, new_mark_differs, change_has_evidence)

"""The articles on exemption, one function each: a case in, everything that stands against it out.

Non-blocking problems (请人工看) are what the regulation leaves to a person: they show on the case page and stop no step.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.timeline import day
from audit.workflow import Problem, rule
from exemptions.basis import CERTIFICATES, basis_of, codes_of, is_listed, rows_for
from exemptions.models import Credential, ExemptionApplication
from records.catalogue.models import PlanCourse
from records.notices.models import Window
from records.settings.values import value_of

REGULATION_22 = _("暂行条例第二十二条")
RULES_OF_2008 = _("免考规定（2008年修订）")
OFFICE = _("市自考办设置")
NEVER_EXEMPT = {"15040"}
"""Courses that no credential stands for: 15040 is new in every plan since 2024 and no earlier study can have covered it."""

CLOSED = ("refused", "withdrawn", "revoked")
ANY_NUMBER = re.compile(r"(?=(?:.*\d){4})[0-9A-Z一-鿿()（）\[\]〔〕/.\-]{4,60}")
USUAL_NUMBERS = {
    Credential.Kind.CET4: re.compile(r"\d{15}"),
    Credential.Kind.CET6: re.compile(r"\d{15}"),
    Credential.Kind.DIPLOMA_ASSOCIATE: re.compile(r"\d{17,18}"),
    Credential.Kind.DIPLOMA_BACHELOR: re.compile(r"\d{17,18}"),
}


def _today() -> dt.date:
    return timezone.localdate()


def _needs_score(case: ExemptionApplication) -> bool:
    row = basis_of(case.credential, case.course.code, case.major.level, _today())
    return row is not None and bool(row.least_score)


def _what_is_compared(case: ExemptionApplication) -> Any:
    return gettext("凭据：%(kind)s；课程：%(course)s；专业层次：%(level)s。") % {
        "kind": case.credential.get_kind_display(),
        "course": case.course,
        "level": case.major.get_level_display(),
    }


@rule(_("凭据在免考范围内，并且对应所申请的课程。"), REGULATION_22, compared=_what_is_compared)
def credential_covers_the_course(case: ExemptionApplication) -> list[Problem]:
    """The table of bases has a row for this credential, course and level; a kind it does not know is for a person to judge.

    Returns ``exemption.not-covered`` (blocking), ``exemption.compare`` or ``exemption.unlisted``. Source: the row's.
    """
    credential = case.credential
    if not is_listed(credential.kind):
        return [_for_a_person("unlisted", _("这类凭据没有列入对照，由院校和市自考办看材料决定。"), REGULATION_22)]
    row = basis_of(credential, case.course.code, case.major.level, _today())
    if row is None:
        return [Problem("exemption.not-covered", *_why_not_covered(case))]
    if row.judged:
        return [_for_a_person("compare", _("要对照原来的成绩单：该课程在那里以同等或更高要求合格，才能免考。"), row.source)]
    return []


def _why_not_covered(case: ExemptionApplication) -> tuple[Any, Any, Any]:
    """Message, source and next step for a course that the credential does not stand for."""
    rows = rows_for(case.credential, case.major.level, _today())
    words = {"kind": case.credential.get_kind_display(), "course": case.course, "level": case.major.get_level_display()}
    message = gettext("%(kind)s不能免考%(level)s专业的%(course)s：课程代码不在可免考的范围内。") % words
    if not rows:
        return message, RULES_OF_2008, gettext("可以换一种凭据，或报名参加考试。")
    return message, rows[0].source, gettext("这种凭据可以免考：%(codes)s。") % {"codes": "、".join(codes_of(rows))}


def _the_line(case: ExemptionApplication) -> Any:
    words = {"least": value_of("exemption.cet_least_score"), "score": case.credential.score_in_words or gettext("未填")}
    return gettext("%(least)s分（含）以上可以免考；本件：%(score)s。") % words


@rule(_("证书成绩达到规定的分数。"), CERTIFICATES, applies=_needs_score, compared=_the_line)
def score_reaches_the_line(case: ExemptionApplication) -> list[Problem]:
    """A certificate with points has at least as many as the office's setting (425 for CET-4).

    Reads ``credential.score``. Returns [], ``exemption.score-missing`` or ``exemption.score-below-line``.
    """
    row = basis_of(case.credential, case.course.code, case.major.level, _today())
    if row is None or not row.least_score:
        return []
    least, score = value_of(row.least_score), case.credential.score
    if score is None:
        return [Problem("exemption.score-missing", _("请填写证书成绩。"), row.source)]
    if score >= least:
        return []
    message = gettext("证书成绩%(score)s分，低于%(least)s分。") % {"score": case.credential.score_in_words, "least": least}
    return [Problem("exemption.score-below-line", message, row.source, _("可以换一种凭据，或报名参加考试。"))]


@rule(_("申请免考的不是毕业论文（设计），也不是规定不得免考的课程。"), REGULATION_22)
def course_may_be_exempted(case: ExemptionApplication) -> list[Problem]:
    """No thesis or graduation design (``exemption.thesis``) and no course of ``NEVER_EXEMPT`` (``exemption.never``)."""
    if case.course.code in NEVER_EXEMPT:
        message = gettext("%(course)s不得免考，须参加考试。") % {"course": case.course}
        return [Problem("exemption.never", message, REGULATION_22)]
    if case.course.practical and _links(case).filter(assessment=PlanCourse.Assessment.THESIS).exists():
        return [Problem("exemption.thesis", _("毕业论文（设计）不得免考。"), REGULATION_22, _("请按专业计划申请毕业论文。"))]
    return []


def _is_practical(case: ExemptionApplication) -> bool:
    return case.course.practical


@rule(_("实践环节不单独免考：与它的理论课程一并申请，或理论课程已有学分。"), CERTIFICATES, applies=_is_practical)
def practice_goes_with_its_theory(case: ExemptionApplication) -> list[Problem]:
    """A practical part is exempt only together with its theory course: ``exemption.practice-alone``."""
    theories = _theories(case)
    if _credited(case) & theories or _requested_by(case).filter(course__in=theories).exists():
        return []
    return [Problem("exemption.practice-alone", _("实践环节不能单独免考。"), CERTIFICATES, _("请同时申请免考它的理论课程。"))]


@rule(_("实践环节的理论课程已经有学分。"), CERTIFICATES, applies=_is_practical)
def theory_is_credited(case: ExemptionApplication) -> list[Problem]:
    """Before the practical part is granted its theory course has been: ``exemption.theory-first``."""
    if _credited(case) & _theories(case):
        return []
    return [Problem("exemption.theory-first", _("理论课程还没有学分，请先审定理论课程的免考。"), CERTIFICATES)]


@rule(_("该课程还没有学分。"), REGULATION_22)
def course_is_not_yet_credited(case: ExemptionApplication) -> list[Problem]:
    """The candidate has no credit for the course yet, from whatever source: ``exemption.credited``."""
    if case.course_id not in _credited(case):
        return []
    return [Problem("exemption.credited", _("该课程已有学分，不必免考。"), REGULATION_22)]


@rule(_("该课程没有别的免考申请在办。"), REGULATION_22)
def course_is_not_pending_elsewhere(case: ExemptionApplication) -> list[Problem]:
    """No other open application of the candidate asks for the same course: ``exemption.pending``."""
    if _requested_by(case).filter(course=case.course_id).exclude(status="granted").exists():
        return [pending()]
    return []


def pending() -> Problem:
    """That the course is asked for already."""
    next_step = _("可以在“我的申请”里查看或撤回那一件。")
    return Problem("exemption.pending", _("该课程已有一件免考申请在办。"), REGULATION_22, next_step)


@rule(_("凭据附有证明材料。"), REGULATION_22)
def credential_has_a_proof(case: ExemptionApplication) -> list[Problem]:
    """At least one uploaded document belongs to the credential: ``exemption.proof-missing``."""
    if case.credential.documents.exists():
        return []
    return [Problem("exemption.proof-missing", _("没有上传证明材料。"), REGULATION_22, _("请上传证书或成绩单的扫描件或照片。"))]


def _the_number(case: ExemptionApplication) -> Any:
    return case.credential.number


@rule(_("证书编号写法正确。"), REGULATION_22, compared=_the_number)
def number_is_well_formed(case: ExemptionApplication) -> list[Problem]:
    """Digits, capitals and the signs of certificate numbers; where a kind has a usual length, another one is to be looked at.

    Returns ``exemption.number-malformed`` (blocking) or ``exemption.number-unusual``.
    """
    number, usual = case.credential.number, USUAL_NUMBERS.get(Credential.Kind(case.credential.kind))
    if not ANY_NUMBER.fullmatch(number):
        return [Problem("exemption.number-malformed", _("证书编号写法不对，请照证书上的编号填写。"), REGULATION_22)]
    if usual is not None and not usual.fullmatch(number):
        return [_for_a_person("number-unusual", _("证书编号的位数与这类证书通常的编号不同，请对照原件。"), REGULATION_22)]
    return []


@rule(_("发证日期不晚于今天。"), REGULATION_22)
def issue_date_is_not_in_the_future(case: ExemptionApplication) -> list[Problem]:
    """The credential exists: ``exemption.issued-in-future`` when dated later than today."""
    if case.credential.issued_on <= _today():
        return []
    return [Problem("exemption.issued-in-future", _("发证日期晚于今天，请核对。"), REGULATION_22)]


def _has_calendar(case: ExemptionApplication) -> bool:
    january = _submitted_on(case).replace(month=1, day=1)
    return Window.objects.filter(kind=Window.Kind.EXEMPTION, closes_on__gte=january).exists()


def _submitted_on(case: ExemptionApplication) -> dt.date:
    """The day of the first submission; today where there is none yet. Completing a returned case is not a new submission."""
    first = case.events.steps().filter(verb="submit").first() if case.pk else None
    return timezone.localdate(first.at) if first else _today()


def _the_window(case: ExemptionApplication) -> Any:
    return gettext("提交于%(on)s。") % {"on": day(_submitted_on(case))}


@rule(_("在开放期内提交。"), OFFICE, applies=_has_calendar, compared=_the_window)
def submitted_in_the_window(case: ExemptionApplication) -> list[Problem]:
    """First submitted within a window, if the calendar has any from that year on: ``exemption.outside-window``."""
    on = _submitted_on(case)
    windows = Window.objects.filter(kind=Window.Kind.EXEMPTION)
    if windows.open_on(on).exists():
        return []
    following = windows.not_over(on).first()
    if following is None:
        return [Problem("exemption.outside-window", _("不在开放期内。"), OFFICE, _("请留意下一次开放期的通知；草稿会一直保留。"))]
    words = {"first": day(following.opens_on), "last": day(following.closes_on)}
    message = gettext("不在开放期内：%(first)s至%(last)s受理。") % words
    return [Problem("exemption.outside-window", message, OFFICE, _("可以先存为草稿，到开放期再提交。"))]


@rule(_("没有别人用过同一编号的凭据。"), REGULATION_22, staff_only=True)
def number_is_used_by_nobody_else(case: ExemptionApplication) -> list[Problem]:
    """Nobody else has handed in a credential of this kind and number: ``exemption.number-shared``, for a person to look at."""
    same = ExemptionApplication.objects.filter(credential__kind=case.credential.kind, credential__number=case.credential.number)
    others = same.exclude(candidate=case.candidate_id).exclude(status__in=["draft", "withdrawn"])
    count = others.values("candidate").distinct().count()
    if not count:
        return []
    message = gettext("另有%(count)s人用过同一编号的凭据，请核对原件。") % {"count": count}
    return [_for_a_person("number-shared", message, REGULATION_22)]


def _for_a_person(code: str, message: Any, source: Any) -> Problem:
    return Problem(f"exemption.{code}", message, source, blocking=False)


def _credited(case: ExemptionApplication) -> set[int]:
    """The ids of the courses that the candidate has; prefetched ``credits`` are used where a page has many cases."""
    return {credit.course_id for credit in case.candidate.credits.all()}


def _requested_by(case: ExemptionApplication) -> Any:
    """The candidate's other applications that are open or granted."""
    return ExemptionApplication.objects.filter(candidate=case.candidate_id).exclude(pk=case.pk).exclude(status__in=CLOSED)


def _links(case: ExemptionApplication) -> Any:
    """How the plans name this course."""
    return PlanCourse.objects.filter(course=case.course_id)


def _theories(case: ExemptionApplication) -> set[int]:
    """The theory courses that the plans link to this practical one."""
    return set(_links(case).filter(theory__isnull=False).values_list("theory", flat=True))


ABOUT_THE_COURSE = (
    credential_covers_the_course,
    score_reaches_the_line,
    course_may_be_exempted,
    practice_goes_with_its_theory,
    course_is_not_yet_credited,
)
ABOUT_THE_CREDENTIAL = (
    credential_has_a_proof,
    number_is_well_formed,
    issue_date_is_not_in_the_future,
    submitted_in_the_window,
    number_is_used_by_nobody_else,
)
ELIGIBLE = (*ABOUT_THE_COURSE, course_is_not_pending_elsewhere, *ABOUT_THE_CREDENTIAL)

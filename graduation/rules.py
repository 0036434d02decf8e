"""The articles on graduation: a case in, everything that stands against it out.

The conditions themselves stand in ``conditions.py`` and are asked through one audit of the application; what is here says which
of them a step asks for, and adds what concerns the application alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.workflow import Problem, Rule, rule
from graduation import conditions, wording
from graduation.conditions import REGULATION_27, Check, Condition
from graduation.models import GraduationApplication
from graduation.snapshots import audit_of
from graduation.terms import graduation_day, is_term
from records.settings.values import value_of

REGULATION_25 = _("暂行条例第二十五条第一款、第二款")
OFFICE = _("市自考办设置")


@dataclass(frozen=True)
class Held:
    """The check of one condition on an application; ``next_step`` stands for the condition's own where an office is asked."""

    code: str
    next_step: Any = ""

    @property
    def __name__(self) -> str:
        return self.code

    def __call__(self, case: GraduationApplication) -> list[Problem]:
        found = self.of(case)
        if found is None or found.satisfied:
            return []
        code, message = f"graduation.{found.code.replace('_', '-')}", gettext("%(why)s。") % {"why": found.why}
        return [Problem(code, message, found.source, self.next_step or found.next_step)]

    def of(self, case: GraduationApplication) -> Condition | None:
        """The condition as it stands; None where it does not concern the case."""
        return audit_of(case).condition(self.code)

    def concerns(self, case: GraduationApplication) -> bool:
        return self.of(case) is not None

    def compared(self, case: GraduationApplication) -> str:
        found = self.of(case)
        return found.why if found else ""


def _rule_of(check: Check) -> Rule:
    """The condition as a rule for everybody."""
    return _rule(check, Held(check.code), staff_only=False)


def _finding_of(check: Check) -> Rule:
    """The condition as a rule for the office that has to look and write down what it found."""
    return _rule(check, Held(check.code, _("请核对后登记；不符合的退回补正。")), staff_only=True)


def _rule(check: Check, held: Held, *, staff_only: bool) -> Rule:
    sentence = format_lazy("{}。", check.label)
    return Rule(sentence, check.source, held, applies=held.concerns, compared=held.compared, staff_only=staff_only)


def _what_is_earned(case: GraduationApplication) -> Any:
    verdict = audit_of(case).verdict
    words = {"earned": wording.figure(verdict.credits_earned), "required": wording.figure(verdict.credits_required)}
    path = gettext("%(path)s路径，") % {"path": verdict.path} if verdict.path else ""
    return path + gettext("%(earned)s学分，共需%(required)s学分") % words


@rule(_("专业考试计划规定的课程、学分和实践考核全部合格。"), REGULATION_25, compared=_what_is_earned)
def plan_is_complete(case: GraduationApplication) -> list[Problem]:
    """Every course of the plan passed or covered, every group and total reached: ``graduation.plan-incomplete``."""
    answer = audit_of(case)
    if answer.plan_complete:
        return []
    words = {"count": len(answer.unmet), "what": wording.listed(wording.wanting(each) for each in answer.unmet)}
    message = gettext("还差%(count)s项：%(what)s。") % words
    return [Problem("graduation.plan-incomplete", message, REGULATION_25, _("毕业进度里列有每一项差什么；补齐后再申请。"))]


def _needs_prior_diploma(case: GraduationApplication) -> bool:
    return bool(case.plan.prior_diploma)


@rule(_("前置学历已登记，或附有毕业证书。"), conditions.PLAN_NOTES, applies=_needs_prior_diploma)
def prior_diploma_is_shown(case: GraduationApplication) -> list[Problem]:
    """The record names an associate or higher education, or a proof is attached: ``graduation.prior-diploma``."""
    if case.candidate.prior_education or case.prior_diploma_verified or case.documents.exists():
        return []
    message, next_step = _("没有登记专科及以上学历，也没有附毕业证书。"), _("可以继续考试；取得毕业证书后上传，并交验原件。")
    return [Problem("graduation.prior-diploma", message, conditions.PLAN_NOTES, next_step)]


def _how_verified(case: GraduationApplication) -> str:
    return case.prior_diploma_how


@rule(
    _("前置学历已由主考院校核验。"),
    conditions.PLAN_NOTES,
    applies=_needs_prior_diploma,
    compared=_how_verified,
    staff_only=True,
)
def prior_diploma_is_verified(case: GraduationApplication) -> list[Problem]:
    """The university saw the original and found it genuine: ``graduation.prior-diploma-unverified`` or ``…-rejected``."""
    if case.prior_diploma_verified:
        return []
    if case.prior_diploma_verified is None:
        code, message = "graduation.prior-diploma-unverified", _("前置学历尚未核验。")
    else:
        code, message = "graduation.prior-diploma-rejected", _("前置学历未通过核验。")
    return [Problem(code, message, conditions.PLAN_NOTES, _("交验毕业证书原件，在学信网核验后登记结果。"))]


def _the_day(case: GraduationApplication) -> Any:
    return gettext("毕业日期%(day)s") % {"day": wording.date(graduation_day(case.term))}


@rule(_("毕业时间在规定的月份，并且还没有过。"), REGULATION_27, compared=_the_day)
def term_is_to_come(case: GraduationApplication) -> list[Problem]:
    """The term is one of the months of graduation (June, December) and not over: ``graduation.term``."""
    if is_term(case.term) and graduation_day(case.term) >= timezone.localdate():
        return []
    message = gettext("%(term)s不能再申请毕业。") % {"term": case.term_in_words}
    return [Problem("graduation.term", message, REGULATION_27, _("请改选下一个毕业时间。"))]


def _least_characters(case: GraduationApplication) -> int:
    return int(value_of("graduation.self_assessment_least", office_id=case.university_id))


def _asks_for_length(case: GraduationApplication) -> bool:
    return _least_characters(case) > 0


@rule(_("自我鉴定达到规定字数。"), OFFICE, applies=_asks_for_length)
def self_assessment_is_long_enough(case: GraduationApplication) -> list[Problem]:
    """As many characters as the office's setting asks for, blanks not counted: ``graduation.self-assessment``."""
    least, written = _least_characters(case), len("".join(case.self_assessment.split()))
    if written >= least:
        return []
    words = {"least": least, "written": written}
    message = gettext("自我鉴定要写%(least)s字以上，现在%(written)s字。") % words
    return [Problem("graduation.self-assessment", message, OFFICE, _("请补写后再提交。"))]


@rule(_("已阅读毕业申请须知。"), OFFICE)
def notice_is_read(case: GraduationApplication) -> list[Problem]:
    """The candidate confirmed having read the notice: ``graduation.notice``."""
    if case.notice_read_at:
        return []
    return [Problem("graduation.notice", _("还没有确认阅读须知。"), OFFICE, _("请在申请里阅读并勾选。"))]


ABOUT_THE_RECORD = (
    plan_is_complete,
    *(
        _rule_of(check)
        for check in (
            conditions.plan_open,
            conditions.graduated_before,
            conditions.pending_case,
            conditions.penalty,
            conditions.thesis_host,
            conditions.local_minimum,
            conditions.transfer_age,
        )
    ),
)
TO_SUBMIT = (
    *ABOUT_THE_RECORD,
    prior_diploma_is_shown,
    _rule_of(conditions.window),
    term_is_to_come,
    self_assessment_is_long_enough,
    notice_is_read,
)
VERIFIED = (
    prior_diploma_is_verified,
    *(
        _finding_of(check)
        for check in (conditions.appraisal, conditions.identity, conditions.photo, conditions.additional_courses)
    ),
)
TO_GRADUATE = (*ABOUT_THE_RECORD, *VERIFIED)

"""Score review: candidate → university's check (U3) → one person of the city finds (O3) → another one confirms (art. 18)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audit.workflow import Step, Workflow
from scores.reviews import deciding, rules
from scores.reviews.models import Origin, Result, ReviewRequest, ReviewStatus

DRAFT, RETURNED, UNIVERSITY = ReviewStatus.DRAFT, ReviewStatus.RETURNED, ReviewStatus.UNIVERSITY
MUNICIPALITY, CONFIRMATION = ReviewStatus.MUNICIPALITY, ReviewStatus.CONFIRMATION
UPHELD, CHANGED = ReviewStatus.UPHELD, ReviewStatus.CHANGED
REFUSED, WITHDRAWN = ReviewStatus.REFUSED, ReviewStatus.WITHDRAWN
CHECK, DECIDE = "scores.check_review", "scores.decide_review"
FINDING = ("result", "new_points", "new_grade", "new_flag", "new_flag_reason", "grounds", "evidence")
FIRST_PERSON = {"find"}


def is_asked_for(case: ReviewRequest) -> bool:
    """A candidate wants it."""
    return case.origin != Origin.OFFICE


def is_own(case: ReviewRequest) -> bool:
    """The municipal office began it by itself (市自考办自查)."""
    return case.origin == Origin.OFFICE


def is_upheld(case: ReviewRequest) -> bool:
    """The first person found nothing wrong."""
    return case.result == Result.UPHELD


def is_changed(case: ReviewRequest) -> bool:
    """The first person found another mark."""
    return case.result == Result.CHANGED


# fmt: off
REVIEW = Workflow(
    ReviewRequest,
    (
        Step("submit", {DRAFT, RETURNED}, UNIVERSITY, by="candidate", rules=rules.ASKED, applies=is_asked_for,
             label=_("提交"), tone="main",
             follows=_("送{case.university.title}核对，再由市自考办两个人先后复核；市自考办复核以前可以撤回。")),
        Step("lodge", {DRAFT, RETURNED}, UNIVERSITY, by="counter", permission=CHECK, rules=rules.ASKED,
             label=_("代为提交"), tone="main", duty=_("柜台受理"),
             follows=_("考生本人在场；提交后由本校核对，报市自考办。")),
        Step("open", {DRAFT}, MUNICIPALITY, by="municipality", permission=DECIDE, rules=rules.REQUEST, applies=is_own,
             effect=deciding.look_anew, label=_("开始自查"), tone="main", duty=_("成绩复核"),
             follows=_("由市自考办两个人先后复核，没有期限。")),
        Step("withdraw", {DRAFT, UNIVERSITY, RETURNED}, WITHDRAWN, by="candidate", confirm=True, is_awaited=False,
             applies=is_asked_for, label=_("撤回申请"),
             follows=_("这一件就此办结，成绩不变；在规定的工作日内可以再申请。")),
        Step("check", {UNIVERSITY}, MUNICIPALITY, by="university", permission=CHECK, rules=rules.CHECKED, confirm=True,
             records=("identity_confirmed",), effect=deciding.look_anew,
             label=_("核对无误，报市自考办"), tone="main", duty=_("复核申请核对"),
             follows=_("核对时限、本人和复核内容；成绩由市自考办复核。")),
        Step("return", {UNIVERSITY}, RETURNED, by="university", permission=CHECK, note_required=True,
             label=_("退回补正"), duty=_("复核申请核对"),
             follows=_("要写明补什么；考生会看到，补正后重新提交。")),
        Step("decline", {UNIVERSITY}, REFUSED, by="university", permission=CHECK, note_required=True,
             label=_("不予受理"), tone="refuse", duty=_("复核申请核对"),
             follows=_("要写明理由；考生会看到。同一次公布的成绩不能再申请。")),
        Step("find", {MUNICIPALITY}, CONFIRMATION, by="municipality", permission=DECIDE, rules=rules.FOUND,
             records=FINDING, effect=deciding.keep_finding, independent_of={"check", "lodge"},
             label=_("写复核结果"), tone="main", duty=_("成绩复核"),
             follows=_("由另一个人确认；确认以前考生和院校都看不到结果。")),
        Step("send-back", {MUNICIPALITY}, UNIVERSITY, by="municipality", permission=DECIDE, note_required=True,
             applies=is_asked_for, label=_("退回院校"), duty=_("成绩复核"),
             follows=_("要写明缺什么；由{case.university.title}重新核对。")),
        Step("refuse", {MUNICIPALITY}, REFUSED, by="municipality", permission=DECIDE, note_required=True,
             applies=is_asked_for, independent_of={"check", "lodge"},
             label=_("不予复核"), tone="refuse", duty=_("成绩复核"),
             follows=_("要写明理由；考生会看到。")),
        Step("drop", {MUNICIPALITY}, WITHDRAWN, by="municipality", permission=DECIDE, note_required=True, applies=is_own,
             is_awaited=False, label=_("停止自查"), duty=_("成绩复核"),
             follows=_("要写明理由；成绩不变。")),
        Step("confirm-upheld", {CONFIRMATION}, UPHELD, by="municipality", permission=DECIDE, rules=rules.CONFIRMED, confirm=True,
             applies=is_upheld, independent_of=FIRST_PERSON, effect=deciding.uphold,
             label=_("确认：维持原成绩"), tone="main", duty=_("复核确认"),
             follows=_("成绩不变，考生会收到通知；办结后不能撤销。")),
        Step("confirm-change", {CONFIRMATION}, CHANGED, by="municipality", permission=DECIDE, rules=rules.CONFIRMED_CHANGE,
             confirm=True, applies=is_changed, independent_of=FIRST_PERSON, effect=deciding.correct,
             label=_("确认：更正成绩"), tone="main", duty=_("复核确认"),
             follows=_("成绩随即更正，学分、考籍、证明、在办的毕业申请和统计跟着更新；考生会收到通知。")),
        Step("hand-back", {CONFIRMATION}, MUNICIPALITY, by="municipality", permission=DECIDE, records=("objection",),
             rules=(rules.objection_is_written,), effect=deciding.drop_finding, is_awaited=False,
             label=_("退回重新复核"), duty=_("复核确认"),
             follows=_("要写明重新查什么；只有市自考办看得到。")),
    ),
    route=(DRAFT, UNIVERSITY, MUNICIPALITY, CONFIRMATION, UPHELD),
    desks={
        DRAFT:        (_("提出"), ""),
        UNIVERSITY:   (_("主考院校核对"), _("时限、本人、复核内容")),
        MUNICIPALITY: (_("市自考办复核"), _("查试卷、评分和登分")),
        CONFIRMATION: (_("另一人确认"), ""),
        UPHELD:       (_("办结"), _("维持原成绩，或者更正")),
    },
    statuses=ReviewStatus,
)
# fmt: on

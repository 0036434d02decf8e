"""Violations: found and recorded by two people → told, heard → proposed → decided by another → served → reviewed or final.

国家教育考试违规处理办法 (令33号) articles 18 to 29. A review does not stop a decision: its effect falls when it is decided and is
undone when a review revokes it.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audit.workflow import Step, Workflow
from scores.violations import rules
from scores.violations.effects import carry_out, replace, revoke, uphold
from scores.violations.models import Violation, ViolationStatus

DRAFT, RECORDED, TOLD = ViolationStatus.DRAFT, ViolationStatus.RECORDED, ViolationStatus.TOLD
PROPOSED, DECIDED, SERVED = ViolationStatus.PROPOSED, ViolationStatus.DECIDED, ViolationStatus.SERVED
REVIEW, FINAL, REVOKED = ViolationStatus.REVIEW, ViolationStatus.FINAL, ViolationStatus.REVOKED
DISMISSED, WITHDRAWN = ViolationStatus.DISMISSED, ViolationStatus.WITHDRAWN
RECORD, PROPOSE = "scores.record_violation", "scores.propose_violation"
DECIDE, ENTER_REVIEW = "scores.decide_violation", "scores.review_violation"
ALREADY_INVOLVED = {"record", "tell", "hold-hearing", "propose"}
PENALTY = ("penalty_kind", "penalty_starts_on", "penalty_ends_on")
REVIEWED = ("review_number", "review_decided_on")


def _may_still_ask_for_a_hearing(case: Violation) -> bool:
    return case.hearing_offered and case.hearing_asked_on is None


def _a_hearing_is_open(case: Violation) -> bool:
    return case.hearing_offered and case.hearing_held_on is None


# fmt: off
VIOLATION = Workflow(
    Violation,
    (
        Step("record", {DRAFT}, RECORDED, by="recorder", permission=RECORD, rules=rules.RECORDED,
             label=_("登记"), tone="main", duty=_("违规登记"),
             follows=_("送市自考办告知考生。登记后不能再改，写错的只能撤回重登。")),
        Step("withdraw", {DRAFT, RECORDED, TOLD}, WITHDRAWN, by="recorder", permission=RECORD, note_required=True,
             is_awaited=False, label=_("撤回（登记有误）"), duty=_("违规登记"),
             follows=_("要写明错在哪里；这一件就此办结，成绩不变。")),
        Step("tell", {RECORDED}, TOLD, by="municipality", permission=PROPOSE, rules=(rules.told_after_it_happened,),
             records=("told_on", "hearing_offered"), label=_("告知考生"), tone="main", duty=_("违规处理"),
             follows=_("考生在个人空间看到事实和依据，可以陈述申辩；拟停考的还可以要求听证。")),
        Step("state", {TOLD}, TOLD, by="candidate", records=("statement",), is_awaited=False,
             rules=(rules.still_time_to_state, rules.statement_is_written),
             label=_("陈述申辩"), tone="main", follows=_("期限内可以再改；市自考办提出处理意见时一并考虑。")),
        Step("ask-hearing", {TOLD}, TOLD, by="candidate", records=("hearing_asked_on",), rules=(rules.still_time_to_state,),
             applies=_may_still_ask_for_a_hearing, is_awaited=False, confirm=True,
             label=_("要求听证"), follows=_("市自考办举行听证以后，才能提出处理意见。")),
        Step("note-statement", {TOLD}, TOLD, by="municipality", permission=PROPOSE, records=("statement",),
             rules=(rules.statement_is_written,), is_awaited=False,
             label=_("登记陈述申辩"), duty=_("违规处理"), follows=_("考生当面或书面提出的，照原意记下。")),
        Step("hold-hearing", {TOLD}, TOLD, by="municipality", permission=PROPOSE, applies=_a_hearing_is_open, is_awaited=False,
             records=("hearing_held_on", "hearing_summary"), rules=(rules.hearing_has_been,),
             label=_("登记听证"), duty=_("违规处理"), follows=_("听证笔录另附材料，这里写要点。")),
        Step("propose", {TOLD}, PROPOSED, by="municipality", permission=PROPOSE, records=("opinion", *PENALTY),
             rules=rules.PROPOSED, label=_("提出处理意见"), tone="main", duty=_("违规处理"),
             follows=_("送市自考办负责人决定；您不再参加决定。")),
        Step("return", {PROPOSED}, TOLD, by="municipality", permission=DECIDE, note_required=True,
             independent_of=ALREADY_INVOLVED, label=_("退回重新提出"), duty=_("违规决定"),
             follows=_("要写明缺什么。")),
        Step("decide", {PROPOSED}, DECIDED, by="municipality", permission=DECIDE, rules=rules.DECIDED, effect=carry_out,
             independent_of=ALREADY_INVOLVED, records=("decision", "decided_on"),
             label=_("作出决定"), tone="main", duty=_("违规决定"),
             follows=_("相应的成绩随即取消，学分随之撤销；停考或延迟毕业自起始日期执行。复核撤销的，原样恢复。")),
        Step("dismiss", {RECORDED, TOLD, PROPOSED}, DISMISSED, by="municipality", permission=DECIDE, note_required=True,
             independent_of=ALREADY_INVOLVED, is_awaited=False, label=_("认定不成立"), tone="refuse", duty=_("违规决定"),
             follows=_("要写明理由；成绩不变，不作处理。")),
        Step("serve", {DECIDED}, SERVED, by="municipality", permission=PROPOSE, records=("served_on", "served_how"),
             rules=(rules.served_after_it_was_decided,), label=_("登记送达"), tone="main", duty=_("违规处理"),
             follows=_("自送达次日起计算申请复核的期限。")),
        Step("ask-review", {SERVED}, REVIEW, by="candidate", records=("review_grounds", "review_asked_on"), is_awaited=False,
             rules=(rules.still_time_to_ask_review, rules.review_grounds_are_given),
             label=_("申请复核"), tone="main", follows=_("由上一级教育考试机构复核；复核期间决定照常执行。")),
        Step("take-review", {SERVED}, REVIEW, by="municipality", permission=PROPOSE, is_awaited=False,
             records=("review_grounds", "review_asked_on"),
             rules=(rules.review_asked_after_serving, rules.still_time_to_ask_review, rules.review_grounds_are_given),
             label=_("登记复核申请"), duty=_("违规处理"), follows=_("考生书面申请的，按收到的日期登记。")),
        Step("close", {SERVED}, FINAL, by="municipality", permission=PROPOSE, rules=(rules.time_for_review_is_over,),
             label=_("登记生效"), duty=_("违规处理"), follows=_("期限内没有申请复核，决定生效，本件办结。")),
        Step("uphold", {REVIEW}, FINAL, by="municipality", permission=ENTER_REVIEW, records=REVIEWED, rules=rules.REVIEWED,
             effect=uphold, independent_of={*ALREADY_INVOLVED, "decide"},
             label=_("登记复核：维持"), duty=_("复核登记"), follows=_("决定不变，本件办结。")),
        Step("change", {REVIEW}, FINAL, by="municipality", permission=ENTER_REVIEW, effect=replace,
             records=(*REVIEWED, "act", "course", "grave", *PENALTY),
             rules=(*rules.FOUND, *rules.PENALTY, *rules.REVIEWED), independent_of={*ALREADY_INVOLVED, "decide"},
             label=_("登记复核：变更"), duty=_("复核登记"),
             follows=_("先恢复原决定取消的成绩，再按变更后的决定办理；本件办结。")),
        Step("revoke", {REVIEW}, REVOKED, by="municipality", permission=ENTER_REVIEW, records=REVIEWED, rules=rules.REVIEWED,
             effect=revoke, independent_of={*ALREADY_INVOLVED, "decide"}, tone="refuse",
             label=_("登记复核：撤销"), duty=_("复核登记"),
             follows=_("原决定取消的成绩、学分随即恢复，停考或延迟毕业撤销；别的决定取消的不变。")),
    ),
    route=(DRAFT, RECORDED, TOLD, PROPOSED, DECIDED, SERVED, FINAL),
    desks={
        DRAFT:    (_("登记违规事实"), _("两人记录，附证据")),
        RECORDED: (_("告知考生"), ""),
        TOLD:     (_("听取陈述申辩"), _("要求听证的先听证")),
        PROPOSED: (_("市自考办决定"), _("由未经办的负责人决定")),
        DECIDED:  (_("送达"), ""),
        SERVED:   (_("可以申请复核"), ""),
        FINAL:    (_("生效"), ""),
    },
    statuses=ViolationStatus,
)
# fmt: on

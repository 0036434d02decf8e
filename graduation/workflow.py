"""Graduation: candidate → university's check (U7) → municipal approval (O6) → diploma (Regulations 1988 art. 25 to 27)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.workflow import Status, Step, Workflow
from graduation.diplomas import issue_diploma
from graduation.models import GraduationApplication
from graduation.rules import TO_GRADUATE, TO_SUBMIT
from graduation.snapshots import keep_verdict

DRAFT, RETURNED, UNIVERSITY, MUNICIPALITY = Status.DRAFT, Status.RETURNED, Status.UNIVERSITY, Status.MUNICIPALITY
CHECK, APPROVE = "graduation.check_graduation", "graduation.approve_graduation"
ENDED = (Status.GRANTED, Status.REFUSED, Status.WITHDRAWN, "revoked")
CHECKERS = {"verify", "recommend"}
VERIFIED = (
    "appraisal",
    "prior_diploma_verified",
    "prior_diploma_how",
    "identity_confirmed",
    "photo_confirmed",
    "additional_courses",
)


def graduate(application: GraduationApplication, event: Event) -> None:
    """The diploma is issued in its major from the university that checked; the audit on which it stands is kept."""
    keep_verdict(application, event)
    issue_diploma(application, event)


# fmt: off
GRADUATION = Workflow(
    GraduationApplication,
    (
        Step("submit", {DRAFT, RETURNED}, UNIVERSITY, by="candidate", rules=TO_SUBMIT, effect=keep_verdict,
             label=_("提交"), tone="main",
             follows=_("送{case.university.title}初审。提交后不能再改，退回补正时才能改；报市自考办前可以撤回。")),
        Step("withdraw", {DRAFT, UNIVERSITY, RETURNED}, Status.WITHDRAWN, by="candidate", confirm=True,
             label=_("撤回申请"),
             follows=_("这一件就此办结；已得学分不受影响，以后可以重新申请。")),
        Step("verify", {UNIVERSITY}, UNIVERSITY, by="university", permission=CHECK, records=VERIFIED,
             label=_("登记核验结果"), duty=_("毕业初审"),
             follows=_("思想品德鉴定、前置学历、姓名证件、照片；每次改动都留痕。报市自考办前必须登记齐。")),
        Step("recommend", {UNIVERSITY}, MUNICIPALITY, by="university", permission=CHECK, rules=TO_GRADUATE, confirm=True,
             effect=keep_verdict,
             label=_("报市自考办"), tone="main", duty=_("毕业初审"),
             follows=_("送市自考办审批；您不再参加审批。")),
        Step("return", {UNIVERSITY}, RETURNED, by="university", permission=CHECK, note_required=True,
             label=_("退回补正"), duty=_("毕业初审"),
             follows=_("要写明缺什么；考生会看到，补正后重新提交。")),
        Step("grant", {MUNICIPALITY}, Status.GRANTED, by="municipality", permission=APPROVE, confirm=True,
             rules=TO_GRADUATE, effect=graduate, independent_of=CHECKERS,
             label=_("批准毕业"), tone="main", duty=_("毕业审批"),
             follows=_("准予{case.major}毕业，随即编发毕业证书编号，毕业时间{case.term_in_words}；不能撤销。")),
        Step("send-back", {MUNICIPALITY}, UNIVERSITY, by="municipality", permission=APPROVE, note_required=True,
             label=_("退回院校补正"), duty=_("毕业审批"),
             follows=_("要写明缺什么；由{case.university.title}重新初审。")),
        Step("refuse", {MUNICIPALITY}, Status.REFUSED, by="municipality", permission=APPROVE, note_required=True,
             independent_of=CHECKERS,
             label=_("不予批准"), tone="refuse", duty=_("毕业审批"),
             follows=_("要写明理由和条款；考生会看到理由，条件具备后可以重新申请。")),
    ),
    route=(DRAFT, UNIVERSITY, MUNICIPALITY, Status.GRANTED),
    desks={
        DRAFT:          (_("考生提交"), ""),
        UNIVERSITY:     (_("主考院校初审"), ""),
        MUNICIPALITY:   (_("市自考办审批"), ""),
        Status.GRANTED: (_("办结"), _("批准的，编发毕业证书")),
    },
)
# fmt: on

"""Corrections (K2): the candidate with proof → the university checks the original → the city verifies → one named editor."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.workflow import Step, Workflow
from records.archive.filing import file_proof
from records.corrections import rules
from records.corrections.carrying_out import carry_out, tell_lodged
from records.corrections.models import CorrectionRequest, CorrectionStatus
from records.corrections.sameness import makes_another_person

DRAFT, RETURNED, UNIVERSITY = CorrectionStatus.DRAFT, CorrectionStatus.RETURNED, CorrectionStatus.UNIVERSITY
MUNICIPALITY, HEAD, EDITOR = CorrectionStatus.MUNICIPALITY, CorrectionStatus.HEAD, CorrectionStatus.EDITOR
DONE, REFUSED, WITHDRAWN = CorrectionStatus.DONE, CorrectionStatus.REFUSED, CorrectionStatus.WITHDRAWN
CHECK, VERIFY = "records.check_correction", "records.verify_correction"
APPROVE, CARRY_OUT = "records.approve_correction", "records.carry_out_correction"
VERIFIERS = {"verify", "refer", "reassign"}


def flag(case: CorrectionRequest, event: Event) -> None:
    """Whether the change would make the record another person's is kept with the case, for lists and the printed form."""
    case.makes_another_person = makes_another_person(case)
    case.save(update_fields=["makes_another_person"])


def lodge(case: CorrectionRequest, event: Event) -> None:
    """Flagged, and the candidate is told of what was asked for at the counter."""
    flag(case, event)
    tell_lodged(case, event)


def file_the_proof(case: CorrectionRequest, event: Event) -> None:
    """The proof that lay before the clerk goes into the candidate's paper file (K3)."""
    flag(case, event)
    if event.actor is not None:
        file_proof(case, by=event.actor)


# fmt: off
CORRECTION = Workflow(
    CorrectionRequest,
    (
        Step("submit", {DRAFT, RETURNED}, UNIVERSITY, by="candidate", rules=rules.SOUND, effect=flag,
             label=_("提交"), tone="main",
             follows=_("提交后请本人带材料原件到{case.university.title}核对；退回补正时才能再改，办结前可以撤回。")),
        Step("lodge", {DRAFT, RETURNED}, UNIVERSITY, by="counter", permission=CHECK, rules=rules.AT_THE_OFFICES, effect=lodge,
             label=_("代为提交"), tone="main", duty=_("柜台受理"),
             follows=_("考生本人在场并已在更改申请表上签字；提交后会给考生的手机发通知。")),
        Step("withdraw", {DRAFT, RETURNED, UNIVERSITY, MUNICIPALITY}, WITHDRAWN, by="candidate", confirm=True, is_awaited=False,
             label=_("撤回申请"),
             follows=_("这一件就此办结，什么也不更改；以后可以重新申请。")),
        Step("discard", {DRAFT}, WITHDRAWN, by="counter", permission=CHECK, confirm=True, is_awaited=False,
             label=_("作废草稿"), duty=_("柜台受理"),
             follows=_("这一件就此办结，什么也不更改。")),
        Step("check", {UNIVERSITY}, MUNICIPALITY, by="university", permission=CHECK, rules=rules.CHECKED, confirm=True,
             records=("original_seen",), effect=file_the_proof,
             label=_("核对原件，报市自考办"), tone="main", duty=_("核对原件"),
             follows=_("材料归入考生的纸质档案，送市自考办核定；您不再参加核定和更改。")),
        Step("return", {UNIVERSITY}, RETURNED, by="university", permission=CHECK, note_required=True,
             label=_("退回补正"), duty=_("核对原件"),
             follows=_("要写明缺什么；考生会看到，补正后重新提交。")),
        Step("verify", {MUNICIPALITY}, EDITOR, by="municipality", permission=VERIFY, rules=rules.VERIFIED, confirm=True,
             records=("editor",), independent_of={"check", "lodge"}, applies=rules.is_the_same_person,
             label=_("核定，指定更改专人"), tone="main", duty=_("更改核定"),
             follows=_("由指定的一人更改，别人都不能改；您不再参加更改。")),
        Step("refer", {MUNICIPALITY}, HEAD, by="municipality", permission=VERIFY, rules=rules.VERIFIED, confirm=True,
             records=("editor",), independent_of={"check", "lodge"}, applies=makes_another_person,
             label=_("核定，报负责人审批"), tone="main", duty=_("更改核定"),
             follows=_("姓名、证件、出生日期、照片有几项一起更改，须负责人审批后才由指定的一人更改。")),
        Step("send-back", {MUNICIPALITY}, UNIVERSITY, by="municipality", permission=VERIFY, note_required=True,
             label=_("退回院校"), duty=_("更改核定"),
             follows=_("要写明缺什么；由{case.university.title}重新核对原件。")),
        Step("refuse", {MUNICIPALITY}, REFUSED, by="municipality", permission=VERIFY, note_required=True,
             independent_of={"check", "lodge"},
             label=_("不予更改"), tone="refuse", duty=_("更改核定"),
             follows=_("要写明理由；考生会看到理由，条件具备后可以重新申请。")),
        Step("approve", {HEAD}, EDITOR, by="head", permission=APPROVE, confirm=True,
             rules=(*rules.CHECKED, rules.editor_is_in_force), independent_of={"check", "lodge", *VERIFIERS},
             label=_("同意更改"), tone="main", duty=_("负责人审批"),
             follows=_("由{case.editor}更改。")),
        Step("hand-back", {HEAD}, MUNICIPALITY, by="municipality", permission=APPROVE, note_required=True,
             label=_("退回核定"), duty=_("负责人审批"),
             follows=_("要写明还要查什么；由核定人重新核定。")),
        Step("decline", {HEAD}, REFUSED, by="head", permission=APPROVE, note_required=True,
             independent_of={"check", "lodge", *VERIFIERS},
             label=_("不同意更改"), tone="refuse", duty=_("负责人审批"),
             follows=_("要写明理由；考生会看到理由。")),
        Step("reassign", {EDITOR}, EDITOR, by="abandoned", permission=VERIFY, confirm=True,
             rules=(rules.editor_is_in_force, rules.editor_has_fresh_eyes), records=("editor",),
             independent_of={"check", "lodge"},
             label=_("改派更改专人"), tone="main", duty=_("更改核定"),
             follows=_("原来指定的人已不是更改专人；改由新指定的一人更改。")),
        Step("carry-out", {EDITOR}, DONE, by="editor", permission=CARRY_OUT, rules=rules.CARRIED_OUT, confirm=True,
             effect=carry_out, independent_of={"check", "lodge", "approve", *VERIFIERS},
             label=_("更改"), tone="main", duty=_("更改专人"),
             follows=_("按上面的对照写入考籍，随即生效，不能撤销；再要改须另行申请。")),
        Step("give-back", {EDITOR}, MUNICIPALITY, by="editor", permission=CARRY_OUT, note_required=True,
             label=_("退回核定"), duty=_("更改专人"),
             follows=_("要写明为什么不能更改；由核定人重新核定。")),
    ),
    route=(DRAFT, UNIVERSITY, MUNICIPALITY, HEAD, EDITOR, DONE),
    desks={
        DRAFT:        (_("申请"), ""),
        UNIVERSITY:   (_("主考院校核对原件"), _("本人带原件到场")),
        MUNICIPALITY: (_("市自考办核定"), ""),
        HEAD:         (_("负责人审批"), ""),
        EDITOR:       (_("专人更改"), ""),
        DONE:         (_("办结"), _("准予的，考籍随即更改")),
    },
    statuses=CorrectionStatus,
)
# fmt: on

"""Course exemption: candidate → university's first check (U4) → municipal decision (O4) → credit (Regulations 1988 art. 22)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.workflow import Status, Step, Workflow
from exemptions.models import ExemptionApplication
from exemptions.rules import ELIGIBLE, theory_is_credited
from records.ledger import book
from records.ledger.models import Source

DRAFT, RETURNED, UNIVERSITY, MUNICIPALITY = Status.DRAFT, Status.RETURNED, Status.UNIVERSITY, Status.MUNICIPALITY
REVIEW, DECIDE = "exemptions.review_exemption", "exemptions.decide_exemption"
ORIGIN = "exemptions.exemptionapplication"


def enter_credit(application: ExemptionApplication, event: Event) -> None:
    """The course counts from the day of the decision, without a mark (FACTS: shown as 免考, left out of averages)."""
    book.enter(
        [
            book.Entry(
                candidate_id=application.candidate_id,
                course_id=application.course_id,
                source=Source.EXEMPTION,
                on=timezone.localdate(event.at),
                origin=ORIGIN,
                origin_id=str(application.pk),
                document=application.case_number,
            )
        ]
    )


# fmt: off
EXEMPTION = Workflow(
    ExemptionApplication,
    (
        Step("submit", {DRAFT, RETURNED}, UNIVERSITY, by="candidate", rules=ELIGIBLE,
             label=_("提交"), tone="main",
             follows=_("送{case.university.title}初审。提交后不能再改，退回补正时才能改；办结前可以撤回。")),
        Step("withdraw", {DRAFT, UNIVERSITY, RETURNED}, Status.WITHDRAWN, by="candidate", confirm=True,
             label=_("撤回申请"),
             follows=_("这一件就此办结，不记学分；以后可以重新申请。")),
        Step("recommend", {UNIVERSITY}, MUNICIPALITY, by="university", permission=REVIEW, rules=ELIGIBLE, confirm=True,
             label=_("建议准予"), tone="main", duty=_("免考初审"),
             follows=_("送市自考办审定；您不再参加审定。")),
        Step("return", {UNIVERSITY}, RETURNED, by="university", permission=REVIEW, note_required=True,
             label=_("退回补正"), duty=_("免考初审"),
             follows=_("要写明缺什么；考生会看到，补正后重新提交。")),
        Step("grant", {MUNICIPALITY}, Status.GRANTED, by="municipality", permission=DECIDE, confirm=True,
             rules=(*ELIGIBLE, theory_is_credited), effect=enter_credit, independent_of={"recommend"},
             label=_("准予免考"), tone="main", duty=_("免考审定"),
             follows=_("{case.course.name}记为免考合格{case.credits_in_words}，自今天起；不能撤销。")),
        Step("send-back", {MUNICIPALITY}, UNIVERSITY, by="municipality", permission=DECIDE, note_required=True,
             independent_of={"recommend"},
             label=_("退回院校补正"), duty=_("免考审定"),
             follows=_("要写明缺什么；由{case.university.title}重新初审。")),
        Step("refuse", {MUNICIPALITY}, Status.REFUSED, by="municipality", permission=DECIDE, note_required=True,
             independent_of={"recommend"},
             label=_("不予免考"), tone="refuse", duty=_("免考审定"),
             follows=_("要写明理由和条款；考生会看到理由。")),
    ),
    route=(DRAFT, UNIVERSITY, MUNICIPALITY, Status.GRANTED),
    desks={
        DRAFT:          (_("考生提交"), ""),
        UNIVERSITY:     (_("主考院校初审"), ""),
        MUNICIPALITY:   (_("市自考办审定"), ""),
        Status.GRANTED: (_("办结"), _("准予的，记入学分")),
    },
)
# fmt: on

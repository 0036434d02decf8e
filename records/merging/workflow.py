"""Mergers: a university finds that two records are one person's → the city decides, and everything goes over to one (art. 24)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audit.workflow import Step, Workflow
from records.merging import rules
from records.merging.joining import join
from records.merging.models import MergeRequest, MergeStatus

DRAFT, MUNICIPALITY, RETURNED = MergeStatus.DRAFT, MergeStatus.MUNICIPALITY, MergeStatus.RETURNED
DONE, REFUSED, WITHDRAWN = MergeStatus.DONE, MergeStatus.REFUSED, MergeStatus.WITHDRAWN
ASK, DECIDE = "records.register_candidate", "records.decide_merger"

# fmt: off
MERGER = Workflow(
    MergeRequest,
    (
        Step("submit", {DRAFT, RETURNED}, MUNICIPALITY, by="university", permission=ASK, rules=rules.SUBMITTED,
             label=_("报市自考办"), tone="main", duty=_("考籍管理"),
             follows=_("送市自考办核定；核定以前两份考籍都不变，可以撤回。")),
        Step("withdraw", {DRAFT, MUNICIPALITY, RETURNED}, WITHDRAWN, by="university", permission=ASK, confirm=True,
             is_awaited=False, label=_("撤回"), duty=_("考籍管理"),
             follows=_("这一件就此办结，两份考籍都不变；以后可以重新提出。")),
        Step("merge", {MUNICIPALITY}, DONE, by="municipality", permission=DECIDE, rules=rules.MERGED, effect=join, confirm=True,
             independent_of={"submit"}, label=_("核定合并"), tone="main", duty=_("合并核定"),
             follows=_("并入的考籍的成绩、学分、申请、证书和号码全部转到保留的考籍，随即生效，不能撤销；考生会收到通知。")),
        Step("return", {MUNICIPALITY}, RETURNED, by="municipality", permission=DECIDE, note_required=True,
             label=_("退回补正"), duty=_("合并核定"),
             follows=_("要写明缺什么；{case.university.title}补正后重新上报。")),
        Step("refuse", {MUNICIPALITY}, REFUSED, by="municipality", permission=DECIDE, note_required=True,
             independent_of={"submit"}, label=_("不予合并"), tone="refuse", duty=_("合并核定"),
             follows=_("要写明理由；两份考籍都不变。")),
    ),
    route=(DRAFT, MUNICIPALITY, DONE),
    desks={
        DRAFT:        (_("主考院校提出"), _("写明依据，附材料")),
        MUNICIPALITY: (_("市自考办核定"), ""),
        DONE:         (_("办结"), _("准予的，两份考籍随即合并")),
    },
    statuses=MergeStatus,
)
# fmt: on

"""Leave to look (K4): requester → head of the same tier → leave for some days; or at once, reported to the head and reviewed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.workflow import Refused, Step, Workflow
from records.access import rules
from records.access.heads import GRANT
from records.access.leaves import end_of
from records.access.models import AccessRequest, AccessStatus
from records.access.naming import freeze
from records.people.models import User
from records.settings.values import value_of

DRAFT, HEAD, GRANTED, URGENT, REVIEWED = (
    AccessStatus.DRAFT,
    AccessStatus.HEAD,
    AccessStatus.GRANTED,
    AccessStatus.URGENT,
    AccessStatus.REVIEWED,
)


def can_wait(case: AccessRequest) -> bool:
    """Whether the draft goes to the head first."""
    return not cannot_wait(case)


def cannot_wait(case: AccessRequest) -> bool:
    """Whether the draft was written for an urgent look."""
    return bool(case.urgent_reason)


def give_leave(case: AccessRequest, event: Event) -> None:
    """The records are those named or, of a query, its hits of now; the leave ends with the last day granted."""
    if case.query:
        freeze(case, most=value_of("access.most_hits", office_id=case.office_id))
    _end(case, end_of(case.granted_days or case.days, timezone.now()))


def open_at_once(case: AccessRequest, event: Event) -> None:
    """The leave ends some hours from now. Of looks opened at the same moment each counts those before it."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=case.requester_id)
    if problems := rules.urgent_records_are_few(case):
        raise Refused(problems)
    _end(case, timezone.now() + dt.timedelta(hours=value_of("access.urgent_hours", office_id=case.office_id)))


def end_now(case: AccessRequest, event: Event) -> None:
    """No look is possible any more."""
    _end(case, timezone.now())


def end_what_was_improper(case: AccessRequest, event: Event) -> None:
    """A look found improper ends with the finding; one found true runs to its end."""
    if case.review_finding == AccessRequest.Finding.IMPROPER and case.is_in_force:
        _end(case, timezone.now())


def _end(case: AccessRequest, at: dt.datetime) -> None:
    case.ends_at = at
    case.save(update_fields=["ends_at"])


# fmt: off
LEAVE = Workflow(
    AccessRequest,
    (
        Step("ask", {DRAFT}, HEAD, by="requester", rules=rules.TO_ASK, is_awaited=False, applies=can_wait,
             label=_("交负责人审批"), tone="main",
             follows=_("送{case.office.title}负责人。提交后不能再改；批准前可以撤回。")),
        Step("urgent", {DRAFT}, URGENT, by="requester", rules=rules.TO_LOOK_AT_ONCE, effect=open_at_once, confirm=True,
             is_awaited=False, applies=cannot_wait,
             label=_("立即查阅"), tone="main",
             follows=_("马上可以打开所列考籍，同时报告负责人；负责人事后逐件复核，考生能看到这次查阅。")),
        Step("withdraw", {DRAFT, HEAD}, AccessStatus.WITHDRAWN, by="requester", confirm=True, is_awaited=False,
             label=_("撤回申请"),
             follows=_("这一件就此办结；以后可以重新申请。")),
        Step("grant", {HEAD}, GRANTED, by="head", permission=GRANT, rules=rules.TO_GRANT, effect=give_leave,
             records=("granted_days",), confirm=True,
             label=_("批准查阅"), tone="main", duty=_("查阅审批"),
             follows=_("申请人只能打开所列考籍，到期自动收回；每次打开都记在本件上，您可以看到。")),
        Step("refuse", {HEAD}, AccessStatus.REFUSED, by="head", permission=GRANT, note_required=True,
             label=_("不予批准"), tone="refuse", duty=_("查阅审批"),
             follows=_("要写明理由；申请人会看到。")),
        Step("end", {GRANTED}, AccessStatus.ENDED, by="head", permission=GRANT, rules=(rules.leave_is_running,),
             effect=end_now, note_required=True, is_awaited=False,
             label=_("收回"), tone="refuse", duty=_("查阅审批"),
             follows=_("要写明理由；从下一次打开起就看不到了。")),
        Step("give-back", {GRANTED}, AccessStatus.ENDED, by="requester", rules=(rules.leave_is_running,),
             effect=end_now, confirm=True, is_awaited=False,
             label=_("看完了，交回"),
             follows=_("提前结束查阅期；还要看的须重新申请。")),
        Step("review", {URGENT}, REVIEWED, by="reviewer", permission=GRANT, rules=(rules.finding_is_given,),
             effect=end_what_was_improper, records=("review_finding",), note_required=True,
             label=_("复核"), tone="main", duty=_("查阅复核"),
             follows=_("对照用途和每次打开的记录写明属实还是不当；不当的立即收回。")),
    ),
    route=(DRAFT, HEAD, GRANTED),
    desks={
        DRAFT:   (_("申请人填写"), ""),
        HEAD:    (_("同级负责人审批"), ""),
        GRANTED: (_("查阅"), _("批准后，到期自动收回")),
    },
    statuses=AccessStatus,
)

URGENT_LOOK = replace(
    LEAVE,
    route=(DRAFT, URGENT, REVIEWED),
    desks={
        DRAFT:    (_("申请人填写"), ""),
        URGENT:   (_("查阅，等待复核"), ""),
        REVIEWED: (_("复核"), _("负责人写明属实或不当")),
    },
)
"""The same door with the row of desks that an urgent look passes."""
# fmt: on

"""What must be so before somebody looks into records on leave (K4): a request in, everything that stands against it out."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.workflow import Problem, rule
from records.access.heads import heads_at
from records.access.models import AccessRequest, AccessStatus
from records.access.naming import covered
from records.candidates.models import Candidate
from records.offices.models import Office
from records.settings.values import value_of

ARTICLE_4 = _("考籍档案管理权限第四条")
"""非考籍管理工作人员未经批准不得查询；确因工作需要必须查询时，须经同级自考办负责人批准，履行审批手续。"""
OFFICE = _("市自考办设置")
READ = "records.read_record"
LEAST_WORDS = 10


def _says_enough(text: str) -> bool:
    return len("".join(text.split())) >= LEAST_WORDS


@rule(_("写明了为什么工作需要，不少于10个字。"), ARTICLE_4)
def purpose_is_explained(case: AccessRequest) -> list[Problem]:
    """The purpose has at least ``LEAST_WORDS`` characters besides blanks: ``access.purpose-too-short``."""
    if _says_enough(case.purpose):
        return []
    return [Problem("access.purpose-too-short", _("用途不到10个字。"), ARTICLE_4, _("请写明为哪项工作、要看什么。"))]


def _how_many(case: AccessRequest) -> Any:
    most = _most(case)
    return gettext("本件%(count)s份，最多%(most)s份。") % {"count": covered(case, most=most + 1), "most": most}


def _most(case: AccessRequest) -> int:
    return int(value_of("access.most_hits" if case.query else "access.most_records", office_id=case.office_id))


@rule(_("写明了查阅哪些考籍，份数不超过规定。"), OFFICE, compared=_how_many)
def records_are_named(case: AccessRequest) -> list[Problem]:
    """From one record up to the setting's number, named or found: ``access.nothing-named``, ``access.too-many``."""
    most = _most(case)
    count = covered(case, most=most + 1)
    if count == 0:
        why = _("按条件没有查到考籍。") if case.query else _("没有写明查阅哪些考籍。")
        return [Problem("access.nothing-named", why, ARTICLE_4, _("请改查阅范围。"))]
    if count <= most:
        return []
    message = gettext("一次最多查阅%(most)s份，本件超过了。") % {"most": most}
    return [Problem("access.too-many", message, OFFICE, _("请缩小范围，或分几件申请。"))]


def _how_long(case: AccessRequest) -> Any:
    most = value_of("access.most_days", office_id=case.office_id)
    return gettext("申请%(days)s天，最多%(most)s天。") % {"days": case.days, "most": most}


@rule(_("查阅天数在规定以内。"), OFFICE, compared=_how_long, fact="granted_days")
def days_are_within_the_limit(case: AccessRequest) -> list[Problem]:
    """One day up to the setting's, of what was asked or what the head shortened it to: ``access.days``."""
    most = value_of("access.most_days", office_id=case.office_id)
    if 1 <= (case.granted_days or case.days) <= most:
        return []
    return [Problem("access.days", gettext("查阅天数须在1至%(most)s天之间。") % {"most": most}, OFFICE, _("请改天数。"))]


@rule(_("批准的天数不超过申请的天数。"), ARTICLE_4, fact="granted_days")
def granted_days_are_those_asked_or_fewer(case: AccessRequest) -> list[Problem]:
    """The head may shorten, not lengthen: ``access.granted-days``."""
    if case.granted_days is None or 1 <= case.granted_days <= case.days:
        return []
    message = gettext("批准天数须在1至%(days)s天之间。") % {"days": case.days}
    return [Problem("access.granted-days", message, ARTICLE_4, _("要看得更久的，由申请人另行申请。"))]


@rule(_("所在机构有申请人以外的在任负责人，由他审批。"), ARTICLE_4)
def somebody_may_decide(case: AccessRequest) -> list[Problem]:
    """A head (or deputy) of the same office besides the requester is in force: ``access.no-head``. Never another tier's."""
    if heads_at(case.office_id).exclude(person=case.requester_id).exists():
        return []
    message = gettext("%(office)s没有申请人以外的在任负责人。") % {"office": case.office.title}
    return [Problem("access.no-head", message, ARTICLE_4, _who_appoints(case))]


def _who_appoints(case: AccessRequest) -> Any:
    if case.office.kind == Office.Kind.MUNICIPALITY:
        return _("请由市自考办负责人先任命一位代理负责人；申请已存为草稿。")
    return _("请由市自考办负责人先任命负责人或代理负责人；申请已存为草稿。")


@rule(_("紧急查阅以后有人复核：本机构另一位负责人，没有的由市自考办负责人。"), ARTICLE_4)
def somebody_may_review(case: AccessRequest) -> list[Problem]:
    """A head of the office besides the requester, or else (below the city) one of the city: ``access.no-reviewer``."""
    if heads_at(case.office_id).exclude(person=case.requester_id).exists():
        return []
    cities = Office.objects.filter(kind=Office.Kind.MUNICIPALITY).exclude(pk=case.office_id).values_list("pk", flat=True)
    if any(heads_at(city).exclude(person=case.requester_id).exists() for city in cities):
        return []
    return [Problem("access.no-reviewer", _("没有人能够复核这次查阅。"), ARTICLE_4, _who_appoints(case))]


@rule(_("所列考籍不都是申请人按职责就能打开的。"), ARTICLE_4)
def leave_is_needed(case: AccessRequest) -> list[Problem]:
    """Some record named is none that the requester opens by duty anyway: else ``access.not-needed``."""
    if case.query or not case.requester.has_perm(READ):
        return []
    named = list(case.records.values_list("candidate_id", flat=True))
    within = Candidate.objects.visible_to(case.requester).filter(pk__in=named).count()
    if not named or within < len(named):
        return []
    return [Problem("access.not-needed", _("这些考籍您按职责就能打开，不必申请。"), ARTICLE_4, _("请在“查考生”里打开。"))]


@rule(_("申请人仍在本机构工作。"), ARTICLE_4)
def requester_is_still_there(case: AccessRequest) -> list[Problem]:
    """The requester still belongs to the office and may sign in: ``access.requester-left``."""
    if case.office_id in case.requester.reach.office_ids:
        return []
    return [Problem("access.requester-left", _("申请人已不在本机构。"), ARTICLE_4, _("不再批准；要查阅的由在岗人员另行申请。"))]


@rule(_("写明了为什么等不及审批，不少于10个字。"), ARTICLE_4)
def urgency_is_explained(case: AccessRequest) -> list[Problem]:
    """``urgent_reason`` has at least ``LEAST_WORDS`` characters besides blanks: ``access.urgency-too-short``."""
    if _says_enough(case.urgent_reason):
        return []
    return [Problem("access.urgency-too-short", _("紧急理由不到10个字。"), ARTICLE_4, _("等得及的，请交负责人审批。"))]


def _how_urgent(case: AccessRequest) -> Any:
    words = {"here": case.records.count(), "open": _not_reviewed(case), "most": _most_urgent(case)}
    return gettext("本件%(here)s份，另有%(open)s份未复核，合计最多%(most)s份。") % words


def _most_urgent(case: AccessRequest) -> int:
    return int(value_of("access.urgent_records", office_id=case.office_id))


def _not_reviewed(case: AccessRequest) -> int:
    """How many records the requester's other urgent looks cover that nobody has reviewed yet."""
    others = AccessRequest.objects.filter(requester=case.requester_id, status=AccessStatus.URGENT).exclude(pk=case.pk)
    return others.filter(records__isnull=False).values("records").count()


@rule(_("紧急查阅逐份写明考籍，连同还没有复核的不超过规定份数。"), OFFICE, compared=_how_urgent)
def urgent_records_are_few(case: AccessRequest) -> list[Problem]:
    """Named ones, those not reviewed yet counted in: ``access.urgent-query``, ``nothing-named`` or ``urgent-too-many``."""
    if case.query:
        return [Problem("access.urgent-query", _("紧急查阅不能按条件查。"), OFFICE, _("请逐份写明，或交负责人审批。"))]
    here, most = case.records.count(), _most_urgent(case)
    if here == 0:
        return [Problem("access.nothing-named", _("没有写明查阅哪些考籍。"), ARTICLE_4, _("请改查阅范围。"))]
    if here + _not_reviewed(case) <= most:
        return []
    message = gettext("未复核的紧急查阅合计最多%(most)s份，本件超过了。") % {"most": most}
    return [Problem("access.urgent-too-many", message, OFFICE, _("请减少份数，等前面的复核，或交负责人审批。"))]


@rule(_("查阅期还没有结束。"), ARTICLE_4)
def leave_is_running(case: AccessRequest) -> list[Problem]:
    """There is something left to end early: ``access.over``."""
    if case.is_in_force:
        return []
    return [Problem("access.over", _("查阅期已经结束。"), ARTICLE_4)]


@rule(_("写明了复核结论：属实或不当。"), ARTICLE_4, fact="review_finding")
def finding_is_given(case: AccessRequest) -> list[Problem]:
    """The reviewer says what came of it: ``access.no-finding``."""
    if case.review_finding in AccessRequest.Finding.values:
        return []
    return [Problem("access.no-finding", _("请选复核结论：属实或不当。"), ARTICLE_4)]


TO_ASK = (purpose_is_explained, records_are_named, days_are_within_the_limit, somebody_may_decide, leave_is_needed)
TO_GRANT = (
    purpose_is_explained,
    records_are_named,
    days_are_within_the_limit,
    granted_days_are_those_asked_or_fewer,
    requester_is_still_there,
)
TO_LOOK_AT_ONCE = (purpose_is_explained, urgency_is_explained, urgent_records_are_few, somebody_may_review, leave_is_needed)

"""The page of one review: at one address for the candidate, the university and the city, each as far as it may see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.pages import Action, CasePage, Pressed, case_page
from audit.timeline import day
from audit.trail import record_read
from audit.workflow import NotNow, Refused
from records.documents.pages import listed
from records.lookups import counting
from records.people.requests import SignedRequest
from records.settings.values import value_of
from scores.reviews.consequences import consequences_of
from scores.reviews.forms import STEP_FORMS
from scores.reviews.models import DECIDED, Origin, ReviewRequest, ReviewStatus
from scores.reviews.rules import NOT_RE_MARKED
from scores.reviews.seeing import sees_finding, sees_inside
from scores.reviews.windows import ReviewWindow, window_of
from scores.reviews.wording import in_words
from scores.reviews.workflow import REVIEW

READ = "records.read_record"
PARTIES = ("candidate", "university", "mark__course", "mark__sitting", "publication", "evidence")
AT_AN_OFFICE = (ReviewStatus.UNIVERSITY, ReviewStatus.MUNICIPALITY, ReviewStatus.CONFIRMATION)


def page(
    request: SignedRequest,
    case: ReviewRequest,
    *,
    form: Any = None,
    refusal: Refused | None = None,
    pressed: tuple[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The case's page in the reader's frame; ``form`` is one that was just sent with faults."""
    own = case.candidate_id == request.user.candidate_id
    if own:
        counting.count(counting.OWN_CASE)
    else:
        record_read("case", case, candidate_id=case.candidate_id, purpose=case.case_number)
    inside = request.user.reach.municipal and case.evidence is not None and sees_finding(request.user, case)
    lines = [line for line in consequences_of(case) if line.for_candidate or not own]
    context = {
        "skeleton": "candidate.html" if own else "staff.html",
        "own": own,
        "application": case,
        "subject": case.subject,
        "case": _case(request, case, own, pressed, form),
        "facts": _facts(request, case, own),
        "finding": _finding(request, case),
        "consequences": lines,
        "earlier": _earlier(request, case),
        "docs": listed([case.evidence], case.case_number) if inside and case.evidence else [],
        "rule_text": NOT_RE_MARKED,
        "provisional": _provisional(window_of(case.publication)) if case.status == ReviewStatus.UNIVERSITY else "",
        "problems": refusal.problems if refusal else [],
        "moved_on": isinstance(refusal, NotNow),
        "crumbs": [
            (_("我的申请"), reverse("applications")) if own else (_("工作台"), reverse("desk")),
            (_("成绩复核"), reverse("reviews:list")),
            (case.case_number, ""),
        ],
    }
    return render(request, "scores/reviews/detail.html", context, status=status)


def may_look_or_403(request: SignedRequest) -> None:
    """Candidates see their own; staff whose duties do not include records see none."""
    if not request.user.candidate_id and not request.user.has_perm(READ):
        raise PermissionDenied(READ)


def days_of(university_id: int | None = None) -> dict[str, int]:
    """How many days a case may lie on each desk of an office."""
    return dict.fromkeys(AT_AN_OFFICE, value_of("desk.days.review", office_id=university_id))


def _provisional(window: ReviewWindow | None) -> str:
    """That the last day may still move; "" where it is sure."""
    if window is None or not window.provisional:
        return ""
    years = "、".join(str(year) for year in window.provisional)
    return _("%(years)s年的节假日安排还没有录入，期限按周一至周五计算，录入后可能变动。") % {"years": years}


def provisional_of(windows: list[ReviewWindow]) -> str:
    """The same for a page with several windows."""
    return next((text for text in map(_provisional, windows) if text), "")


def _case(request: SignedRequest, case: ReviewRequest, own: bool, pressed: tuple[str, str] | None, form: Any) -> CasePage:
    shown = case_page(
        REVIEW,
        case,
        request.user,
        url_of=lambda name: reverse("reviews:step", args=[case.pk, name]),
        days=days_of(case.university_id),
        for_applicant=own,
        pressed=Pressed(*pressed) if pressed else None,
        more=_links(case, own),
    )
    name = pressed[0] if pressed else ""
    actions = [_with_form(request, case, action, form if action.name == name else None) for action in shown.actions]
    if sees_inside(request.user, case):
        return replace(shown, actions=actions)
    return replace(shown, actions=actions, rules=[], rules_line="")


def _with_form(request: SignedRequest, case: ReviewRequest, action: Action, form: Any) -> Action:
    kind = STEP_FORMS.get(action.name)
    return action if kind is None else replace(action, form=form or kind(case=case, person=request.user))


def _links(case: ReviewRequest, own: bool) -> list[Action]:
    """The ways to complete what came back, and to the letter."""
    links = []
    if own and case.status == ReviewStatus.RETURNED:
        url = reverse("reviews:edit", args=[case.pk])
        links.append(Action("edit", _("去补正"), url, "outline-primary", "", _("改复核内容和情况说明。"), is_link=True))
    if case.status in DECIDED:
        url = reverse("reviews:letter", args=[case.pk])
        then = _("A4一页，有市自考办的电子签名。")
        links.append(Action("letter", _("复核结果通知"), url, "outline-primary", "", then, is_link=True))
    return links


def _facts(request: SignedRequest, case: ReviewRequest, own: bool) -> list[tuple[Any, ...]]:
    """Label and value; a true third value is a full line."""
    window = window_of(case.publication) if case.origin != Origin.OFFICE else None
    who = [] if own else [(_("考生"), case.candidate.name), (_("准考证号"), case.candidate.ticket_number or "—")]
    deadline = _deadline(window) if window else []
    said = [(_("情况说明"), case.statement, True)] if case.statement else []
    return [
        *who,
        (_("考次"), str(case.mark.sitting)),
        (_("课程"), str(case.mark.course)),
        (_("申请时的成绩"), in_words(case.before)),
        (_("复核内容"), case.get_scope_display()),
        (_("提出方式"), case.get_origin_display()),
        (_("主考院校"), case.university.name),
        *deadline,
        *said,
    ]


def _finding(request: SignedRequest, case: ReviewRequest) -> list[tuple[Any, ...]]:
    """What was found, for who may see it."""
    if not sees_finding(request.user, case):
        return []
    is_changed = case.result == "changed"
    marks = [(_("原成绩"), in_words(case.before)), (_("更正后的成绩"), in_words(case.after))] if is_changed else []
    return [(_("复核结果"), case.get_result_display()), *marks, (_("复核情况"), case.grounds, True)]


def _earlier(request: SignedRequest, case: ReviewRequest) -> list[tuple[Any, ...]]:
    """For the city, while it is at it: findings that were sent back, and why the last one was."""
    if not request.user.reach.municipal or case.status not in (ReviewStatus.MUNICIPALITY, ReviewStatus.CONFIRMATION):
        return []
    objection = [(_("退回重新复核的理由"), case.objection, True)] if case.objection else []
    told = list(case.findings.select_related("by"))
    told = told[:-1] if case.status == ReviewStatus.CONFIRMATION else told
    lines = [(_("%(by)s的意见") % {"by": each.by}, _what_was_found(each), True) for each in told]
    return [*objection, *lines]


def _what_was_found(finding: Any) -> str:
    value = (finding.points, finding.grade, finding.flag, finding.flag_reason)
    mark = in_words(value) if finding.result == "changed" else finding.get_result_display()
    return _("%(mark)s。%(grounds)s") % {"mark": mark, "grounds": finding.grounds}


def _deadline(window: ReviewWindow) -> list[tuple[Any, ...]]:
    words = {"last": day(window.last_day), "days": window.days}
    return [(_("申请期限"), _("%(last)s（公布后%(days)s个工作日）") % words)]

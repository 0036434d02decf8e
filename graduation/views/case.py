"""The page of one application in the reader's frame: facts, findings, requirement tree, rules, steps, timeline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.pages import Action, CasePage, Pressed, case_page
from audit.trail import record_read
from audit.workflow import NotNow, Refused
from graduation import drafting, wording
from graduation.auditing import Audit
from graduation.forms import VerificationForm
from graduation.models import Diploma, GraduationApplication
from graduation.snapshots import audit_of
from graduation.terms import graduation_day
from graduation.tree import AT_APPLICATION, tree_kept, tree_of
from graduation.workflow import ENDED, GRADUATION
from records.documents.pages import listed
from records.lookups import counting
from records.people.requests import SignedRequest
from records.settings.values import value_of

READ = "records.read_record"
PARTIES = ("candidate", "university", "major", "plan__major")
AT_AN_OFFICE = ("university", "municipality")
NOT_YET_RECORDED = (*AT_APPLICATION, "prior_diploma", "additional_courses")
"""Conditions that the university has to write down first: open ones say nothing about a change."""


def may_look_or_403(request: SignedRequest) -> None:
    """Candidates see their own; staff whose duties do not include records see none."""
    if not request.user.candidate_id and not request.user.has_perm(READ):
        raise PermissionDenied(READ)


def page(
    request: SignedRequest,
    application: GraduationApplication,
    *,
    refusal: Refused | None = None,
    pressed: tuple[str, str] | None = None,
    form: VerificationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The case's page; staff leave a line in the trail. ``form`` is the one that was just sent with faults."""
    own = application.candidate_id == request.user.candidate_id
    if own:
        counting.count(counting.OWN_CASE)
    else:
        record_read("case", application, candidate_id=application.candidate_id, purpose=application.case_number)
    ended = application.status in ENDED
    answer = None if ended else audit_of(application)
    context = {
        "skeleton": "candidate.html" if own else "staff.html",
        "own": own,
        "application": application,
        "case": _case(request, application, own, pressed, form),
        "facts": _facts(application, own),
        "findings": _findings(application),
        "docs": listed(application.documents.order_by("pk"), "" if own else application.case_number),
        "diploma": Diploma.objects.filter(application=application).first(),
        "tree": tree_of(answer) if answer else tree_kept(application.verdict),
        "tree_line": _tree_line(answer),
        "no_longer": _no_longer(application, answer) if answer else "",
        "problems": refusal.problems if refusal else [],
        "moved_on": isinstance(refusal, NotNow),
        "crumbs": [(_("我的毕业申请") if own else _("毕业"), reverse("graduation:list")), (application.case_number, "")],
    }
    return render(request, "graduation/detail.html", context, status=status)


def _case(
    request: SignedRequest,
    application: GraduationApplication,
    own: bool,
    pressed: tuple[str, str] | None,
    form: VerificationForm | None,
) -> CasePage:
    days = value_of("desk.days.graduation", office_id=application.university_id)
    case = case_page(
        GRADUATION,
        application,
        request.user,
        url_of=lambda name: reverse("graduation:step", args=[application.pk, name]),
        days=dict.fromkeys(AT_AN_OFFICE, days),
        for_applicant=own,
        pressed=Pressed(*pressed) if pressed else None,
        more=_links(application) if own else (),
    )
    return replace(case, actions=[_with_form(action, application, form) for action in case.actions])


def _with_form(action: Action, application: GraduationApplication, form: VerificationForm | None) -> Action:
    """The action as it stands, with its form where the step writes down facts."""
    if action.name not in GRADUATION.steps or not GRADUATION.steps[action.name].records:
        return action
    asks = audit_of(application).verdict.additional_undecided
    return replace(action, form=form or VerificationForm(case=application, asks_additional=asks), confirm=_("登记"))


def _links(application: GraduationApplication) -> list[Action]:
    """The candidate's way to change what is not with an office."""
    if application.status not in drafting.WITH_THE_CANDIDATE:
        return []
    label = _("去补正") if application.status == "returned" else _("修改草稿")
    url = reverse("graduation:edit", args=[application.pk])
    return [Action("edit", label, url, "outline-primary", "", _("改计划、毕业时间、自我鉴定，补材料。"), is_link=True)]


def _facts(application: GraduationApplication, own: bool) -> list[tuple[Any, ...]]:
    """Label and value; a true third value is a full line."""
    person, day = application.candidate, wording.date(graduation_day(application.term))
    who = [] if own else [(_("考生"), person.name), (_("考籍号"), person.record_number or _("尚未建立"))]
    facts: list[tuple[Any, ...]] = [
        *who,
        (_("专业"), str(application.major)),
        (_("主考院校"), application.university.name),
        (_("计划"), _("%(version)s版") % {"version": application.plan.version}),
        (_("毕业时间"), day),
        (_("前置学历"), person.get_prior_education_display()),
        (_("前置专业"), person.prior_major or "—"),
    ]
    if application.self_assessment:
        facts.append((_("自我鉴定"), application.self_assessment, True))
    return facts


FINDINGS = {True: gettext_lazy("符合"), False: gettext_lazy("不符合"), None: gettext_lazy("未登记")}


def _findings(application: GraduationApplication) -> list[tuple[str, Any]]:
    """What the university verified so far."""
    appraisal = GraduationApplication.Appraisal(application.appraisal).label
    found: list[tuple[str, Any]] = [(_("思想品德鉴定"), appraisal)]
    if application.plan.prior_diploma:
        words = {True: _("已核验"), False: _("未通过核验"), None: _("未登记")}[application.prior_diploma_verified]
        how = f"：{application.prior_diploma_how}" if application.prior_diploma_how else ""
        found.append((_("前置学历"), f"{words}{how}"))
    found.append((_("姓名、证件"), FINDINGS[application.identity_confirmed]))
    found.append((_("毕业照片"), FINDINGS[application.photo_confirmed]))
    if application.additional_courses is not None:
        found.append((_("加考课程"), _("需要加考") if application.additional_courses else _("不需要加考")))
    return found


def _tree_line(answer: Audit | None) -> str:
    if answer is None:
        return _("按办结时的审核")
    words = {"earned": wording.figure(answer.verdict.credits_earned), "needed": wording.credits(answer.verdict.credits_required)}
    path = _("%(path)s路径，") % {"path": answer.verdict.path} if answer.verdict.path else ""
    return path + _("%(earned)s/%(needed)s") % words


def _no_longer(application: GraduationApplication, answer: Audit) -> str:
    """What an application that lies at an office lacks by now, although it was complete when it was submitted; "" for nothing."""
    if application.status not in AT_AN_OFFICE:
        return ""
    missing = [wording.wanting(each) for each in answer.unmet]
    missing += [each.why for each in answer.conditions if not each.satisfied and each.code not in NOT_YET_RECORDED]
    return wording.listed(missing)

"""The page of one correction in the reader's frame: before and after side by side, proofs, rules, steps, timeline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.pages import Action, CasePage, Pressed, case_page
from audit.trail import record_read
from audit.workflow import NotNow, Refused
from records.corrections.drafting import WITH_THE_CANDIDATE
from records.corrections.fields import DATA, parted
from records.corrections.forms import STEP_FORMS
from records.corrections.models import CorrectionChange, CorrectionRequest, CorrectionStatus
from records.corrections.workflow import CORRECTION
from records.documents.models import Document
from records.documents.pages import listed, url_of
from records.lookups import counting
from records.people.requests import SignedRequest
from records.settings.values import value_of

READ = "records.read_record"
PARTIES = ("candidate__managing_university", "candidate__photo", "university", "kind", "editor")
AT_AN_OFFICE = ("university", "municipality", "head", "editor")
HEAD_DESK = list(CORRECTION.route).index(CorrectionStatus.HEAD)


@dataclass(frozen=True)
class Compared:
    """One datum side by side; ``places`` says in words which digits of a number differ, ``url`` leads to a new photo."""

    label: Any
    before: str
    after: str
    places: str = ""
    url: str = ""


def page(
    request: SignedRequest,
    case: CorrectionRequest,
    *,
    refusal: Refused | None = None,
    pressed: tuple[str, str] | None = None,
    form: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The case's page; an office leaves a line in the trail. ``form`` is the one that was just sent with faults."""
    own = case.candidate_id == request.user.candidate_id
    if own:
        counting.count(counting.OWN_CASE)
    else:
        record_read("case", case, candidate_id=case.candidate_id, purpose=case.case_number)
    number = "" if own else case.case_number
    context = {
        "skeleton": "candidate.html" if own else "staff.html",
        "own": own,
        "application": case,
        "case": _case(request, case, own, pressed, form),
        "facts": _facts(case, own),
        "compared": compared(case, number),
        "docs": _docs(case, number),
        "problems": refusal.problems if refusal else [],
        "moved_on": isinstance(refusal, NotNow),
        "crumbs": [
            (_("我的申请"), reverse("applications")) if own else (_("工作台"), reverse("desk")),
            (_("考籍更改"), reverse("corrections:list")),
            (case.case_number, ""),
        ],
    }
    return render(request, "records/corrections/detail.html", context, status=status)


def may_look_or_403(request: SignedRequest) -> None:
    """Candidates see their own; staff whose duties do not include records see none."""
    if not request.user.candidate_id and not request.user.has_perm(READ):
        raise PermissionDenied(READ)


def compared(case: CorrectionRequest, case_number: str = "") -> list[Compared]:
    """Before and after of every datum as pages show it, in the order of the kind."""
    changes = {change.field: change for change in case.changes.all()}
    order = [key for key in DATA if key in changes]
    return [_compared(changes[key], case_number) for key in order]


def _compared(change: CorrectionChange, case_number: str) -> Compared:
    places = _places(change) if change.field == "document" else ""
    photo = Document.objects.filter(key=change.after).first() if change.field == "photo" else None
    return Compared(
        DATA[change.field].label,
        change.before_mask,
        change.after_mask,
        places,
        url_of(photo, case_number) if photo else "",
    )


def _places(change: CorrectionChange) -> str:
    """Which digits of the number differ, without any of them: 第7、8、18位不同."""
    old, new = parted(change.before)[1], parted(change.after)[1]
    if len(old) != len(new):
        return _("位数由%(old)s位变为%(new)s位") % {"old": len(old), "new": len(new)}
    differing = [str(place) for place, (one, other) in enumerate(zip_longest(old, new), start=1) if one != other]
    return _("第%(places)s位不同") % {"places": "、".join(differing)} if differing else _("号码相同")


def _case(request: SignedRequest, case: CorrectionRequest, own: bool, pressed: tuple[str, str] | None, form: Any) -> CasePage:
    shown = case_page(
        CORRECTION,
        case,
        request.user,
        url_of=lambda name: reverse("corrections:step", args=[case.pk, name]),
        days=days_of(case.university_id),
        for_applicant=own,
        pressed=Pressed(*pressed) if pressed else None,
        more=_links(request, case, own),
    )
    name = pressed[0] if pressed else ""
    actions = [_with_form(request, case, action, form if action.name == name else None) for action in shown.actions]
    return replace(shown, actions=actions, desks=_desks(case, shown))


def days_of(university_id: int | None = None) -> dict[str, int]:
    """How many days a case may lie on each desk of an office."""
    return dict.fromkeys(AT_AN_OFFICE, value_of("desk.days.correction", office_id=university_id))


def _desks(case: CorrectionRequest, shown: CasePage) -> list[Any]:
    """The head's desk is drawn only where the case goes there."""
    goes_there = case.makes_another_person or case.status == CorrectionStatus.HEAD
    return [desk for place, desk in enumerate(shown.desks) if goes_there or place != HEAD_DESK]


def _with_form(request: SignedRequest, case: CorrectionRequest, action: Action, form: Any) -> Action:
    """The action as it stands, with its form where the step writes down facts."""
    kind = STEP_FORMS.get(action.name)
    return action if kind is None else replace(action, form=form or kind(case=case, person=request.user))


def _links(request: SignedRequest, case: CorrectionRequest, own: bool) -> list[Action]:
    """The ways to change what no office holds, and to the printed form."""
    links = []
    if may_edit(request, case):
        label = _("去补正") if case.status == CorrectionStatus.RETURNED else _("修改草稿")
        url = reverse("corrections:edit", args=[case.pk])
        links.append(Action("edit", label, url, "outline-primary", "", _("改更改内容、补材料、写原因。"), is_link=True))
    then = _("A4一页，打印后由考生签字。") if own else _("A4一页，供签字盖章并归入纸质档案；打印要记入查阅留痕。")
    url = reverse("corrections:print", args=[case.pk])
    links.append(Action("print", case.kind.form_title, url, "outline-primary", "", then, is_link=True))
    return links


def may_edit(request: SignedRequest, case: CorrectionRequest) -> bool:
    """The candidate, and for a case begun at the counter the university's clerks; while no office holds it."""
    if case.status not in WITH_THE_CANDIDATE:
        return False
    if case.candidate_id == request.user.candidate_id:
        return True
    return CORRECTION.steps["lodge"].is_in_reach_of(request.user, case)


def _facts(case: CorrectionRequest, own: bool) -> list[tuple[Any, ...]]:
    """Label and value; a true third value is a full line."""
    person = case.candidate
    who = [] if own else [(_("考生"), person.name), (_("考籍号"), person.record_number or _("尚未建立"))]
    facts: list[tuple[Any, ...]] = [
        *who,
        (_("更改事项"), case.kind.title),
        (_("主考院校"), case.university.name),
        (_("提出方式"), _("柜台代办，考生本人在场") if case.started_by_office else _("考生本人在线申请")),
        (_("核对原件"), _("已核对") if case.original_seen else _("尚未核对")),
    ]
    if not own and case.editor is not None:
        facts.append((_("更改专人"), str(case.editor)))
    if case.makes_another_person and not own:
        facts.append((_("提示"), _("姓名、证件、出生日期、照片有几项一起更改：须负责人审批。"), True))
    if case.reason:
        facts.append((_("更改原因"), case.reason, True))
    return facts


def _docs(case: CorrectionRequest, case_number: str) -> list[Any]:
    """The proofs under their labels."""
    proofs = list(case.proofs.select_related("document").order_by("pk"))
    lines = listed([proof.document for proof in proofs], case_number)
    return [replace(line, title=f"{proof.label}：{line.title}") for proof, line in zip(proofs, lines, strict=True)]

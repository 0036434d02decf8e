"""The page of one merger: both records side by side, what moves and what collides, proofs, rules, steps, timeline."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.pages import Action, CasePage, Pressed, case_page
from audit.trail import record_read
from audit.workflow import NotNow, Refused
from records.candidates.models import Candidate
from records.documents.pages import listed
from records.merging.comparing import collisions, side_by_side, to_be_moved
from records.merging.drafting import WITH_THE_UNIVERSITY
from records.merging.models import MergeRequest, MergeStatus
from records.merging.workflow import ASK, MERGER
from records.people.requests import SignedRequest
from records.settings.values import value_of

READ = "records.read_record"
PARTIES = ("candidate__managing_university", "merged__managing_university", "university")


def page(
    request: SignedRequest,
    case: MergeRequest,
    *,
    refusal: Refused | None = None,
    pressed: tuple[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The case's page; a line in the trail for each of the two records."""
    remember_look(case)
    is_done = case.status == MergeStatus.DONE
    both = Candidate.objects.visible_to(request.user).filter(pk__in=(case.candidate_id, case.merged_id)).count() == 2
    context = {
        "application": case,
        "case": _case(request, case, pressed),
        "compared": side_by_side(case, request.user),
        "moving": to_be_moved(case) if both or is_done else [],
        "is_beyond_reach": not both and not is_done,
        "is_done": is_done,
        "collisions": collisions(case) if both else [],
        "docs": listed([proof.document for proof in case.proofs.select_related("document").order_by("pk")], case.case_number),
        "problems": refusal.problems if refusal else [],
        "moved_on": isinstance(refusal, NotNow),
        "crumbs": [(_("工作台"), reverse("desk")), (_("考籍合并"), reverse("merging:list")), (case.case_number, "")],
    }
    return render(request, "records/merging/detail.html", context, status=status)


def remember_look(case: MergeRequest) -> None:
    """Both people, if they are two, can read that somebody looked."""
    for candidate_id in (case.candidate_id, case.merged_id):
        record_read("case", case, candidate_id=candidate_id, purpose=case.case_number)


def may_look_or_403(request: SignedRequest) -> None:
    """Staff whose duties do not include records see none."""
    if not request.user.has_perm(READ):
        raise PermissionDenied(READ)


def _case(request: SignedRequest, case: MergeRequest, pressed: tuple[str, str] | None) -> CasePage:
    return case_page(
        MERGER,
        case,
        request.user,
        url_of=lambda name: reverse("merging:step", args=[case.pk, name]),
        days=days_of(case.university_id),
        for_applicant=False,
        pressed=Pressed(*pressed) if pressed else None,
        more=_links(request, case),
    )


def days_of(university_id: int | None = None) -> dict[str, int]:
    """How many days a case may lie with the city."""
    return {"municipality": value_of("desk.days.merger", office_id=university_id)}


def _links(request: SignedRequest, case: MergeRequest) -> list[Action]:
    if not may_edit(request, case):
        return []
    label = _("去补正") if case.status == MergeStatus.RETURNED else _("写依据、附材料")
    then = _("选定保留哪一份考籍，写明依据，上传材料。")
    return [Action("edit", label, reverse("merging:edit", args=[case.pk]), "outline-primary", "", then, is_link=True)]


def may_edit(request: SignedRequest, case: MergeRequest) -> bool:
    """Clerks of the university that asks, while the city does not hold the case."""
    mine = case.university_id in request.user.reach.universities
    return case.status in WITH_THE_UNIVERSITY and mine and request.user.has_perm(ASK)

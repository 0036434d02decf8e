"""Pages of corrections: a candidate applies, a clerk serves at the counter, offices list and work on cases at one address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads, reads_nothing
from audit.timeline import due_day
from audit.trail import record_read
from audit.workflow import NotNow, Problem, Refused
from records.candidates.models import Candidate
from records.corrections import drafting
from records.corrections.fields import DATA
from records.corrections.forms import STEP_FORMS, CorrectionForm
from records.corrections.kinds import kinds_in_force
from records.corrections.models import CorrectionKind, CorrectionRequest
from records.corrections.pages import PARTIES, days_of, may_edit, may_look_or_403, page
from records.corrections.workflow import CORRECTION
from records.listing import DEFAULT_SORT, CaseFilter, page_by_key, record_page
from records.people.requests import SignedRequest


@reads("list", "search")
@require_safe
def case_list(request: SignedRequest) -> HttpResponse:
    """The corrections within reach: a candidate's own, or an office's with filters."""
    may_look_or_403(request)
    cases: QuerySet[CorrectionRequest] = CorrectionRequest.objects.visible_to(request.user).select_related(*PARTIES)
    form = CaseFilter(request.GET, workflow=CORRECTION, user=request.user)
    if not request.user.candidate_id:
        cases = form.narrowed(cases)
    shown = page_by_key(cases, request)
    record_page(request, "corrections", CorrectionRequest, shown.shown, purpose=_("办理更改申请"), form=form)
    context = {
        "form": form,
        "rows": [_row(case) for case in shown.rows],
        "pages": shown,
        "default_sort": DEFAULT_SORT,
        "filters_reset": reverse("corrections:list") if request.GET else "",
        "at_the_counter": request.user.has_perm("records.check_correction"),
    }
    template = "own" if request.user.candidate_id else "list"
    return render(request, f"records/corrections/{template}.html", context)


def _row(case: CorrectionRequest) -> dict[str, Any]:
    return {"case": case, "status": CORRECTION.word_of(case.status), "due_on": due_day(case, days_of())}


@reads("case")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The page of one correction."""
    return page(request, visible_or_404(request, pk))


@reads("case")
@require_POST
def step(request: SignedRequest, pk: int, name: str) -> HttpResponse:
    """Take one step, or show the page again with everything that forbids it."""
    case = visible_or_404(request, pk)
    if name not in CORRECTION.steps:
        raise Http404(name)
    note, facts = request.POST.get("note", ""), None
    if name in STEP_FORMS:
        form = STEP_FORMS[name](request.POST, case=case, person=request.user)
        if not form.is_valid() and CORRECTION.steps[name].is_in_reach_of(request.user, case):
            return page(request, case, form=form, pressed=(name, note), status=422)
        facts = form.facts() if form.is_valid() else None
    try:
        CORRECTION.take(name, case, by=request.user, note=note, facts=facts)
    except Refused as refusal:
        return page(request, visible_or_404(request, pk), refusal=refusal, pressed=(name, note), status=409)
    messages.success(request, _("已办：%(step)s。") % {"step": CORRECTION.steps[name].label})
    return redirect("corrections:detail", pk)


@reads_nothing
@require_safe
def kinds(request: SignedRequest) -> HttpResponse:
    """Where a correction begins: what can be corrected, with which proofs, and where to go in person."""
    candidate = candidate_or_404(request)
    context = {"choices": choices_for(candidate, "corrections:new"), "university": candidate.managing_university}
    return render(request, "records/corrections/kinds.html", context)


def choices_for(candidate: Candidate, url_name: str, arguments: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The kinds in force with what each needs; ``open`` is the candidate's case of the kind that is under way."""
    return [
        {
            "kind": kind,
            "data": "、".join(str(DATA[key].label) for key in kind.fields),
            "url": reverse(url_name, kwargs={**(arguments or {}), "code": kind.code}),
            "open": drafting.open_case(candidate, kind),
        }
        for kind in kinds_in_force()
    ]


@reads_nothing
@sensitive_post_parameters("document_number")
@require_http_methods(["GET", "POST"])
def new(request: SignedRequest, code: str) -> HttpResponse:
    """The form of a new correction of one's own; it becomes a draft, or goes off at once."""
    candidate = candidate_or_404(request)
    return begun(request, candidate, code, crumbs=_own_crumbs(_("申请更改")))


def begun(request: SignedRequest, candidate: Candidate, code: str, *, crumbs: list[tuple[str, str]]) -> HttpResponse:
    """The form of a new correction for ``candidate``, whoever fills it in."""
    kind = get_object_or_404(CorrectionKind, pk__in=[each.pk for each in kinds_in_force()], code=code)
    already = drafting.open_case(candidate, kind)
    if already is not None:
        messages.info(request, _("这个事项已有一件更改申请在办。"))
        return redirect("corrections:detail", already.pk)
    form = CorrectionForm(request.POST or None, request.FILES or None, candidate=candidate, kind=kind, person=request.user)
    if request.method == "POST" and form.is_valid():
        return _saved(request, drafting.draft(candidate, kind, form.contents(), by=request.user))
    return _fill(request, form, crumbs=crumbs)


@reads("case")
@sensitive_post_parameters("document_number")
@require_http_methods(["GET", "POST"])
def edit(request: SignedRequest, pk: int) -> HttpResponse:
    """Change a draft, or what a returned case lacks; with 保存并提交 it goes off at once."""
    case = visible_or_404(request, pk)
    if not may_edit(request, case):
        if case.candidate_id != request.user.candidate_id:
            raise Http404(str(pk))
        moved_on = NotNow([Problem("step.moved-on", _("本件已提交，不能再改。"))])
        return page(request, case, refusal=moved_on, status=409)
    form = CorrectionForm(
        request.POST or None,
        request.FILES or None,
        candidate=case.candidate,
        kind=case.kind,
        person=request.user,
        case=case,
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _saved(request, drafting.complete(case, form.contents()))
        except NotNow as moved_on:
            return page(request, visible_or_404(request, pk), refusal=moved_on, status=409)
    own = case.candidate_id == request.user.candidate_id
    if not own:
        record_read("case", case, candidate_id=case.candidate_id, purpose=case.case_number)
    crumbs = _own_crumbs(case.case_number) if own else [(_("考籍更改"), reverse("corrections:list")), (case.case_number, "")]
    return _fill(request, form, case=case, crumbs=crumbs)


def _fill(
    request: SignedRequest, form: CorrectionForm, *, crumbs: list[tuple[str, str]], case: CorrectionRequest | None = None
) -> HttpResponse:
    own = form.candidate.pk == request.user.candidate_id
    context = {
        "skeleton": "candidate.html" if own else "staff.html",
        "own": own,
        "form": form,
        "kind": form.kind,
        "candidate": form.candidate,
        "case": case,
        "status": CORRECTION.word_of(case.status) if case else "",
        "crumbs": crumbs,
    }
    return render(request, "records/corrections/fill.html", context, status=422 if form.errors else 200)


def _saved(request: SignedRequest, case: CorrectionRequest) -> HttpResponse:
    """To the case; with 保存并提交 through the door first."""
    if "submit" in request.POST:
        return step(request, case.pk, "submit" if case.candidate_id == request.user.candidate_id else "lodge")
    messages.success(request, _("已保存，还没有提交。"))
    return redirect("corrections:detail", case.pk)


def _own_crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("我的申请"), reverse("applications")), (_("考籍更改"), reverse("corrections:list")), (last, "")]


def visible_or_404(request: SignedRequest, pk: int) -> CorrectionRequest:
    """The case within reach; 404 outside, 403 for staff whose duties do not include records."""
    case: CorrectionRequest = get_object_or_404(
        CorrectionRequest.objects.visible_to(request.user).select_related(*PARTIES), pk=pk
    )
    may_look_or_403(request)
    return case


def candidate_or_404(request: SignedRequest) -> Candidate:
    """The signed-in candidate."""
    candidate: Candidate | None = request.user.candidate
    if candidate is None:
        raise Http404
    return candidate

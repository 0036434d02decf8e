"""Pages of reviews: a candidate asks, a counter and the city begin cases, offices list and work on them at one address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads, reads_nothing
from audit.timeline import due_day
from audit.trail import record_read
from audit.workflow import NotNow, Problem, Refused
from records.candidates.models import Candidate
from records.certificates.glyphs import MissingGlyphs
from records.listing import DEFAULT_SORT, page_by_key, record_page
from records.lookups import counting
from records.people.requests import SignedRequest
from scores.marks.models import Mark
from scores.reviews.asking import ask, choices_for, complete
from scores.reviews.forms import STEP_FORMS, AskForm, CounterAskForm, OwnAskForm
from scores.reviews.letter import filename_of, letter_of
from scores.reviews.listing import ReviewFilter
from scores.reviews.models import DECIDED, Origin, ReviewRequest, ReviewStatus
from scores.reviews.pages import PARTIES, days_of, may_look_or_403, page, provisional_of
from scores.reviews.rules import NOT_RE_MARKED
from scores.reviews.workflow import CHECK, DECIDE, REVIEW


@reads("list", "search")
@require_safe
def case_list(request: SignedRequest) -> HttpResponse:
    """The reviews within reach: a candidate's own, or an office's with filters."""
    may_look_or_403(request)
    cases: QuerySet[ReviewRequest] = ReviewRequest.objects.visible_to(request.user).select_related(*PARTIES)
    form = ReviewFilter(request.GET, workflow=REVIEW, user=request.user)
    own = bool(request.user.candidate_id)
    shown = page_by_key(cases if own else form.narrowed(cases), request)
    record_page(request, "reviews", ReviewRequest, shown.shown, purpose=_("办理成绩复核"), form=form)
    days = days_of()
    context = {
        "form": form,
        "rows": [_row(case, days) for case in shown.rows],
        "pages": shown,
        "default_sort": DEFAULT_SORT,
        "filters_reset": reverse("reviews:list") if request.GET else "",
        "query": request.GET.urlencode(),
        "decides": request.user.has_perm(DECIDE),
    }
    return render(request, f"scores/reviews/{'own' if own else 'list'}.html", context)


def _row(case: ReviewRequest, days: dict[str, int]) -> dict[str, Any]:
    return {"case": case, "subject": case.subject, "status": REVIEW.word_of(case.status), "due_on": due_day(case, days)}


@reads("case")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The page of one review."""
    return page(request, visible_or_404(request, pk))


@reads("case")
@require_POST
def step(request: SignedRequest, pk: int, name: str) -> HttpResponse:
    """Take one step, or show the page again with everything that forbids it."""
    case = visible_or_404(request, pk)
    if name not in REVIEW.steps:
        raise Http404(name)
    note, facts = request.POST.get("note", ""), None
    if name in STEP_FORMS and REVIEW.steps[name].is_in_reach_of(request.user, case):
        form = STEP_FORMS[name](request.POST, request.FILES, case=case, person=request.user)
        if not form.is_valid():
            return page(request, case, form=form, pressed=(name, note), status=422)
        facts = form.facts()
    try:
        REVIEW.take(name, case, by=request.user, note=note, facts=facts)
    except Refused as refusal:
        return page(request, visible_or_404(request, pk), refusal=refusal, pressed=(name, note), status=409)
    messages.success(request, _("已办：%(step)s。") % {"step": REVIEW.steps[name].label})
    return redirect("reviews:detail", pk)


@reads("certificate")
@require_safe
def letter(request: SignedRequest, pk: int) -> HttpResponse:
    """The signed letter of a decided review."""
    case = visible_or_404(request, pk)
    if case.status not in DECIDED:
        raise Http404(pk)
    if case.candidate_id == request.user.candidate_id:
        counting.count(counting.OWN_CASE)
    else:
        record_read("certificate", case, candidate_id=case.candidate_id, purpose=case.case_number)
    try:
        content = letter_of(case)
    except MissingGlyphs:
        messages.error(request, _("姓名里有字库没有的字，通知暂时印不出来，请与市自考办联系。"))
        return redirect("reviews:detail", pk)
    disposition = f"attachment; filename=\"review-{case.pk}.pdf\"; filename*=UTF-8''{filename_of(case)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@reads_nothing
@require_safe
def choose(request: SignedRequest) -> HttpResponse:
    """A candidate's published marks, each with the last day on which it may be asked about."""
    candidate = _own_or_404(request)
    return _choose(request, candidate, Origin.CANDIDATE)


@reads_nothing
@require_http_methods(["GET", "POST"])
def new(request: SignedRequest, mark: int) -> HttpResponse:
    """A candidate asks for a review of one mark."""
    candidate = _own_or_404(request)
    return _ask(request, candidate, mark, Origin.CANDIDATE)


@reads("counter")
@permission_required(CHECK, raise_exception=True)
@require_safe
def counter(request: SignedRequest, candidate: int) -> HttpResponse:
    """The marks of somebody who stands at the counter."""
    return _choose(request, _managed_or_404(request, candidate), Origin.COUNTER)


@reads("counter", "case")
@permission_required(CHECK, raise_exception=True)
@require_http_methods(["GET", "POST"])
def counter_new(request: SignedRequest, candidate: int, mark: int) -> HttpResponse:
    """A clerk asks for somebody who stands at the counter."""
    return _ask(request, _managed_or_404(request, candidate), mark, Origin.COUNTER)


@reads("counter")
@permission_required(DECIDE, raise_exception=True)
@require_safe
def office(request: SignedRequest, candidate: int) -> HttpResponse:
    """The published marks of a candidate, for the office's own finding."""
    return _choose(request, _known_or_404(request, candidate), Origin.OFFICE)


@reads("counter", "case")
@permission_required(DECIDE, raise_exception=True)
@require_http_methods(["GET", "POST"])
def office_new(request: SignedRequest, candidate: int, mark: int) -> HttpResponse:
    """The city begins a review by itself."""
    return _ask(request, _known_or_404(request, candidate), mark, Origin.OFFICE)


FORMS = {Origin.CANDIDATE: AskForm, Origin.COUNTER: CounterAskForm, Origin.OFFICE: OwnAskForm}
ADDRESSES = {Origin.CANDIDATE: "reviews:new", Origin.COUNTER: "reviews:counter-new", Origin.OFFICE: "reviews:office-new"}


def _choose(request: SignedRequest, candidate: Candidate, origin: Origin) -> HttpResponse:
    choices = choices_for(candidate, origin=origin)
    whose = [] if origin == Origin.CANDIDATE else [candidate.pk]
    for_office = origin == Origin.OFFICE
    rows = [
        {"choice": each, "url": reverse(ADDRESSES[origin], args=[*whose, each.mark.pk]) if each.is_open else ""}
        for each in choices
    ]
    context = {
        "skeleton": "staff.html" if whose else "candidate.html",
        "candidate": candidate if whose else None,
        "rows": rows,
        "for_office": for_office,
        "rule_text": NOT_RE_MARKED,
        "provisional": provisional_of([each.window for each in choices if each.window and each.is_open])
        if not for_office
        else "",
        "crumbs": _crumbs(candidate, origin, _("选成绩")),
    }
    return render(request, "scores/reviews/choose.html", context)


def _ask(request: SignedRequest, candidate: Candidate, mark_id: int, origin: Origin) -> HttpResponse:
    mark: Mark = get_object_or_404(Mark.objects.filter(candidate=candidate), pk=mark_id)
    choice = next((each for each in choices_for(candidate, origin=origin) if each.mark.pk == mark.pk), None)
    form = FORMS[origin](request.POST or None)
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            case = ask(mark, scope=entered["scope"], statement=entered["statement"], origin=origin, by=request.user)
        except Refused as refusal:
            problems = refusal.problems
        else:
            messages.success(request, _("已提交，编号%(number)s。") % {"number": case.case_number})
            return redirect("reviews:detail", case.pk)
    context = {
        "skeleton": "candidate.html" if origin == Origin.CANDIDATE else "staff.html",
        "form": form,
        "choice": choice,
        "subject": f"{mark.sitting} {mark.course}",
        "for_office": origin == Origin.OFFICE,
        "rule_text": NOT_RE_MARKED,
        "provisional": provisional_of([choice.window]) if choice and choice.window and origin != Origin.OFFICE else "",
        "problems": problems,
        "crumbs": _crumbs(candidate, origin, _("申请复核") if origin != Origin.OFFICE else _("开始自查")),
    }
    status = 409 if problems else 422 if form.errors else 200
    return render(request, "scores/reviews/ask.html", context, status=status)


@reads_nothing
@require_http_methods(["GET", "POST"])
def edit(request: SignedRequest, pk: int) -> HttpResponse:
    """A candidate completes what came back; it goes off at once."""
    candidate = _own_or_404(request)
    case = visible_or_404(request, pk)
    if case.status != ReviewStatus.RETURNED:
        moved_on = NotNow([Problem("step.moved-on", _("本件现在不能改。"))])
        return page(request, case, refusal=moved_on, status=409)
    form = AskForm(request.POST or None, initial={"scope": case.scope, "statement": case.statement})
    if request.method == "POST" and form.is_valid():
        try:
            complete(case, scope=form.cleaned_data["scope"], statement=form.cleaned_data["statement"])
            REVIEW.take("submit", case, by=request.user)
        except Refused as refusal:
            return page(request, visible_or_404(request, pk), refusal=refusal, status=409)
        messages.success(request, _("已重新提交。"))
        return redirect("reviews:detail", pk)
    context = {
        "skeleton": "candidate.html",
        "form": form,
        "subject": case.subject,
        "rule_text": NOT_RE_MARKED,
        "crumbs": _crumbs(candidate, Origin.CANDIDATE, case.case_number),
    }
    return render(request, "scores/reviews/ask.html", context, status=422 if form.errors else 200)


def visible_or_404(request: SignedRequest, pk: int) -> ReviewRequest:
    """The case within reach; 404 outside, 403 for staff whose duties do not include records."""
    cases = ReviewRequest.objects.visible_to(request.user).select_related(*PARTIES)
    case: ReviewRequest = get_object_or_404(cases, pk=pk)
    may_look_or_403(request)
    return case


def _own_or_404(request: SignedRequest) -> Candidate:
    candidate: Candidate | None = request.user.candidate
    if candidate is None:
        raise Http404
    return candidate


def _managed_or_404(request: SignedRequest, pk: int) -> Candidate:
    """Somebody whom the clerk's own university manages, with a line in the trail."""
    managed = Candidate.objects.filter(managing_university__in=request.user.reach.universities)
    return _noted(managed, pk, _("成绩复核，柜台受理"))


def _known_or_404(request: SignedRequest, pk: int) -> Candidate:
    """Any candidate within reach, with a line in the trail."""
    return _noted(Candidate.objects.visible_to(request.user), pk, _("成绩复核，市自考办自查"))


def _noted(candidates: QuerySet[Candidate], pk: int, purpose: str) -> Candidate:
    candidate: Candidate = get_object_or_404(candidates, pk=pk)
    record_read("counter", candidate, candidate_id=candidate.pk, purpose=purpose)
    return candidate


def _crumbs(candidate: Candidate, origin: Origin, last: str) -> list[tuple[str, str]]:
    if origin == Origin.CANDIDATE:
        return [(_("我的申请"), reverse("applications")), (_("成绩复核"), reverse("reviews:list")), (last, "")]
    record = reverse("candidates:detail", args=[candidate.pk])
    return [(_("工作台"), reverse("desk")), (_("成绩复核"), reverse("reviews:list")), (candidate.name, record), (last, "")]

"""Pages of mergers: a university asks, the city decides, at one address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads
from audit.timeline import due_day
from audit.trail import record_search
from audit.workflow import NotNow, Problem, Refused
from records.candidates.models import Candidate
from records.candidates.searching import term_hash
from records.listing import DEFAULT_SORT, CaseFilter, page_by_key, record_page
from records.merging import drafting
from records.merging.forms import MergeForm, NumbersForm
from records.merging.models import MergeRequest
from records.merging.pages import PARTIES, READ, days_of, may_edit, may_look_or_403, page, remember_look
from records.merging.workflow import ASK, MERGER
from records.offices.models import Office
from records.people.requests import SignedRequest
from records.registration.models import ProbableDuplicate


@reads("list", "search")
@permission_required(READ, raise_exception=True)
@require_safe
def case_list(request: SignedRequest) -> HttpResponse:
    """The mergers within reach, with filters."""
    form = CaseFilter(request.GET, workflow=MERGER, user=request.user)
    cases = form.narrowed(MergeRequest.objects.visible_to(request.user).select_related(*PARTIES))
    shown = page_by_key(cases, request)
    record_page(request, "merging", MergeRequest, shown.shown, purpose=_("办理考籍合并"), form=form)
    days = days_of()
    context = {
        "form": form,
        "rows": [{"case": case, "status": MERGER.word_of(case.status), "due_on": due_day(case, days)} for case in shown.rows],
        "pages": shown,
        "default_sort": DEFAULT_SORT,
        "filters_reset": reverse("merging:list") if request.GET else "",
        "may_ask": request.user.has_perm(ASK),
    }
    return render(request, "records/merging/list.html", context)


@reads("search")
@permission_required(ASK, raise_exception=True)
@require_http_methods(["GET", "POST"])
def new(request: SignedRequest) -> HttpResponse:
    """From two numbers to a draft; what they lead to is shown on the case's page."""
    form = NumbersForm(request.POST if request.method == "POST" else None, person=request.user)
    if request.method == "POST":
        found = form.is_valid()
        for name in ("one", "other"):
            hashed = term_hash(form.data.get(name, ""))
            record_search("merging.new", Candidate, hashed, int(found), purpose=_("提出考籍合并"))
        if found and form.first is not None and form.second is not None:
            return _begun(request, form.first, form.second)
    crumbs = [(_("工作台"), reverse("desk")), (_("考籍合并"), reverse("merging:list")), (_("提出合并"), "")]
    return render(request, "records/merging/new.html", {"form": form, "crumbs": crumbs}, status=422 if form.errors else 200)


@reads("case")
@permission_required(ASK, raise_exception=True)
@require_POST
def from_duplicate(request: SignedRequest, pk: int) -> HttpResponse:
    """A clerk has found that a probable duplicate is one person."""
    question = get_object_or_404(ProbableDuplicate.objects.visible_to(request.user).select_related("first", "second"), pk=pk)
    if not {question.first.managing_university_id, question.second.managing_university_id} & request.user.reach.universities:
        raise Http404(pk)
    return _begun(request, question.first, question.second)


def _begun(request: SignedRequest, first: Candidate, second: Candidate) -> HttpResponse:
    university = get_object_or_404(Office.objects.universities(), pk__in=request.user.reach.universities)
    case = drafting.begin(first, second, university, by=request.user)
    if not MergeRequest.objects.visible_to(request.user).filter(pk=case.pk).exists():
        messages.info(request, _("这两份考籍已由另一所院校提出合并（%(number)s）。") % {"number": case.case_number})
        return redirect("merging:list")
    return redirect("merging:edit" if may_edit(request, case) else "merging:detail", case.pk)


@reads("case")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The page of one merger."""
    return page(request, visible_or_404(request, pk))


@reads("case")
@require_http_methods(["GET", "POST"])
def edit(request: SignedRequest, pk: int) -> HttpResponse:
    """Which record stays, the grounds, the proofs; with 保存并上报 it goes off at once."""
    case = visible_or_404(request, pk)
    if not may_edit(request, case):
        moved_on = NotNow([Problem("step.moved-on", _("本件现在不能改，或不由您办理。"))])
        return page(request, case, refusal=moved_on, status=409)
    remember_look(case)
    form = MergeForm(request.POST or None, request.FILES or None, case=case, person=request.user, labels=_labels(case))
    if request.method == "POST" and form.is_valid():
        try:
            return _saved(request, case, form)
        except NotNow as moved_on:
            return page(request, visible_or_404(request, pk), refusal=moved_on, status=409)
    crumbs = [(_("考籍合并"), reverse("merging:list")), (case.case_number, reverse("merging:detail", args=[pk])), (_("填写"), "")]
    context = {"form": form, "application": case, "status": MERGER.word_of(case.status), "crumbs": crumbs}
    return render(request, "records/merging/fill.html", context, status=422 if form.errors else 200)


def _labels(case: MergeRequest) -> list[tuple[int, str]]:
    both: list[tuple[int, Candidate]] = sorted([(case.candidate_id, case.candidate), (case.merged_id, case.merged)], key=_by_id)
    text = _("%(name)s，%(document)s %(mask)s，%(university)s")
    return [(pk, text % _words(person)) for pk, person in both]


def _by_id(pair: tuple[int, Any]) -> int:
    return pair[0]


def _words(person: Candidate) -> dict[str, Any]:
    return {
        "name": person.name,
        "document": person.get_document_kind_display(),
        "mask": person.identity_mask,
        "university": person.managing_university.name,
    }


def _saved(request: SignedRequest, case: MergeRequest, form: MergeForm) -> HttpResponse:
    """To the case; with 保存并上报 through the door first."""
    entered = form.cleaned_data
    drafting.complete(case, kept=int(entered["stays"]), grounds=entered["grounds"], documents=form.documents)
    if "submit" in request.POST:
        return step(request, case.pk, "submit")
    messages.success(request, _("已保存，还没有上报。"))
    return redirect("merging:detail", case.pk)


@reads("case")
@require_POST
def step(request: SignedRequest, pk: int, name: str) -> HttpResponse:
    """Take one step, or show the page again with everything that forbids it."""
    case = visible_or_404(request, pk)
    if name not in MERGER.steps:
        raise Http404(name)
    note = request.POST.get("note", "")
    try:
        MERGER.take(name, case, by=request.user, note=note)
    except Refused as refusal:
        return page(request, visible_or_404(request, pk), refusal=refusal, pressed=(name, note), status=409)
    messages.success(request, _("已办：%(step)s。") % {"step": MERGER.steps[name].label})
    return redirect("merging:detail", pk)


def visible_or_404(request: SignedRequest, pk: int) -> MergeRequest:
    """The case within reach; 404 outside, 403 for staff whose duties do not include records."""
    case: MergeRequest = get_object_or_404(MergeRequest.objects.visible_to(request.user).select_related(*PARTIES), pk=pk)
    may_look_or_403(request)
    return case

"""Pages of leave to look (K4): a member of an office asks, the head decides and reviews; one address serves both at a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.pages import Pressed
from audit.reads import reads, reads_nothing
from audit.timeline import due_day
from audit.trail import record_read
from audit.workflow import NotNow, Problem, Refused
from records.access import drafting
from records.access.forms import STEP_FORMS, WAYS, AskForm, NumbersForm, way_of
from records.access.heads import GRANT
from records.access.leaves import end_in_words
from records.access.models import AccessRequest, AccessStatus
from records.access.pages import PARTIES, page, sheet, word_of
from records.access.workflow import LEAVE
from records.listing import CASE_NUMBER, DEFAULT_SORT, SearchForm, page_by_key
from records.people.requests import SignedRequest
from records.settings.values import value_of

OVER = "over"


class AccessFilter(SearchForm):
    """What a head narrows the list to."""

    q = forms.CharField(label=gettext_lazy("编号或申请人"), required=False, max_length=60)
    status = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("waiting", gettext_lazy("等我办的")),
            ("force", gettext_lazy("查阅期内")),
            (OVER, gettext_lazy("已到期")),
            *[choice for choice in AccessStatus.choices if choice[0] != AccessStatus.DRAFT],
        ],
    )

    def narrowed(self, cases: QuerySet[AccessRequest], user: Any) -> QuerySet[AccessRequest]:
        """``cases`` by what the form says; an unreadable form narrows nothing, a refused search term to nothing."""
        if not self.is_valid():
            return cases.none() if self.is_refused else cases
        status, text = self.cleaned_data["status"], self.cleaned_data["q"].strip()
        if status == "waiting":
            cases = cases.filter(pk__in=LEAVE.waiting_for(user).values("pk"))
        elif status == "force":
            cases = cases.filter(pk__in=AccessRequest.objects.in_force().values("pk"))
        elif status == OVER:
            cases = cases.filter(status=AccessStatus.GRANTED, ends_at__lte=timezone.now())
        elif status:
            cases = cases.filter(status=status)
        return cases.filter(_meant_by(text)) if text else cases


def _meant_by(text: str) -> Q:
    number = CASE_NUMBER.fullmatch(text)
    if number:
        return Q(pk=int(number["pk"]), created_at__year=int(number["year"]))
    return Q(requester__full_name__startswith=text)


@reads_nothing
@require_safe
def case_list(request: SignedRequest) -> HttpResponse:
    """One's own requests; for a head those of the office too, with filters."""
    _must_belong_to_an_office(request)
    heads = request.user.has_perm(GRANT)
    cases: QuerySet[AccessRequest] = AccessRequest.objects.visible_to(request.user).select_related(*PARTIES)
    form = AccessFilter(request.GET) if heads else None
    if form is not None:
        cases = form.narrowed(cases, request.user)
    shown = page_by_key(cases, request)
    days: dict[str, int] = {AccessStatus.HEAD: value_of("desk.days.access")}
    context = {
        "form": form,
        "heads": heads,
        "rows": [_row(case, days) for case in shown.rows],
        "pages": shown,
        "default_sort": DEFAULT_SORT,
        "filters_reset": reverse("access:list") if request.GET else "",
    }
    return render(request, "records/access/list.html", context)


def _row(case: AccessRequest, days: dict[str, int]) -> dict[str, Any]:
    return {
        "case": case,
        "status": word_of(case),
        "due_on": due_day(case, days),
        "ends": end_in_words(case.ends_at) if case.ends_at else "",
    }


@reads_nothing
@require_safe
def new(request: SignedRequest) -> HttpResponse:
    """The three ways of asking, each explained."""
    _must_belong_to_an_office(request)
    office = request.user.office_id
    keys = ("access.most_records", "access.most_hits", "access.urgent_records", "access.urgent_hours")
    limits = {key.partition(".")[2]: value_of(key, office_id=office) for key in keys}
    return render(request, "records/access/new.html", {"limits": limits, "crumbs": _crumbs(_("新的申请"))})


@reads("search")
@require_http_methods(["GET", "POST"])
def fill(request: SignedRequest, way: str) -> HttpResponse:
    """The form of one way; it becomes a draft, and with the main button goes off at once."""
    _must_belong_to_an_office(request)
    if way not in WAYS:
        raise Http404(way)
    form = WAYS[way](request.POST or None, office_id=request.user.office_id)
    if request.method == "POST" and _is_valid(form):
        return _saved(request, drafting.draft(request.user, form.contents()), way)
    context = {"form": form, "way": way, "crumbs": _crumbs(_("新的申请"))}
    return render(request, "records/access/fill.html", context, status=422 if form.errors else 200)


@reads("search", "case")
@require_http_methods(["GET", "POST"])
def edit(request: SignedRequest, pk: int) -> HttpResponse:
    """Change a draft of one's own."""
    case = _visible_or_404(request, pk)
    if case.requester_id != request.user.pk:
        raise Http404(pk)
    if case.status != AccessStatus.DRAFT:
        return page(request, case, refusal=NotNow([Problem("step.moved-on", _("本件已提交，不能再改。"))]))
    way = way_of(case)
    form = WAYS[way](request.POST or None, office_id=case.office_id, initial=WAYS[way].initial_of(case))
    if request.method == "POST" and _is_valid(form):
        try:
            return _saved(request, drafting.redraft(case, form.contents()), way)
        except NotNow as moved_on:
            return page(request, _visible_or_404(request, pk), refusal=moved_on)
    context = {"form": form, "way": way, "case": case, "crumbs": _crumbs(case.case_number)}
    return render(request, "records/access/fill.html", context, status=422 if form.errors else 200)


def _is_valid(form: AskForm) -> bool:
    """Whether the form may be taken over; whose numbers they are was looked up, and is in the trail by its counts."""
    valid = form.is_valid()
    if isinstance(form, NumbersForm) and (form.named.found or form.named.unknown):
        counts = {"found": len(form.named.found), "unknown": len(form.named.unknown)}
        record_read("search", AccessRequest, purpose=_("申请查阅，核对号码"), **counts)
    return valid


def _saved(request: SignedRequest, case: AccessRequest, way: str) -> HttpResponse:
    """To the case; with the main button through the door first."""
    if "submit" in request.POST:
        return _take(request, case, "urgent" if way == "urgent" else "ask")
    messages.success(request, _("已存为草稿，还没有提交。"))
    return redirect("access:detail", case.pk)


@reads("case")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The page of one request."""
    return page(request, _visible_or_404(request, pk))


@reads("case")
@require_safe
def printed(request: SignedRequest, pk: int) -> HttpResponse:
    """查阅审批单; of a draft there is none."""
    case = _visible_or_404(request, pk)
    if case.status == AccessStatus.DRAFT:
        raise Http404(pk)
    return sheet(request, case)


@reads("case")
@require_POST
def step(request: SignedRequest, pk: int, name: str) -> HttpResponse:
    """Take one step, or show the page again with everything that forbids it."""
    case = _visible_or_404(request, pk)
    if name not in LEAVE.steps:
        raise Http404(name)
    return _take(request, case, name)


def _take(request: SignedRequest, case: AccessRequest, name: str) -> HttpResponse:
    facts, note = None, request.POST.get("note", "")
    if name in STEP_FORMS:
        form = STEP_FORMS[name](request.POST, case=case)
        if not form.is_valid():
            return page(request, case, form=form, pressed=Pressed(name, note), status=422)
        facts = form.cleaned_data
    try:
        LEAVE.take(name, case, by=request.user, note=note or (case.urgent_reason if name == "urgent" else ""), facts=facts)
    except Refused as refusal:
        return page(request, _visible_or_404(request, case.pk), refusal=refusal, pressed=Pressed(name, note))
    messages.success(request, _("已办：%(step)s。") % {"step": LEAVE.steps[name].label})
    return redirect("access:detail", case.pk)


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("工作台"), reverse("desk")), (_("查阅申请"), reverse("access:list")), (last, "")]


def _visible_or_404(request: SignedRequest, pk: int) -> AccessRequest:
    case: AccessRequest = get_object_or_404(AccessRequest.objects.visible_to(request.user).select_related(*PARTIES), pk=pk)
    return case


def _must_belong_to_an_office(request: SignedRequest) -> None:
    if not request.user.reach.is_staff:
        raise Http404

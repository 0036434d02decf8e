"""Pages of exemption: a candidate applies, an office lists and works on cases; one address serves both at a case."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.pages import Action, Pressed, case_page
from audit.reads import reads, reads_nothing
from audit.timeline import due_day
from audit.trail import record_read
from audit.workflow import NotNow, Problem, Refused
from exemptions import drafting
from exemptions.choosing import about_credential, choices_for
from exemptions.forms import CompletionForm, CoursesForm, CredentialForm
from exemptions.models import Credential, ExemptionApplication
from exemptions.workflow import EXEMPTION
from records.candidates.models import Candidate
from records.documents.pages import listed
from records.listing import DEFAULT_SORT, CaseFilter, page_by_key, record_page
from records.lookups import counting
from records.people.requests import SignedRequest
from records.settings.values import value_of

READ = "records.read_record"
PARTIES = ("candidate", "university", "course", "major", "credential")


@reads("list", "search")
@require_safe
def case_list(request: SignedRequest) -> HttpResponse:
    """The cases within reach: a candidate's own, or an office's with filters."""
    _must_be_allowed_to_look(request)
    cases: QuerySet[ExemptionApplication] = ExemptionApplication.objects.visible_to(request.user).select_related(*PARTIES)
    form = CaseFilter(request.GET, workflow=EXEMPTION, user=request.user)
    if not request.user.candidate_id:
        cases = form.narrowed(cases)
    page = page_by_key(cases, request)
    record_page(request, "exemptions", ExemptionApplication, page.shown, purpose=_("办理免考申请"), form=form)
    days = _days()
    rows = [{"case": case, "status": EXEMPTION.word_of(case.status), "due_on": due_day(case, days)} for case in page.rows]
    template = "exemptions/own.html" if request.user.candidate_id else "exemptions/list.html"
    reset = reverse("exemptions:list") if request.GET else ""
    context = {"form": form, "rows": rows, "pages": page, "default_sort": DEFAULT_SORT, "filters_reset": reset}
    return render(request, template, context)


@reads("case")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    return _page(request, _visible_or_404(request, pk))


@reads("case")
@require_POST
def step(request: SignedRequest, pk: int, name: str) -> HttpResponse:
    """Take one step, or show the page again with everything that forbids it."""
    application = _visible_or_404(request, pk)
    if name not in EXEMPTION.steps:
        raise Http404(name)
    note = request.POST.get("note", "")
    try:
        EXEMPTION.take(name, application, by=request.user, note=note)
    except Refused as refusal:
        application.refresh_from_db()
        return _page(request, application, refusal=refusal, pressed=Pressed(name, note))
    messages.success(request, _("已办：%(step)s。") % {"step": EXEMPTION.steps[name].label})
    return redirect("exemptions:detail", pk)


@reads_nothing
@require_http_methods(["GET", "POST"])
def start(request: SignedRequest) -> HttpResponse:
    """First page of an application: the credential and its proofs."""
    candidate = _candidate_or_404(request)
    form = CredentialForm(request.POST or None, request.FILES or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        credential = drafting.keep_credential(candidate, form.facts(), form.documents)
        return redirect("exemptions:courses", credential.pk, form.cleaned_data["registration"].pk)
    context = {
        "form": form,
        "registered": candidate.registrations.filter(closed_on__isnull=True).first(),
        "credentials": candidate.credentials.order_by("-pk")[:10],
    }
    return render(request, "exemptions/start.html", context, status=422 if form.errors else 200)


@reads_nothing
@require_http_methods(["GET", "POST"])
def courses(request: SignedRequest, credential: int, registration: int) -> HttpResponse:
    """Second page: every course of the plan with what speaks for and against it; ticked ones become drafts, or go off at once."""
    candidate = _candidate_or_404(request)
    held = get_object_or_404(Credential, pk=credential, candidate=candidate)
    chosen = get_object_or_404(candidate.registrations.select_related("major", "university"), pk=registration)
    choices = choices_for(held, chosen)
    form = CoursesForm(request.POST or None, choices=choices)
    if request.method == "POST" and form.is_valid():
        drafts = drafting.draft(held, chosen, form.cleaned_data["courses"], form.cleaned_data["reason"])
        return _drafted(request, drafts)
    context = {
        "form": form,
        "choices": [choice for choice in choices if choice.is_open],
        "closed": [choice for choice in choices if not choice.is_open and not choice.is_not_covered],
        "not_covered": [choice for choice in choices if choice.is_not_covered],
        "credential": held,
        "registration": chosen,
        "against": about_credential(held, chosen),
    }
    return render(request, "exemptions/courses.html", context, status=422 if form.errors else 200)


@reads_nothing
@require_http_methods(["GET", "POST"])
def complete(request: SignedRequest, pk: int) -> HttpResponse:
    """Change a draft, or what a returned case lacks; with 保存并提交 it goes off at once."""
    _candidate_or_404(request)
    application = _visible_or_404(request, pk)
    if application.status not in drafting.WITH_THE_CANDIDATE:
        moved_on = NotNow([Problem("step.moved-on", _("本件已提交，不能再改。"))])
        return _page(request, application, refusal=moved_on)
    credential = application.credential
    initial = {name: getattr(credential, name) for name in ("kind", "number", "issuer", "issued_on")}
    form = CompletionForm(
        request.POST or None,
        request.FILES or None,
        person=request.user,
        attached=credential.documents.all(),
        initial={**initial, "score": credential.score_in_words, "reason": application.reason},
    )
    if request.method == "POST" and form.is_valid():
        return _completed(request, application, form)
    context = {"form": form, "case": application, "status": EXEMPTION.word_of(application.status)}
    return render(request, "exemptions/complete.html", context, status=422 if form.errors else 200)


def _completed(request: SignedRequest, application: ExemptionApplication, form: CompletionForm) -> HttpResponse:
    try:
        drafting.complete(application, form.facts(), form.documents, form.cleaned_data["reason"])
    except NotNow as moved_on:
        application.refresh_from_db()
        return _page(request, application, refusal=moved_on)
    if "submit" in request.POST:
        return step(request, application.pk, "submit")
    messages.success(request, _("已保存，还没有提交。"))
    return redirect("exemptions:detail", application.pk)


def _drafted(request: SignedRequest, drafts: list[ExemptionApplication]) -> HttpResponseRedirect:
    """Submit the new drafts where that was asked; what may not go off yet stays a draft, with the reason."""
    sent = 0
    for case in drafts if "submit" in request.POST else []:
        try:
            EXEMPTION.take("submit", case, by=request.user)
            sent += 1
        except Refused as refusal:
            reasons = " ".join(str(problem.message) for problem in refusal.problems)
            messages.warning(request, _("%(course)s还没有提交：%(why)s") % {"course": case.course, "why": reasons})
    if sent:
        messages.success(request, _("已提交%(count)s件免考申请。") % {"count": sent})
    elif drafts and "submit" not in request.POST:
        messages.success(request, _("已存为草稿，还没有提交。"))
    return redirect("exemptions:detail", drafts[0].pk) if len(drafts) == 1 else redirect("exemptions:list")


def _page(
    request: SignedRequest,
    application: ExemptionApplication,
    *,
    refusal: Refused | None = None,
    pressed: Pressed | None = None,
) -> HttpResponse:
    """The case's page in the reader's frame; staff leave a line in the trail. After a refusal 409 with every reason."""
    own = application.candidate_id == request.user.candidate_id
    if own:
        counting.count(counting.OWN_CASE)
    else:
        record_read("case", application, candidate_id=application.candidate_id, purpose=application.case_number)
    case = case_page(
        EXEMPTION,
        application,
        request.user,
        url_of=lambda name: reverse("exemptions:step", args=[application.pk, name]),
        days=_days(),
        for_applicant=own,
        pressed=pressed,
        more=_links(application) if own else (),
    )
    context = {
        "skeleton": "candidate.html" if own else "staff.html",
        "own": own,
        "application": application,
        "case": case,
        "docs": listed(application.credential.documents.order_by("pk"), "" if own else application.case_number),
        "siblings": _siblings(application),
        "problems": refusal.problems if refusal else [],
        "moved_on": isinstance(refusal, NotNow),
        "crumbs": [
            (_("我的申请"), reverse("applications")) if own else (_("工作台"), reverse("desk")),
            (_("免考"), reverse("exemptions:list")),
            (application.case_number, ""),
        ],
    }
    return render(request, "exemptions/detail.html", context, status=409 if refusal else 200)


def _days() -> dict[str, int]:
    """How many days a case may lie on each desk of an office."""
    return dict.fromkeys(("university", "municipality"), value_of("desk.days.exemption"))


def _links(application: ExemptionApplication) -> list[Action]:
    """The candidate's way to change what is not with an office."""
    if application.status not in drafting.WITH_THE_CANDIDATE:
        return []
    label = _("去补正") if application.status == "returned" else _("修改草稿")
    url = reverse("exemptions:complete", args=[application.pk])
    return [Action("complete", label, url, "outline-primary", "", _("改凭据、补材料、写说明。"), is_link=True)]


def _siblings(application: ExemptionApplication) -> list[dict[str, Any]]:
    """The cases sent together with this one, as ``components/_lines.html`` draws them."""
    others = application.submission.applications.exclude(pk=application.pk).exclude(status="draft").select_related("course")
    return [
        {
            "text": str(other.course),
            "url": reverse("exemptions:detail", args=[other.pk]),
            "state": EXEMPTION.word_of(other.status),
        }
        for other in others.order_by("pk")
    ]


def _visible_or_404(request: SignedRequest, pk: int) -> ExemptionApplication:
    """The case within reach; 404 outside, 403 for staff whose duties do not include records."""
    cases = ExemptionApplication.objects.visible_to(request.user).select_related(*PARTIES, "submission")
    application: ExemptionApplication = get_object_or_404(cases, pk=pk)
    _must_be_allowed_to_look(request)
    return application


def _must_be_allowed_to_look(request: SignedRequest) -> None:
    if not request.user.candidate_id and not request.user.has_perm(READ):
        raise PermissionDenied(READ)


def _candidate_or_404(request: SignedRequest) -> Candidate:
    candidate: Candidate | None = request.user.candidate
    if candidate is None:
        raise Http404
    return candidate

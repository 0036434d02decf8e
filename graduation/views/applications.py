"""Pages of graduation applications: a candidate applies, an office lists and works on them; one address serves both at a case."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads, reads_nothing
from audit.workflow import NotNow, Problem, Refused
from graduation import drafting, progress
from graduation.forms import ApplicationForm, GraduationFilter, VerificationForm
from graduation.models import GraduationApplication
from graduation.snapshots import audit_of
from graduation.views.case import NOT_YET_RECORDED, PARTIES, may_look_or_403, page
from graduation.views.progress import own_candidate
from graduation.workflow import GRADUATION
from records.catalogue.models import Major
from records.listing import DEFAULT_SORT, page_by_key, record_page
from records.people.requests import SignedRequest
from records.settings.values import value_of


@reads("list", "search")
@require_safe
def case_list(request: SignedRequest) -> HttpResponse:
    """The applications within reach: a candidate's own, or an office's with filters."""
    may_look_or_403(request)
    cases = GraduationApplication.objects.visible_to(request.user).select_related(*PARTIES)
    form = GraduationFilter(request.GET, workflow=GRADUATION, user=request.user)
    if not request.user.candidate_id:
        cases = form.narrowed(cases)
    shown = page_by_key(cases, request)
    record_page(request, "graduations", GraduationApplication, shown.shown, purpose=_("办理毕业申请"), form=form)
    context = {
        "form": form,
        "rows": [_row(case) for case in shown.rows],
        "pages": shown,
        "default_sort": DEFAULT_SORT,
        "filters_reset": reverse("graduation:list") if request.GET else "",
    }
    return render(request, "graduation/own.html" if request.user.candidate_id else "graduation/list.html", context)


def _row(case: GraduationApplication) -> dict[str, Any]:
    """A line of a list; ``lacking``: what is missing beside findings still to be recorded, None before any audit."""
    lacking = case.verdict.get("lacking")
    count = None if lacking is None else len(set(lacking) - set(NOT_YET_RECORDED))
    return {"case": case, "status": GRADUATION.word_of(case.status), "lacking": count}


@reads("case")
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """The page of one application."""
    return page(request, _visible_or_404(request, pk))


@reads("case")
@require_POST
def step(request: SignedRequest, pk: int, name: str) -> HttpResponse:
    """Take one step, or show the page again with everything that forbids it."""
    application = _visible_or_404(request, pk)
    if name not in GRADUATION.steps:
        raise Http404(name)
    facts = None
    if GRADUATION.steps[name].records:
        form = verification_form(application, request.POST)
        if not form.is_valid():
            return page(request, application, form=form, status=422)
        facts = form.facts()
    note = request.POST.get("note", "")
    try:
        GRADUATION.take(name, application, by=request.user, note=note, facts=facts)
    except Refused as refusal:
        return page(request, _visible_or_404(request, pk), refusal=refusal, pressed=(name, note), status=409)
    messages.success(request, _("已办：%(step)s。") % {"step": GRADUATION.steps[name].label})
    return redirect("graduation:detail", pk)


@reads_nothing
@require_safe
def new(request: SignedRequest) -> HttpResponse:
    """Where an application begins: the majors of one's own with how far each is."""
    candidate = own_candidate(request)
    standing = progress.standing_of(candidate, progress.Wanted())
    choices = [
        {
            "major": answer.major,
            "plan": answer.plan,
            "headline": progress.headline(answer, answer.verdict.best),
            "lacking": progress.lacking_items(answer.verdict.best),
            "is_complete": answer.plan_complete,
            "open": drafting.open_application(candidate, answer.major),
        }
        for answer in standing.own
    ]
    return render(request, "graduation/new.html", {"choices": choices})


@reads_nothing
@require_http_methods(["GET", "POST"])
def fill(request: SignedRequest, major: str) -> HttpResponse:
    """The form of a new application in one major; it becomes a draft."""
    candidate = own_candidate(request)
    chosen = get_object_or_404(Major.objects.filter(plans__isnull=False).distinct(), code=major)
    already = drafting.open_application(candidate, chosen)
    if already is not None:
        messages.info(request, _("这个专业已有一件毕业申请在办。"))
        return redirect("graduation:detail", already.pk)
    form = _form(request, chosen)
    if request.method == "POST" and form.is_valid():
        case = drafting.draft(candidate, chosen, form.contents())
        return _saved(request, case)
    context = {"form": form, "major": chosen, "notice": _notice(), "crumbs": _crumbs(_("申请毕业"))}
    return render(request, "graduation/fill.html", context, status=422 if form.errors else 200)


@reads_nothing
@require_http_methods(["GET", "POST"])
def edit(request: SignedRequest, pk: int) -> HttpResponse:
    """Change a draft, or what a returned application lacks; with 保存并提交 it goes off at once."""
    own_candidate(request)
    application = _visible_or_404(request, pk)
    if application.status not in drafting.WITH_THE_CANDIDATE:
        moved_on = NotNow([Problem("step.moved-on", _("本件已提交，不能再改。"))])
        return page(request, application, refusal=moved_on, status=409)
    form = _form(request, application.major, application)
    if request.method == "POST" and form.is_valid():
        try:
            case = drafting.complete(application, form.contents())
        except NotNow as moved_on:
            return page(request, _visible_or_404(request, pk), refusal=moved_on, status=409)
        return _saved(request, case)
    context = {
        "form": form,
        "major": application.major,
        "case": application,
        "status": GRADUATION.word_of(application.status),
        "notice": _notice(),
        "crumbs": _crumbs(application.case_number),
    }
    return render(request, "graduation/fill.html", context, status=422 if form.errors else 200)


def verification_form(application: GraduationApplication, *sent: Any) -> VerificationForm:
    """The form of what the university verified; it asks about 加考 where that is undecided."""
    return VerificationForm(*sent, case=application, asks_additional=audit_of(application).verdict.additional_undecided)


def _saved(request: SignedRequest, case: GraduationApplication) -> HttpResponse:
    """To the case; with 保存并提交 through the door first."""
    if "submit" in request.POST:
        return step(request, case.pk, "submit")
    messages.success(request, _("已存为草稿，还没有提交。") if case.status == "draft" else _("已保存，还没有提交。"))
    return redirect("graduation:detail", case.pk)


def _form(request: SignedRequest, major: Major, case: GraduationApplication | None = None) -> ApplicationForm:
    candidate = own_candidate(request)
    form = ApplicationForm(
        request.POST or None, request.FILES or None, person=request.user, candidate=candidate, major=major, case=case
    )
    version = request.GET.get("plan", "")
    asked = major.plans.filter(version=version).first() if version and case is None else None
    if asked is not None:
        form.fields["plan"].initial = asked.pk
    return form


def _notice() -> list[str]:
    return [line for line in str(value_of("graduation.notice", on=timezone.localdate())).splitlines() if line.strip()]


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("个人空间"), reverse("space")), (_("我的毕业申请"), reverse("graduation:list")), (last, "")]


def _visible_or_404(request: SignedRequest, pk: int) -> GraduationApplication:
    """The application within reach; 404 outside, 403 for staff whose duties do not include records."""
    cases = GraduationApplication.objects.visible_to(request.user).select_related(*PARTIES)
    application: GraduationApplication = get_object_or_404(cases, pk=pk)
    may_look_or_403(request)
    return application

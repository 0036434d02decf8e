"""Sittings for staff: the list, one at a glance, who is registered, whose mark is missing, changes by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.acting import acting
from audit.reads import reads, reads_nothing
from audit.trail import record_export, record_read
from audit.workflow import Problem, Refused
from records.listing import record_page
from records.people.requests import SignedRequest
from scores.models import PaperTime, RegistrationFile, Sitting, SittingRegistration
from scores.sittings import by_hand, listing, timetable
from scores.sittings.finding import READ, SIT, desk_sitting_or_404, sitting_or_404
from scores.sittings.forms import ReasonForm, RegistrationForm, TimetableForm, names_of
from scores.sittings.listing import RegisteredFilter
from scores.sittings.overview import KINDS, is_coming, kinds_of, lines_for, own_counts

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCHES_SHOWN = 10


def _crumbs(*places: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("考次"), reverse("sittings:list")), *places]


def _crumbs_in(sitting: Sitting, last: str) -> list[tuple[str, str]]:
    return _crumbs((str(sitting), reverse("sittings:detail", args=[sitting.name])), (last, ""))


@reads_nothing
@permission_required(READ, raise_exception=True)
@require_safe
def sitting_list(request: SignedRequest) -> HttpResponse:
    """The sittings: all of them for the municipal office, for a university those of its candidates."""
    context = {"lines": lines_for(request.user), "may_import": request.user.has_perm(SIT)}
    return render(request, "scores/sittings/list.html", context)


@reads_nothing
@require_safe
def detail(request: SignedRequest, name: str) -> HttpResponse:
    """A sitting at a glance; of marks it speaks to those alone who look after them."""
    sitting = sitting_or_404(request, name)
    may_import = request.user.has_perm(SIT)
    context: dict[str, Any] = {
        "sitting": sitting,
        "is_coming": is_coming(sitting),
        "may_import": may_import,
        "kinds": kinds_of(sitting) if may_import else [],
        "counts": [] if may_import else own_counts(sitting, request.user),
        "batches": _batches(sitting) if may_import else [],
        "times": PaperTime.objects.filter(sitting=sitting).count(),
        "crumbs": _crumbs((str(sitting), "")),
    }
    return render(request, "scores/sittings/detail.html", context)


def _batches(sitting: Sitting) -> list[RegistrationFile]:
    batches = RegistrationFile.objects.filter(sitting=sitting).select_related("file__sent_by").defer("preview", "file__outcome")
    return list(batches.order_by("-pk")[:BATCHES_SHOWN])


@reads("list", "search")
@require_safe
def registered(request: SignedRequest, name: str) -> HttpResponse:
    """Who is registered; a university sees its own candidates."""
    sitting = sitting_or_404(request, name)
    form = RegisteredFilter(request.GET, user=request.user)
    shown, pages = listing.page_of(listing.registered(sitting, request.user, form), request)
    record_page(request, "registered", sitting, len(shown), purpose=_("核对报考"), form=form)
    context = {
        **_listed(request, form, sitting, shown, pages, _("报考名单")),
        "may_import": request.user.has_perm(SIT),
        "filters_label": _("筛选报考名单"),
    }
    return render(request, "scores/sittings/registered.html", context)


@reads("list", "search")
@require_safe
def missing(request: SignedRequest, name: str) -> HttpResponse:
    """Who is registered and has no mark in the sitting."""
    sitting = desk_sitting_or_404(request, name)
    form = RegisteredFilter(request.GET, user=request.user)
    shown, pages = listing.page_of(listing.lacking(sitting, form), request)
    record_page(request, "missing-marks", sitting, len(shown), purpose=_("核对缺成绩"), form=form)
    context = {**_listed(request, form, sitting, shown, pages, _("缺成绩")), "filters_label": _("筛选缺成绩名单")}
    return render(request, "scores/sittings/missing.html", context)


def _listed(
    request: SignedRequest, form: RegisteredFilter, sitting: Sitting, shown: list[SittingRegistration], pages: Any, last: str
) -> dict[str, Any]:
    query = request.GET.copy()
    for key in ("after", *(["q"] if form.is_refused else [])):
        query.pop(key, None)
    return {
        "sitting": sitting,
        "form": form,
        "kind": KINDS[form.kind_shown],
        "rows": shown,
        "pages": pages,
        "query": query.urlencode(),
        "filters_reset": request.path if request.GET else "",
        "crumbs": _crumbs_in(sitting, last),
    }


@reads("export")
@require_safe
def registered_export(request: SignedRequest, name: str) -> HttpResponse:
    """The list of who is registered as an Excel file, as it is filtered."""
    sitting = sitting_or_404(request, name)
    form = RegisteredFilter(request.GET, user=request.user)
    return _exported(listing.registered(sitting, request.user, form), sitting, "registered", _("报考名单"))


@reads("export")
@require_safe
def missing_export(request: SignedRequest, name: str) -> HttpResponse:
    """The list of missing marks as an Excel file, as it is filtered."""
    sitting = desk_sitting_or_404(request, name)
    form = RegisteredFilter(request.GET, user=request.user)
    return _exported(listing.lacking(sitting, form), sitting, "missing-marks", _("缺成绩"))


def _exported(rows: QuerySet[SittingRegistration], sitting: Sitting, export: str, title: str) -> HttpResponse:
    content, count = listing.table_of(rows, title)
    purpose = _("导出%(list)s") % {"list": title}
    record_export(export, sitting, count, purpose=purpose, sha256=hashlib.sha256(content).hexdigest())
    disposition = f'attachment; filename="{export}-{sitting.name}.xlsx"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=XLSX, headers=headers)


@reads_nothing
@require_http_methods(["GET", "POST"])
def register(request: SignedRequest, name: str) -> HttpResponse:
    """Register one candidate by hand, with a reason."""
    sitting = desk_sitting_or_404(request, name)
    form = RegistrationForm(request.POST if request.method == "POST" else None)
    problems: list[Problem] = []
    if form.is_valid():
        problems = _refusal(partial(by_hand.register, sitting, by=request.user, **form.told()))
        if not problems:
            messages.success(request, _("已报考。"))
            return redirect("sittings:detail", name)
    context = {"sitting": sitting, "form": form, "problems": problems, "crumbs": _crumbs_in(sitting, _("手工报考"))}
    return render(request, "scores/sittings/register.html", context, status=409 if problems else 422 if form.errors else 200)


@reads("registering")
@require_http_methods(["GET", "POST"])
def cancel(request: SignedRequest, pk: int) -> HttpResponse:
    """Take one registration out, with a reason."""
    registration = _registration_or_404(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    problems: list[Problem] = []
    if form.is_valid():
        note = form.cleaned_data["note"]
        problems = _refusal(partial(by_hand.cancel, registration, by=request.user, note=note))
        if not problems:
            messages.success(request, _("报考已取消。"))
            return redirect("sittings:registered", registration.sitting.name)
    record_read("registering", registration, candidate_id=registration.candidate_id, purpose=_("取消报考"))
    context = {
        "registration": registration,
        "facts": names_of(registration),
        "why_not": by_hand.why_not_cancelled(registration),
        "form": form,
        "problems": problems,
        "crumbs": _crumbs_in(registration.sitting, _("取消报考")),
    }
    return render(request, "scores/sittings/cancel.html", context, status=409 if problems else 422 if form.errors else 200)


def _registration_or_404(request: SignedRequest, pk: int) -> SittingRegistration:
    """The registration: missing for who is outside the office, forbidden for who has other duties in it."""
    if not request.user.reach.municipal:
        raise Http404(pk)
    if not request.user.has_perm(SIT):
        raise PermissionDenied(SIT)
    rows = SittingRegistration.objects.select_related("sitting", "candidate", "course").prefetch_related("candidate__tickets")
    return get_object_or_404(rows, pk=pk)


def _refusal(step: Callable[[], object]) -> list[Problem]:
    """What forbids the step; nothing when it is taken."""
    try:
        step()
    except Refused as refused:
        return refused.problems
    return []


@reads_nothing
@require_http_methods(["GET", "POST"])
def times(request: SignedRequest, name: str) -> HttpResponse:
    """When the papers of the sitting are examined."""
    sitting = desk_sitting_or_404(request, name)
    initial = {"times": timetable.as_text(sitting)}
    form = TimetableForm(request.POST if request.method == "POST" else None, initial=initial, sitting=sitting)
    if form.is_valid():
        found: timetable.Read = form.cleaned_data["times"]
        with acting(purpose=_("安排考试时间")):
            timetable.lay_down(sitting, found.times)
        messages.success(request, _("考试时间已保存，共%(count)s门课程。") % {"count": len(found.times)})
        return redirect("sittings:detail", name)
    context = {"sitting": sitting, "form": form, "crumbs": _crumbs_in(sitting, _("考试时间"))}
    return render(request, "scores/sittings/times.html", context, status=422 if form.errors else 200)

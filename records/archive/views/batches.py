"""Many files at once: opening those of a registration period, moving a whole box or shelf; each with a look beforehand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Max, Min
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.reads import reads_nothing
from audit.workflow import Problem, Refused
from records.archive import keeping, opening
from records.archive.forms import MoveManyForm, OpenManyForm
from records.archive.reporting import Period
from records.archive.searching import lacking_since
from records.archive.views.reaching import context_of, university_of
from records.offices.models import Office
from records.people.requests import SignedRequest


@reads_nothing
@require_http_methods(["GET", "POST"])
def open_many(request: SignedRequest) -> HttpResponse:
    """Choose a registration period, see how many have no file, start the job for exactly so many."""
    university = university_of(request)
    typed = request.POST if request.method == "POST" else request.GET
    form = OpenManyForm(typed or None)
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        period = Period(wanted["first_day"], wanted["last_day"])
        try:
            job = opening.start_opening(
                university, period, place=wanted["place"], expected=_expected(request.POST), by=request.user
            )
        except Refused as refusal:
            problems = refusal.problems
        else:
            return redirect("jobs:detail", job.pk)
    title = _("批量立卷")
    context = _context(request, title, form, problems, preview=_opening(university, form))
    return render(request, "records/archive/open_many.html", context, status=_status(form, problems))


def _opening(university: Office, form: OpenManyForm) -> dict[str, Any] | None:
    """How many files would be opened."""
    if not form.is_valid():
        return None
    wanted = form.cleaned_data
    return {"count": lacking_since(university, wanted["first_day"], wanted["last_day"]).count()}


@reads_nothing
@require_http_methods(["GET", "POST"])
def move_many(request: SignedRequest) -> HttpResponse:
    """Choose a box or shelf and where it goes, see how many files that is, move exactly so many."""
    university = university_of(request)
    typed = request.POST if request.method == "POST" else request.GET
    form = MoveManyForm(typed if "target" in typed else None, initial={"place": typed.get("place", "")})
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            moved = keeping.move_all(
                university,
                wanted["place"],
                wanted["target"],
                expected=_expected(request.POST),
                by=request.user,
                with_levels_below=wanted["below"],
            )
        except Refused as refusal:
            problems = refusal.problems
        else:
            messages.success(request, _("已移动%(count)s卷。") % {"count": moved})
            return redirect(reverse("archive:list", query={"place": wanted["target"]}))
    context = _context(request, _("整盒整柜移动"), form, problems, preview=_moving(university, form))
    return render(request, "records/archive/move_many.html", context, status=_status(form, problems))


def _moving(university: Office, form: MoveManyForm) -> dict[str, Any] | None:
    """How many files would be moved, and between which numbers they lie."""
    if not form.is_valid():
        return None
    wanted = form.cleaned_data
    files = keeping.at_place(university, wanted["place"], with_levels_below=wanted["below"])
    numbers = files.aggregate(first=Min("number"), last=Max("number"))
    places = files.values("place").distinct().count()
    return {"count": files.count(), "places": places, **numbers}


def _context(request: SignedRequest, title: str, form: Any, problems: list[Problem], **more: Any) -> dict[str, Any]:
    crumbs = [(_("纸质档案"), reverse("archive:list")), (title, "")]
    return context_of(request, form=form, problems=problems, crumbs=crumbs, **more)


def _status(form: Any, problems: list[Problem]) -> int:
    if problems:
        return 409
    return 422 if form.is_bound and form.errors else 200


def _expected(typed: QueryDict) -> int:
    """The count that the person saw; −1 for what is no number."""
    text = typed.get("expected", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

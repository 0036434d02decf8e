"""A candidate's own certificates: what there is, in which state, how often it was printed; fetching another one."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import reads_nothing
from audit.workflow import Problem, Refused
from records.candidates.models import Candidate
from records.certificates.answers import pdf_answer
from records.certificates.forms import CoursesForm
from records.certificates.glyphs import MissingGlyphs
from records.certificates.issuing import issue, take_file
from records.certificates.kinds import kinds, title_of
from records.certificates.models import Certificate
from records.people.requests import SignedRequest


def own_candidate(request: SignedRequest) -> Candidate:
    """The signed-in person's own record; 404 for whoever has none."""
    if not request.user.candidate_id:
        raise Http404
    people = Candidate.objects.select_related("managing_university").prefetch_related("tickets")
    return people.get(pk=request.user.candidate_id)


@reads_nothing
@require_safe
def own_list(request: SignedRequest) -> HttpResponse:
    """我的证明: the newest first, and what may be fetched."""
    candidate = own_candidate(request)
    rows = Certificate.objects.filter(candidate=candidate).select_related("office")
    rows = rows.annotate(printed=Count("prints"), last_printed=Max("prints__at")).order_by("-pk")[:100]
    context = {
        "rows": [{"row": row, "title": title_of(row.kind), "state": row.state.label} for row in rows],
        "offered": [kind for kind in kinds().values() if kind.is_fetched_alone],
    }
    return render(request, "records/certificates/own.html", context)


@reads_nothing
@require_http_methods(["GET", "POST"])
def own_new(request: SignedRequest, kind: str) -> HttpResponse:
    """Choose what stands on it, and have it made."""
    candidate = own_candidate(request)
    entry = kinds().get(kind)
    if entry is None or not entry.is_fetched_alone:
        raise Http404(kind)
    form = CoursesForm(request.POST if request.method == "POST" else None, kind=entry, candidate=candidate)
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = issue(candidate, kind, office=candidate.managing_university, by=request.user, choice=form.choice())
        except Refused as refusal:
            problems = refusal.problems
        except MissingGlyphs as missing:
            problems = [Problem("certificate.missing-glyphs", str(missing))]
        else:
            return redirect(f"{reverse('own-certificates')}#c{made.number}")
    return render(request, "records/certificates/own_new.html", _new(entry, form, problems), status=_status(form, problems))


def _new(kind: Any, form: CoursesForm, problems: list[Problem]) -> dict[str, Any]:
    return {"kind": kind, "form": form, "problems": problems, "problems_title": _("没有出具")}


def _status(form: CoursesForm, problems: list[Problem]) -> int:
    if problems:
        return 409
    return 422 if form.is_bound and form.errors else 200


@reads_nothing
@require_safe
def own_file(request: SignedRequest, number: str) -> HttpResponse:
    """The signed file of one's own certificate, whatever its state."""
    candidate = own_candidate(request)
    certificate = get_object_or_404(Certificate, candidate=candidate, number=number)
    return pdf_answer(certificate, take_file(certificate, by=request.user))

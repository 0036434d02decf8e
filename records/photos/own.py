"""The candidate's pages: hand a photo in, see what was measured, see what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.reads import reads_nothing
from audit.workflow import Refused
from records.candidates.models import Candidate
from records.documents.pages import url_of
from records.people.requests import SignedRequest
from records.photos.checking import requirements
from records.photos.forms import PhotoForm
from records.photos.models import PhotoSubmission
from records.photos.pages import chosen, forget, measures_of, rules_of, uploaded
from records.photos.taking import hand_in

PAGE = "records/photos/own.html"


def _own_or_404(request: SignedRequest) -> Candidate:
    mine = Candidate.objects.select_related("photo", "managing_university")
    found: Candidate | None = mine.filter(pk=request.user.candidate_id or 0).first()
    if found is None:
        raise Http404
    return found


@reads_nothing
@require_http_methods(["GET", "POST"])
def own(request: SignedRequest) -> HttpResponse:
    """The photo as it stands; where there is none, the form, with everything that is wrong with a file that was refused."""
    candidate = _own_or_404(request)
    if request.method == "GET" or not _may_hand_in(candidate):
        return render(request, PAGE, _context(candidate, PhotoForm()))
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, PAGE, _context(candidate, form), status=422)
    verdict = uploaded(request, form, candidate, request.user)
    if verdict.is_good:
        return redirect("photos:own-preview")
    return render(request, PAGE, _context(candidate, PhotoForm(), rules=rules_of(verdict.faults)), status=422)


@reads_nothing
@require_http_methods(["GET", "POST"])
def own_preview(request: SignedRequest) -> HttpResponse:
    """The photo as it would be kept, with what was measured; confirming hands it in."""
    candidate = _own_or_404(request)
    document = chosen(request, candidate, request.user)
    if document is None:
        return redirect("photos:own")
    problems: list[Any] = []
    if request.method == "POST":
        try:
            hand_in(candidate, document, by=request.user)
        except Refused as refusal:
            problems = refusal.problems
        else:
            messages.success(request, _("已提交，请等主考院校审核。"))
        forget(request, candidate)
        if not problems:
            return redirect("photos:own")
    context = {"url": url_of(document), "rules": measures_of(document), "problems": problems, "candidate": candidate}
    return render(request, "records/photos/own_preview.html", context, status=409 if problems else 200)


def _last(candidate: Candidate) -> PhotoSubmission | None:
    found: PhotoSubmission | None = candidate.photo_submissions.select_related("document").order_by("-pk").first()
    return found


def _may_hand_in(candidate: Candidate) -> bool:
    last = _last(candidate)
    return candidate.photo_id is None and (last is None or last.decision != PhotoSubmission.Decision.WAITING)


def _context(candidate: Candidate, form: PhotoForm, **more: Any) -> dict[str, Any]:
    last = _last(candidate)
    waiting = last is not None and last.decision == PhotoSubmission.Decision.WAITING
    shown = candidate.photo or (last.document if last and waiting else None)
    return {
        "candidate": candidate,
        "form": form,
        "may_hand_in": _may_hand_in(candidate),
        "last": last,
        "is_refused": last is not None and last.decision == PhotoSubmission.Decision.REFUSED and candidate.photo_id is None,
        "state": _state(candidate, last),
        "url": url_of(shown) if shown else "",
        "requirements": requirements(),
        **more,
    }


def _state(candidate: Candidate, last: PhotoSubmission | None) -> str:
    if candidate.photo_id is not None:
        return str(PhotoSubmission.Decision.ACCEPTED.label)
    return str(last.get_decision_display()) if last else str(_("尚无照片"))

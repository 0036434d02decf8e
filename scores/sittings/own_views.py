"""A candidate's own examinations to come, and the notice of them to print."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.reads import reads_nothing
from audit.workflow import Refused
from records.candidates.models import Candidate
from records.lookups import counting
from records.people.requests import SignedRequest
from scores.sittings.own import coming_of
from scores.sittings.slip import printed


def _own(request: SignedRequest) -> Candidate:
    """The signed-in person's own record; 404 for whoever has none."""
    if not request.user.candidate_id:
        raise Http404
    mine = Candidate.objects.visible_to(request.user).select_related("managing_university").prefetch_related("tickets")
    return mine.get(pk=request.user.candidate_id)


@reads_nothing
@require_safe
def own(request: SignedRequest) -> HttpResponse:
    """What one sits in the sittings to come, when and where."""
    candidate = _own(request)
    counting.count(counting.OWN_SPACE)
    return render(request, "scores/sittings/own.html", {"candidate": candidate, "sittings": coming_of(candidate)})


@reads_nothing
@require_safe
def slip(request: SignedRequest, name: str) -> HttpResponse:
    """The notice (考试通知单) as PDF; 404 where one is not registered or the sitting is over."""
    candidate = _own(request)
    coming = next((each for each in coming_of(candidate) if each.sitting.name == name), None)
    if coming is None:
        raise Http404(name)
    try:
        content = printed(candidate, coming)
    except Refused as refused:
        context = {"candidate": candidate, "sittings": coming_of(candidate), "problems": refused.problems}
        return render(request, "scores/sittings/own.html", context, status=409)
    headers = {
        "Content-Disposition": f'inline; filename="examination-{name}.pdf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)

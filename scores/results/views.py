"""The page of the result day."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.reads import COUNTED, reads
from records.lookups import counting, limits
from records.lookups.proof import Proof
from records.people.identity import mask
from scores.models import Publication
from scores.results.forms import ResultsForm
from scores.results.looking_up import latest_sitting, results_of
from scores.results.page import page_of


@reads(COUNTED)
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def lookup(request: HttpRequest) -> HttpResponse:
    """L8: hit and miss have one address, one status and one page; only the result differs."""
    form = ResultsForm(request.POST or None)
    if not form.is_valid():
        coming = Publication.objects.announced().select_related("sitting").first()
        return render(request, "scores/results_form.html", {"form": form, "sitting": latest_sitting(), "coming": coming})
    ticket, number = form.cleaned_data["ticket"], form.cleaned_data["number"]
    is_proven = form.cleaned_data["proof"] is Proof.COMPUTED
    limits.pass_through(limits.SCORES, limits.source_of(request), ticket, is_proven=is_proven)
    counting.count("L8")
    results = results_of(ticket, number)
    return HttpResponse(page_of(request, results, ticket=ticket, number=mask(number)))

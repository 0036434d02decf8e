"""The page of the result day."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.reads import COUNTED, reads
from records.lookups import counting, limits
from records.lookups.proof import Proof
from records.people.identity import mask
from scores.models import Publication
from scores.results.forms import ResultsForm
from scores.results.looking_up import Results, latest_sitting, results_of

BETWEEN = SafeString("<!-- -->")  # between two lines of the table; in none, because what is in them is escaped


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
    asked = {"ticket": ticket, "number": mask(number)}
    results = results_of(ticket, number)
    return render(request, "scores/results.html", {"results": results, "asked": asked, "table": _table(results)})


def _table(results: Results) -> str:
    """The table of the marks; every line of ``places`` is set, those that hold nothing are thrown away."""
    _head, *rows = render_to_string("scores/_mark.html", {"lines": results.places, "between": BETWEEN}).split(BETWEEN)
    return render_to_string("scores/_marks.html", {"rows": [SafeString(row) for row in rows[: len(results.marks)]]})

"""Looking up without an account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.reads import COUNTED, reads
from records.lookups import counting, limits
from records.lookups.forms import RecordNumberForm
from records.lookups.proof import Proof
from records.lookups.record_number import look_up
from records.people.identity import DocumentKind, mask


@reads(COUNTED)
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def lookup(request: HttpRequest) -> HttpResponse:
    """L1: hit and miss have one address, one status and one page; only the result differs."""
    form = RecordNumberForm(request.POST or None)
    if not form.is_valid():
        return render(request, "records/lookup.html", {"form": form})
    given = form.cleaned_data
    is_proven = given["proof"] is Proof.COMPUTED
    limits.pass_through(limits.LOOKUP, limits.source_of(request), f"{given['kind']}:{given['number']}", is_proven=is_proven)
    counting.count("L1")
    answer = look_up(given["name"], given["kind"], given["number"], wants_registration=given["wants_registration"])
    asked = {"name": given["name"], "kind": DocumentKind(given["kind"]).label, "number": mask(given["number"])}
    return render(request, "records/lookup_result.html", {"answer": answer, "asked": asked})

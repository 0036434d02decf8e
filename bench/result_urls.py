"""The portal's addresses, and beside the page of the result day a view that runs the same query and says nothing of it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_POST

from audit.reads import COUNTED, reads
from scores.results.looking_up import results_of


@reads(COUNTED)
@login_not_required
@require_POST
def bare(request: HttpRequest) -> HttpResponse:
    """The same query behind the same middleware, without form, limits, counts and page."""
    found = results_of(request.POST["ticket"], request.POST["number"])
    return HttpResponse(f"{len(found.marks)}")


urlpatterns = [path("bare/", bare), path("", include("config.urls"))]

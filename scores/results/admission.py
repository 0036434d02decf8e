"""How many look at the page of the result day at once; who comes beyond that waits in front of it, outside everything dear.

Each web process counts its own, without asking anybody. It stands before sessions, logs and the database, so that turning
somebody away costs next to nothing, and sends what was typed back into the page alone, whose button (or script) sends it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.views.decorators.debug import sensitive_variables

SOONEST, SPREAD = 4, 7
"""Seconds: everybody is asked to come again after 4 to 10, so that those who were sent away together do not come together."""
FIELDS = ("csrfmiddlewaretoken", "ticket", "number", "proof", "proof-stamp")
LONGEST = 2000
PLACE = "[typed]"
"""Stands in the frame where the fields of the request go; nothing of it has to be escaped."""


class AdmissionMiddleware:
    """Lets ``LOOKUPS_AT_ONCE`` requests into the page at a time; the others get 429, ``Retry-After`` and the waiting page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._places = BoundedSemaphore(settings.LOOKUPS_AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != self._address:
            return self.get_response(request)
        if not self._places.acquire(blocking=False):
            return waiting_page(request)
        try:
            return self.get_response(request)
        finally:
            self._places.release()

    @cached_property
    def _address(self) -> str:
        return reverse("scores-lookup")


@sensitive_variables()
def waiting_page(request: HttpRequest) -> HttpResponse:
    """The frame of the page, and in it what this request itself has brought."""
    is_asked = request.method == "POST"
    before, after = _frame(is_asked=is_asked)
    typed = [(name, request.POST.get(name, "")[:LONGEST]) for name in FIELDS] if is_asked else []
    fields = format_html_join("", '<input type="hidden" name="{}" value="{}">', typed)
    response = HttpResponse(f"{before}{fields}{after}", status=429)
    response["Retry-After"] = str(SOONEST + secrets.randbelow(SPREAD))
    response["Content-Length"] = str(len(response.content))  # the middleware that says it lies behind
    add_never_cache_headers(response)
    return response


@cache
def _frame(*, is_asked: bool) -> tuple[str, str]:
    """Set once for each process: nothing in it is anybody's."""
    context = {"is_asked": is_asked, "seconds": SOONEST + SPREAD - 1, "place": PLACE, "address": reverse("scores-lookup")}
    before, _place, after = render_to_string("scores/waiting.html", context).partition(PLACE)
    return before, after

"""The page of whoever asks too often."""

from __future__ import annotations

import math
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from records.lookups.limits import MINUTE, TooMany


class LimitMiddleware:
    """Turns ``TooMany`` from any view into the page 429, which says when to try again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """429 with ``Retry-After`` in seconds."""
        if not isinstance(exception, TooMany):
            return None
        minutes = math.ceil(exception.seconds / MINUTE)
        response = render(request, exception.template_name, {"retry_minutes": minutes}, status=429)
        response["Retry-After"] = str(exception.seconds)
        add_never_cache_headers(response)
        return response

"""Carries the signed-in person of a request to the trail, and writes refusals into it."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import get_contextvars

from audit.acting import acting
from audit.trail import record_refusal


class ActingMiddleware:
    """Everything a view writes is attributed to ``request.user``; a 403 leaves a line in the trail."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user if request.user.is_authenticated else None
        with acting(user, request_id=str(get_contextvars().get("request_id", ""))):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note who was refused where; the step's own refusal is noted by ``Workflow.take`` as well."""
        if isinstance(exception, PermissionDenied) and request.user.is_authenticated:
            record_refusal("refused", path=request.path)

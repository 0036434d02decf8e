"""The machine-readable door: every kind of case under /api/v1/, the schema for staff, and the one exception handler."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import exception_handler as rest_handler

from audit.trail import record_refusal
from audit.workflow import NotNow, Refused
from exemptions.api import ExemptionViewSet
from graduation.api import GraduationViewSet
from records.access.api import AccessViewSet
from records.corrections.api import CorrectionViewSet
from records.merging.api import MergeViewSet
from scores.reviews.api import ReviewViewSet


class RepresentsAnOffice(IsAuthenticated):
    """Staff: people who represent an office."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and bool(getattr(request.user, "reach").is_staff)  # noqa: B009 - typed loosely


class Schema(SpectacularAPIView):
    """The schema; docs/api/schema.yaml is its copy, compared by a test."""

    permission_classes = (RepresentsAnOffice,)
    reads: frozenset[str] = frozenset()


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """409 with codes and reasons for what the workflow refuses; 403 is written to the trail; the rest as REST framework does."""
    if isinstance(exc, Refused):
        problems = [
            {
                "code": problem.code,
                "message": str(problem.message),
                "source": str(problem.source),
                "next_step": str(problem.next_step),
            }
            for problem in exc.problems
        ]
        return Response({"code": "moved-on" if isinstance(exc, NotNow) else "refused", "problems": problems}, status=409)
    request = context["request"]
    if isinstance(exc, (PermissionDenied, DjangoPermissionDenied)) and request.user.is_authenticated:
        record_refusal("refused", path=request.path)
    return rest_handler(exc, context)


router = SimpleRouter()
router.register("exemptions", ExemptionViewSet, basename="api-exemptions")
router.register("corrections", CorrectionViewSet, basename="api-corrections")
router.register("mergers", MergeViewSet, basename="api-mergers")
router.register("graduations", GraduationViewSet, basename="api-graduations")
router.register("reviews", ReviewViewSet, basename="api-reviews")
router.register("access", AccessViewSet, basename="api-access")

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", Schema.as_view(), name="api-schema"),
    path("", include(router.urls)),
]

"""Requests for leave to look, for machines: fields and reach; everything else is ``audit/api.py``. No record opens here."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from audit.api import STEP, CaseSerializer, CaseViewSet, NoteSerializer, RefusalSerializer
from audit.trail import record_read
from records.access.models import AccessRequest
from records.access.workflow import LEAVE


class BelongsToAnOffice(IsAuthenticated):
    """Any member of an office may ask; candidates have no such cases."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and bool(getattr(request.user, "reach").is_staff)  # noqa: B009 - typed loosely


class DecisionSerializer(serializers.ModelSerializer[AccessRequest]):
    """What a head writes down: for how many days it is granted, or what came of an urgent look."""

    class Meta:
        model = AccessRequest
        fields = ("granted_days", "review_finding")


class AccessStepSerializer(NoteSerializer):
    """What a step takes: the reason, and what the head writes down."""

    facts = DecisionSerializer(required=False, partial=True)


class AccessSerializer(CaseSerializer):
    """A request: who asks, for what, about which records (by the numbers that the request names), until when."""

    workflow: ClassVar[Any] = LEAVE

    requester = serializers.CharField(source="requester.full_name")
    office = serializers.CharField(source="office.code")
    is_in_force = serializers.BooleanField()
    numbers = serializers.SerializerMethodField()

    class Meta:
        model = AccessRequest
        fields = (
            *CaseSerializer.CASE_FIELDS,
            "requester",
            "office",
            "purpose",
            "urgent_reason",
            "query",
            "numbers",
            "days",
            "granted_days",
            "ends_at",
            "is_in_force",
            "review_finding",
        )
        read_only_fields = fields

    def get_numbers(self, case: AccessRequest) -> list[str]:
        """The records by the numbers that the request names; none in lists."""
        if isinstance(self.parent, serializers.ListSerializer):
            return []
        return list(case.records.order_by("pk").values_list("number", flat=True))


@extend_schema_view(
    steps=extend_schema(
        parameters=[STEP],
        request=AccessStepSerializer,
        responses={
            200: AccessSerializer,
            409: RefusalSerializer,
            403: OpenApiResponse(description="Not this person's step."),
        },
    )
)
class AccessViewSet(CaseViewSet):
    """Leave to look (duty K4)."""

    workflow: ClassVar[Any] = LEAVE
    serializer_class = AccessSerializer
    step_serializer = AccessStepSerializer
    permission_classes = (BelongsToAnOffice,)  # type: ignore[assignment] # the base class infers its own
    related = ("requester", "office")

    def _record(self, request: Request, case: Any) -> None:
        """One line for all the records whose numbers are shown."""
        record_read("case", case, purpose=case.case_number, records=case.records.count())

"""Graduation applications for machines: fields and reach, and what a university writes down; the rest is ``audit/api.py``."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers

from audit.api import STEP, CaseSerializer, CaseViewSet, NoteSerializer, RefusalSerializer
from graduation.models import GraduationApplication
from graduation.workflow import GRADUATION, VERIFIED
from records.documents.api import ProofSerializer


class FindingsSerializer(serializers.ModelSerializer[GraduationApplication]):
    """What the university verified; null is not looked at yet, and what is left out stays as it is."""

    class Meta:
        model = GraduationApplication
        fields = VERIFIED

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """How the prior diploma was verified is part of the finding."""
        if attrs.get("prior_diploma_verified") is not None and not attrs.get("prior_diploma_how"):
            raise serializers.ValidationError({"prior_diploma_how": _("请写明怎样核验的。")})
        return attrs


class GraduationStepSerializer(NoteSerializer):
    """What a step takes: the reason, and for ``verify`` the findings."""

    facts = FindingsSerializer(required=False, partial=True)


class GraduationSerializer(CaseSerializer):
    """A case: who, in which major, by which plan, for which term, what was verified, the audit that it stands on."""

    workflow: ClassVar[Any] = GRADUATION

    candidate_name = serializers.CharField(source="candidate.name")
    record_number = serializers.CharField(source="candidate.record_number", allow_null=True)
    university = serializers.CharField(source="university.code")
    major = serializers.CharField(source="major.code")
    plan = serializers.CharField(source="plan.version")
    documents = ProofSerializer(many=True)
    diploma = serializers.SerializerMethodField()
    verdict = serializers.SerializerMethodField()

    class Meta:
        model = GraduationApplication
        fields = (
            *CaseSerializer.CASE_FIELDS,
            "candidate_name",
            "record_number",
            "university",
            "major",
            "plan",
            "term",
            "self_assessment",
            *VERIFIED,
            "verdict",
            "documents",
            "diploma",
        )
        read_only_fields = fields

    def get_verdict(self, case: GraduationApplication) -> dict[str, Any]:
        """The audit on which the last step was taken, as ``audit_graduation`` answers; empty in lists."""
        verdict: dict[str, Any] = case.verdict
        return {} if self.parent is not None else verdict

    def get_diploma(self, case: GraduationApplication) -> str | None:
        """The number of the diploma; null before one is issued."""
        diploma = getattr(case, "diploma", None)
        return None if diploma is None else str(diploma.number)


@extend_schema_view(
    steps=extend_schema(
        parameters=[STEP],
        request=GraduationStepSerializer,
        responses={
            200: GraduationSerializer,
            409: RefusalSerializer,
            403: OpenApiResponse(description="Not this person's step."),
        },
    )
)
class GraduationViewSet(CaseViewSet):
    """Graduation applications (duties U7, O6)."""

    workflow: ClassVar[Any] = GRADUATION
    serializer_class = GraduationSerializer
    step_serializer = GraduationStepSerializer
    reading = "records.read_record"
    related = ("candidate", "university", "major", "plan", "diploma")

    def get_queryset(self) -> Any:
        """With the proofs, whatever the length of the list."""
        return super().get_queryset().prefetch_related("documents")

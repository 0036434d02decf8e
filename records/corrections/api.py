"""Corrections for machines: fields and reach, and what steps write down; numbers only masked. The rest is ``audit/api.py``."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers

from audit.api import STEP, CaseSerializer, CaseViewSet, NoteSerializer, RefusalSerializer
from records.corrections.models import CorrectionChange, CorrectionProof, CorrectionRequest
from records.corrections.workflow import CORRECTION
from records.documents.api import ProofSerializer
from records.people.models import User


class CorrectionFactsSerializer(serializers.Serializer[Any]):
    """What ``check`` writes down (the original was seen), and ``verify``, ``refer`` and ``reassign`` (the named editor)."""

    original_seen = serializers.BooleanField(required=False)
    editor = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(candidate__isnull=True), required=False)


class CorrectionStepSerializer(NoteSerializer):
    """What a step takes: the reason, and for some steps facts."""

    facts = CorrectionFactsSerializer(required=False)


class ChangeSerializer(serializers.ModelSerializer[CorrectionChange]):
    """One datum: before and after as pages show them."""

    before = serializers.CharField(source="before_mask")
    after = serializers.CharField(source="after_mask")

    class Meta:
        model = CorrectionChange
        fields = ("field", "before", "after")


class CorrectionProofSerializer(serializers.ModelSerializer[CorrectionProof]):
    """A proof under its label."""

    document = ProofSerializer()

    class Meta:
        model = CorrectionProof
        fields = ("label", "document")


class CorrectionSerializer(CaseSerializer):
    """A case: who, what is to change, with which proofs; ``editor`` is the id of the named person, null for a candidate."""

    workflow: ClassVar[Any] = CORRECTION

    candidate_name = serializers.CharField(source="candidate.name")
    record_number = serializers.CharField(source="candidate.record_number", allow_null=True)
    university = serializers.CharField(source="university.code")
    kind = serializers.CharField(source="kind.code")
    changes = ChangeSerializer(many=True)
    proofs = CorrectionProofSerializer(many=True)
    editor = serializers.SerializerMethodField()

    class Meta:
        model = CorrectionRequest
        fields = (
            *CaseSerializer.CASE_FIELDS,
            "candidate_name",
            "record_number",
            "university",
            "kind",
            "reason",
            "original_seen",
            "started_by_office",
            "makes_another_person",
            "editor",
            "changes",
            "proofs",
        )
        read_only_fields = fields

    def get_editor(self, case: CorrectionRequest) -> int | None:
        """The named editor, for staff."""
        return None if getattr(self.context["request"].user, "candidate_id", None) else case.editor_id


@extend_schema_view(
    steps=extend_schema(
        parameters=[STEP],
        request=CorrectionStepSerializer,
        responses={
            200: CorrectionSerializer,
            409: RefusalSerializer,
            403: OpenApiResponse(description="Not this person's step."),
        },
    )
)
class CorrectionViewSet(CaseViewSet):
    """Corrections of records (K2)."""

    workflow: ClassVar[Any] = CORRECTION
    serializer_class = CorrectionSerializer
    step_serializer = CorrectionStepSerializer
    reading = "records.read_record"
    related = ("candidate", "university", "kind")

    def get_queryset(self) -> Any:
        """With what changes and the proofs, whatever the length of the list."""
        return super().get_queryset().prefetch_related("changes", "proofs__document")

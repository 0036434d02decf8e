"""Exemption cases for machines: fields and reach; everything else is ``audit/api.py``."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from audit.api import CaseSerializer, CaseViewSet
from exemptions.models import Credential, ExemptionApplication
from exemptions.workflow import EXEMPTION
from records.documents.api import ProofSerializer


class CredentialSerializer(serializers.ModelSerializer[Credential]):
    """The credential on which a case stands."""

    documents = ProofSerializer(many=True)

    class Meta:
        model = Credential
        fields = ("kind", "number", "issuer", "issued_on", "score", "documents")


class ExemptionSerializer(CaseSerializer):
    """A case: who, which course, in which major, by which credential."""

    workflow: ClassVar[Any] = EXEMPTION

    candidate_name = serializers.CharField(source="candidate.name")
    record_number = serializers.CharField(source="candidate.record_number", allow_null=True)
    university = serializers.CharField(source="university.code")
    course = serializers.CharField(source="course.code")
    course_name = serializers.CharField(source="course.name")
    major = serializers.CharField(source="major.code")
    credential = CredentialSerializer()

    class Meta:
        model = ExemptionApplication
        fields = (
            *CaseSerializer.CASE_FIELDS,
            "candidate_name",
            "record_number",
            "university",
            "course",
            "course_name",
            "major",
            "credential",
            "reason",
        )
        read_only_fields = fields


class ExemptionViewSet(CaseViewSet):
    """Course exemptions (duties U4, O4)."""

    workflow: ClassVar[Any] = EXEMPTION
    serializer_class = ExemptionSerializer
    reading = "records.read_record"
    related = ("candidate", "university", "course", "major", "credential")

    def get_queryset(self) -> Any:
        """With the proofs, whatever the length of the list."""
        return super().get_queryset().prefetch_related("credential__documents")

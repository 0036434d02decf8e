"""Mergers for machines: which two records, where the case lies, what moved. The rest is ``audit/api.py``."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from audit.api import CaseSerializer, CaseViewSet
from records.merging.models import MergeRequest
from records.merging.workflow import MERGER


class MergeSerializer(CaseSerializer):
    """A case: the record that stays, the id of the one that goes, the university that asks; ``moved`` counts rows by table."""

    workflow: ClassVar[Any] = MERGER

    candidate_name = serializers.CharField(source="candidate.name")
    record_number = serializers.CharField(source="candidate.record_number", allow_null=True)
    university = serializers.CharField(source="university.code")

    class Meta:
        model = MergeRequest
        fields = (
            *CaseSerializer.CASE_FIELDS,
            "candidate_name",
            "record_number",
            "merged",
            "university",
            "grounds",
            "moved",
        )
        read_only_fields = fields


class MergeViewSet(CaseViewSet):
    """Mergers of two records of one person (Regulations art. 24)."""

    workflow: ClassVar[Any] = MERGER
    serializer_class = MergeSerializer
    reading = "records.read_record"
    related = ("candidate", "merged", "university")

"""Uploaded proofs for machines, in whatever case they belong to."""

from __future__ import annotations

from rest_framework import serializers

from records.documents.models import Document


class ProofSerializer(serializers.ModelSerializer[Document]):
    """A proof; its bytes are at ``/documents/<key>/``."""

    class Meta:
        model = Document
        fields = ("key", "name", "content_type", "size", "sha256", "uploaded_at")

"""The result day's rows: what the page shows to whoever holds ticket and identity number, made before anybody asks."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from scores.publishing.models import Publication
from scores.sittings.models import Sitting

PUBLISHED = models.Q(publication__published_at__isnull=False, publication__sheets_made_at__isnull=False)
"""The sheets that may be shown: their publication is out, and all of its sheets are there."""


class PublishedSheets(models.Manager["ResultSheet"]):
    """What look-ups work with: no sheet of an unpublished mark ever comes out of it."""

    def get_queryset(self) -> models.QuerySet[ResultSheet]:
        return super().get_queryset().filter(PUBLISHED)


class ResultSheet(models.Model):
    """The marks of one candidate in one publication under one pair of numbers (L8), found by ``key`` alone.

    ``key`` is the SHA-256 (32 bytes) over the keyed hash of the identity number and the ticket's number; who has had several
    tickets, or another identity number in a record that was merged into this one, has a row for each pair. ``lines`` are the
    marks in the order of the page: code, name, whether practical, words in place of points ("" for none), points as text or null.

    ``ResultSheet.objects`` gives those of published publications only; ``ResultSheet.registry`` all, for those who make them.
    """

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="+", db_index=False)
    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="+", db_index=False)
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.BinaryField(max_length=32, editable=False)
    lines = models.JSONField()

    objects = PublishedSheets()
    registry = models.Manager["ResultSheet"]()

    class Meta:
        verbose_name = _("成绩查询单")
        verbose_name_plural = _("成绩查询单")
        base_manager_name = "registry"
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "publication"], name="one_sheet_per_key_and_publication")]
        indexes: ClassVar = [models.Index(fields=["publication", "candidate"], name="sheet_publication")]

    def __str__(self) -> str:
        return f"{self.publication_id} {self.candidate_id}"

"""An uploaded proof; the bytes lie in ``PROOF_ROOT`` under the row's key, never under the name somebody gave them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from records.candidates.models import Candidate

if TYPE_CHECKING:
    from records.people.models import User


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: User) -> DocumentQuerySet:
        """The proofs of the candidates within the person's reach, one's own always; the city's own papers to the city alone."""
        proofs = self.filter(candidate__in=Candidate.objects.visible_to(user))
        return proofs if user.reach.municipal else proofs.filter(city_only=False)


class Document(models.Model):
    """A file that proves something about a candidate: what it is called, its kind by content, size in bytes, SHA-256.

    A ``city_only`` one is a paper of the municipal office (what was found on an answer sheet) that nobody else is shown.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="documents")
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_default=ServerClock())
    city_only = models.BooleanField(_("只供市自考办查看"), default=False, db_default=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("材料")
        verbose_name_plural = _("材料")
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Where the bytes lie."""
        return Path(settings.PROOF_ROOT) / self.key.hex[:2] / self.key.hex

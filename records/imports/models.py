"""What was sent: every uploaded file is kept with its SHA-256, who sent it and when."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock


class ImportFile(models.Model):
    """A file sent for import. ``kind`` says what it holds (``candidates``, ``marks`` …), ``scope`` for what (a sitting …).

    ``outcome`` is the JSON that the command prints: rows written, or the faults. The bytes lie in ``KAOJI_HOME/imports``.
    """

    kind = models.CharField(max_length=20)
    scope = models.CharField(max_length=40, blank=True, default="")
    name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("收到时间"), db_default=ServerClock())
    accepted = models.BooleanField(null=True)
    outcome = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("导入文件")
        verbose_name_plural = _("导入文件")
        indexes: ClassVar = [models.Index(fields=["kind", "sha256"], name="import_file_sha256")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", left_out=["outcome"])

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Where the bytes lie, with the suffix that says how to read them."""
        return Path(settings.KAOJI_HOME) / "imports" / f"{self.pk}{Path(self.name).suffix.lower()[:20]}"

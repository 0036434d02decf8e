"""Signed snapshots of all marks."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from scores.publishing.models import OfficeOnly


class MarkSnapshotQuerySet(OfficeOnly["MarkSnapshot"]):
    """Snapshots as the municipal office sees them."""


class MarkSnapshot(models.Model):
    """A signed file of all published marks of the sittings up to the end of ``year``; made once ``made_at`` is there.

    ``fingerprint`` is the SHA-256 of the certificate that signed it. The bytes lie in ``KAOJI_HOME/snapshots``.
    """

    year = models.PositiveSmallIntegerField(_("年度"))
    job = models.ForeignKey("records.Job", null=True, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=ServerClock())
    made_at = models.DateTimeField(_("生成时间"), null=True)
    marks = models.PositiveBigIntegerField(_("成绩数"), null=True)
    revisions = models.PositiveBigIntegerField(_("成绩更改数"), null=True)
    size = models.PositiveBigIntegerField(_("字节数"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, default="", db_default="")
    fingerprint = models.CharField(_("签名证书指纹"), max_length=64, blank=True, default="", db_default="")

    objects = MarkSnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("成绩快照")
        verbose_name_plural = _("成绩快照")
        indexes: ClassVar = [models.Index(fields=["-year", "-id"], name="snapshot_year")]
        permissions: ClassVar = [("keep_snapshots", "O3: make and take away signed snapshots of marks")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return f"{self.year}.{self.pk}"

    @property
    def path(self) -> Path:
        """Where the file lies once it is made."""
        return Path(settings.KAOJI_HOME) / "snapshots" / self.name

    @property
    def name(self) -> str:
        """The file's name."""
        return f"kaoji-marks-{self.year}-{self.pk}.zip"

"""Files of marks on their way in."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from scores.publishing.models import OfficeOnly, Publication
from scores.sittings.models import Sitting


class ScoreBatchQuerySet(OfficeOnly["ScoreBatch"]):
    """Batches as the municipal office sees them."""


class ScoreBatch(models.Model):
    """One file of marks on its way in: checked (faulty or ready) → confirmed → published with its publication; or undone."""

    class State(models.TextChoices):
        CHECKING = "checking", _("校验中")
        FAULTY = "faulty", _("有错误，未入库")
        READY = "ready", _("待确认")
        CONFIRMED = "confirmed", _("已入库，未公布")
        PUBLISHED = "published", _("已公布")
        UNDONE = "undone", _("已撤销")

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=9, choices=Publication.Kind, default=Publication.Kind.WRITTEN)
    file = models.OneToOneField("records.ImportFile", on_delete=models.PROTECT, related_name="+")
    publication = models.ForeignKey(Publication, null=True, on_delete=models.PROTECT, related_name="batches")
    job = models.ForeignKey("records.Job", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("进度"), max_length=9, choices=State, default=State.CHECKING)
    preview = models.JSONField(default=dict)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=ServerClock())

    objects = ScoreBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("成绩批次")
        verbose_name_plural = _("成绩批次")
        triggers: ClassVar = change_triggers(candidate="no_candidate", left_out=["preview"], inserts=True)

    def __str__(self) -> str:
        return f"{self.sitting} {self.file}"


class StagedMark(models.Model):
    """A row of a file as it came, before anything is decided. Made again from the kept file when lost."""

    batch = models.ForeignKey(ScoreBatch, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    row = models.PositiveIntegerField()
    ticket = models.TextField()
    course = models.TextField()
    mark = models.TextField()
    flag = models.TextField()
    site = models.TextField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch", "row"], name="staged_mark_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row}"


class ReplacedMark(models.Model):
    """What an unpublished mark was before a later batch changed it, so that the batch can be undone."""

    batch = models.ForeignKey(ScoreBatch, on_delete=models.CASCADE, related_name="+")
    mark = models.ForeignKey("scores.Mark", on_delete=models.CASCADE, related_name="+")
    batch_before = models.ForeignKey(ScoreBatch, null=True, on_delete=models.PROTECT, related_name="+")
    points = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    grade = models.CharField(max_length=4)
    flag = models.CharField(max_length=4)
    site = models.CharField(max_length=60)
    flag_reason = models.CharField(max_length=60, default="", db_default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "mark"], name="replaced_once_per_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.mark_id}"

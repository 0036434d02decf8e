"""A photo that somebody handed in."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock


class PhotoSubmission(models.Model):
    """A first photo on its way into a record; a later one goes by a correction. One at a time waits for a clerk's eyes."""

    class Decision(models.TextChoices):
        WAITING = "waiting", _("照片待审核")
        ACCEPTED = "accepted", _("照片已采用")
        REFUSED = "refused", _("照片不合格")

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="photo_submissions")
    document = models.ForeignKey("records.Document", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("提交时间"), db_default=ServerClock())
    decision = models.CharField(_("结果"), max_length=8, choices=Decision, default=Decision.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("照片")
        verbose_name_plural = _("照片")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["candidate"], condition=models.Q(decision="waiting"), name="one_photo_waits_per_candidate"
            )
        ]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.pk}"

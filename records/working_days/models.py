"""Days that are not what their weekday says."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock


class DayException(models.Model):
    """A weekday on which nobody works (public holiday), or a Saturday or Sunday that is worked (make-up day)."""

    day = models.DateField(_("日期"), unique=True)
    is_working = models.BooleanField(_("上班"))
    name = models.CharField(_("名称"), max_length=40)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(db_default=ServerClock())

    class Meta:
        verbose_name = _("节假日安排")
        verbose_name_plural = _("节假日安排")
        ordering: ClassVar = ["day"]
        permissions: ClassVar = [("edit_working_days", "O1: lay down holidays and make-up working days")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"

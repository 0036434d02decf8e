"""A value that an office sets, with the day from which it holds and the article or notice that it comes from."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock


class Setting(models.Model):
    """``value`` of ``key`` from ``in_force_from`` on, for one office or (without one) for the city."""

    key = models.CharField(_("设置项"), max_length=60)
    office = models.ForeignKey("records.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    value = models.JSONField(_("值"))
    in_force_from = models.DateField(_("生效日期"))
    source = models.CharField(_("依据"), max_length=200, blank=True, default="")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(db_default=ServerClock())

    class Meta:
        verbose_name = _("设置")
        verbose_name_plural = _("设置")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "office", "in_force_from"], name="one_value_per_day", nulls_distinct=False)
        ]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return f"{self.key} {self.in_force_from}"

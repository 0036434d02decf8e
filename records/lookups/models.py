"""How often the look-ups that need no account are used: figures by day, never who or whom."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class LookupCount(models.Model):
    """Look-ups through one channel (``L1``, ``L8``) on one day; ``records/lookups/counting.py`` adds up."""

    channel = models.CharField(_("渠道"), max_length=4)
    day = models.DateField(_("日期"))
    count = models.PositiveBigIntegerField(_("次数"), default=0)

    class Meta:
        verbose_name = _("查询次数")
        verbose_name_plural = _("查询次数")
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "day"], name="one_count_per_channel_and_day")]

    def __str__(self) -> str:
        return f"{self.channel} {self.day}"

"""A suspension (停考) or a delay of graduation (延迟毕业): one to three years, by a decision with a number (令33号 art. 9)."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers


class PenaltyQuerySet(models.QuerySet["Penalty"]):
    def running_on(self, day: dt.date) -> PenaltyQuerySet:
        """Those in force on ``day``; the last day is still within, a revoked one never."""
        return self.filter(starts_on__lte=day, ends_on__gte=day, revoked_at__isnull=True)


class Penalty(models.Model):
    """What a violation decision adds beyond void marks: marks earned while it runs are void, and graduation waits for its end."""

    class Kind(models.TextChoices):
        SUSPENSION = "suspension", _("停考")
        DELAY = "delay", _("延迟毕业")

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="penalties")
    kind = models.CharField(_("处理"), max_length=10, choices=Kind)
    decision = models.CharField(_("决定书文号"), max_length=60)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    revoked_at = models.DateTimeField(null=True)

    objects = PenaltyQuerySet.as_manager()

    class Meta:
        verbose_name = _("处理决定")
        verbose_name_plural = _("处理决定")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends_on__gt=models.F("starts_on")), name="penalty_has_a_span")
        ]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return f"{self.decision} {self.kind}"

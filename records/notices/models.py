"""Notices, and the calendar of windows."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers


class NoticeQuerySet(models.QuerySet["Notice"]):
    def published(self) -> NoticeQuerySet:
        """What everybody may read, pinned ones first, then the newest."""
        return self.filter(published_at__lte=timezone.now()).order_by("-pinned", "-published_at", "-pk")


class Notice(models.Model):
    """A notice of an office; a draft as long as ``published_at`` is empty, hidden until that moment has come."""

    title = models.CharField(_("标题"), max_length=100)
    body = models.TextField(_("正文"))
    office = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("发布单位"))
    pinned = models.BooleanField(_("置顶"), default=False)
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        indexes: ClassVar = [models.Index(fields=["-pinned", "-published_at"], name="notice_order")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return self.title


class WindowQuerySet(models.QuerySet["Window"]):
    def not_over(self, today: dt.date) -> WindowQuerySet:
        """Open and coming windows: those that close first in front, then those that open first."""
        open_first = models.Case(models.When(opens_on__lte=today, then=models.F("closes_on")), default=models.F("opens_on"))
        is_coming = models.Case(models.When(opens_on__lte=today, then=0), default=1, output_field=models.IntegerField())
        return self.filter(closes_on__gte=today).order_by(is_coming, open_first, "pk")

    def open_on(self, day: dt.date) -> WindowQuerySet:
        """Windows in which ``day`` lies, first and last day included."""
        return self.filter(opens_on__lte=day, closes_on__gte=day)

    def since(self, year: int) -> WindowQuerySet:
        """The calendar from the first of January of a year on: every window that is not over by then, in order."""
        return self.filter(closes_on__gte=dt.date(year, 1, 1)).order_by("opens_on", "pk")


class Window(models.Model):
    """A period in which something may be applied for; both days included."""

    class Kind(models.TextChoices):
        EXAMINATION = "examination", _("考试报名")
        EXEMPTION = "exemption", _("免考申请")
        GRADUATION = "graduation", _("毕业申请")
        REVIEW = "review", _("成绩复核")
        TRANSFER_OUT = "transfer-out", _("省际转出")
        TRANSFER_IN = "transfer-in", _("省际转入")
        MOVE = "move", _("转籍")
        PRACTICAL = "practical", _("实践环节报考")
        OTHER = "other", _("其他")

    kind = models.CharField(_("事项"), max_length=12, choices=Kind)
    title = models.CharField(_("名称"), max_length=60)
    opens_on = models.DateField(_("开始日期"))
    closes_on = models.DateField(_("截止日期"))
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")

    objects = WindowQuerySet.as_manager()

    class Meta:
        verbose_name = _("办理时间")
        verbose_name_plural = _("办理时间")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(closes_on__gte=models.F("opens_on")), name="window_closes_after_it_opens")
        ]
        indexes: ClassVar = [models.Index(fields=["closes_on"], name="window_end")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return self.title

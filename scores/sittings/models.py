"""Examination terms."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers

LAST_DAY_SQL = "(to_date(s.name || '-01', 'YYYY-MM-DD') + interval '1 month - 1 day')::date"
"""``Sitting.last_day`` of the row ``s``."""


class Sitting(models.Model):
    """An examination term, named by year and month (``2026-10``); its marks are of the month's last day."""

    name = models.CharField(_("考次"), max_length=7, unique=True)

    class Meta:
        verbose_name = _("考次")
        verbose_name_plural = _("考次")
        ordering: ClassVar = ["-name"]
        triggers: ClassVar = change_triggers(candidate="no_candidate")

    def __str__(self) -> str:
        year, month = self.name.split("-")
        return _("%(year)s年%(month)s月") % {"year": year, "month": int(month)}

    @property
    def last_day(self) -> dt.date:
        year, month = map(int, self.name.split("-"))
        return dt.date(year, month, calendar.monthrange(year, month)[1])

"""What is laid down about one day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.working_days.counting import SATURDAY
from records.working_days.models import DayException

LONGEST = 20


class DaysForm(forms.Form):
    """A holiday from one day to another, or days that are made up; put over what stands there."""

    name = forms.CharField(label=_("名称"), max_length=40, help_text=_("例如：春节、春节调休"))
    first = forms.DateField(label=_("从"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(
        label=_("到"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("只有一天的不填。"),
    )
    is_working = forms.ChoiceField(
        label=_("安排"), choices=[("free", _("放假")), ("working", _("调休上班"))], widget=forms.RadioSelect, initial="free"
    )

    def clean(self) -> dict[str, Any]:
        """At most some weeks, not in the past, and only a weekend day can be made up."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last") or cleaned.get("first")
        if first is None or last is None:
            return cleaned
        if not first <= last <= first + dt.timedelta(days=LONGEST):
            self.add_error("last", _("最多三个星期，结束日期不早于开始日期。"))
        if first < timezone.localdate():
            self.add_error("first", _("已经过去的日子不能再改：按它算过期限。"))
        if cleaned.get("is_working") == "working" and any(day.weekday() < SATURDAY for day in _days(first, last)):
            self.add_error("first", _("调休上班的只能是星期六、星期日。"))
        return cleaned

    def days(self) -> list[dt.date]:
        """Every day that it is about."""
        return _days(self.cleaned_data["first"], self.cleaned_data["last"] or self.cleaned_data["first"])

    def lay_down(self, by: Any) -> int:
        """Write it, over what stands there; how many days."""
        works = self.cleaned_data["is_working"] == "working"
        days = self.days()
        for day in days:
            DayException.objects.update_or_create(
                day=day,
                defaults={"is_working": works, "name": self.cleaned_data["name"], "set_by": by, "set_at": timezone.now()},
            )
        return len(days)


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=place) for place in range(min((last - first).days, LONGEST) + 1)]

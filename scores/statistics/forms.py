"""What the figures of a sitting are narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scores.models import Sitting


class StatisticsFilter(forms.Form):
    """What the figures of a sitting are narrowed to; all in the address."""

    compare = forms.ChoiceField(label=_("比较"), required=False)
    university = forms.ChoiceField(label=_("主考院校"), required=False)
    major = forms.ChoiceField(label=_("专业"), required=False)
    course = forms.ChoiceField(label=_("课程"), required=False)

    def __init__(self, *args: Any, others: list[Sitting], offers: dict[str, list[tuple[str, str]]], **kwargs: Any) -> None:
        """``others`` are the sittings to compare with, the latest first; ``offers`` the choices of the other fields."""
        super().__init__(*args, **kwargs)
        usual = _("上一次同类考试") if others else _("没有更早的考次")
        self.fields["compare"].choices = [("", usual), *((each.name, str(each)) for each in others)]  # type: ignore[attr-defined]
        everything = {"university": _("全部院校"), "major": _("全部专业"), "course": _("全部课程")}
        for name, word in everything.items():
            self.fields[name].choices = [("", word), *offers[name]]  # type: ignore[attr-defined]

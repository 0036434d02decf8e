"""What a clerk fills in to print many tickets."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.catalogue.models import Major
from records.people.identity import mentions_a_number
from records.people.models import User
from records.tickets.selecting import MOST_PASTED, Selection

SEPARATORS = re.compile(r"[\s,;，；、]+")
NUMBER = re.compile(r"\d{6,20}", re.ASCII)


class SelectionForm(forms.Form):
    """By major and day of registration, or by pasted numbers. It is posted: numbers stand in no address."""

    major: forms.ModelChoiceField[Major] = forms.ModelChoiceField(
        label=gettext_lazy("报考专业"), queryset=Major.objects.none(), required=False, empty_label=gettext_lazy("全部")
    )
    first_day = forms.DateField(
        label=gettext_lazy("注册日期自"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("注册日期至"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    with_photo = forms.BooleanField(label=gettext_lazy("只打印有照片的"), required=False)
    numbers = forms.CharField(
        label=gettext_lazy("或者按准考证号"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("每行一个，可从表格里粘贴。填了号码，就只按号码打印。"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        majors: Any = self.fields["major"]
        majors.queryset = Major.objects.filter(hosts__in=user.reach.universities).distinct().order_by("code")

    def clean_numbers(self) -> tuple[str, ...]:
        """The numbers, each once."""
        found = tuple(dict.fromkeys(filter(None, SEPARATORS.split(str(self.cleaned_data["numbers"])))))
        if wrong := [number for number in found if not NUMBER.fullmatch(number) or mentions_a_number(number)]:
            raise forms.ValidationError(_("有%(count)s个不是准考证号（6至20位数字）。"), params={"count": len(wrong)})
        if len(found) > MOST_PASTED:
            raise forms.ValidationError(_("一次最多%(most)s个号码。"), params={"most": f"{MOST_PASTED:,}"})
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and first > last:
            self.add_error("last_day", _("结束日期应不早于开始日期。"))
        if not self.errors and not any(cleaned.get(name) for name in ("major", "first_day", "last_day", "numbers")):
            raise forms.ValidationError(_("请选专业或注册日期，或者填准考证号。"))
        return cleaned

    def selection(self) -> Selection:
        """What was filled in."""
        wanted = self.cleaned_data
        major = wanted["major"]
        return Selection(
            major.pk if major else None, wanted["first_day"], wanted["last_day"], wanted["with_photo"], wanted["numbers"]
        )

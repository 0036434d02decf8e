"""What a clerk types about paper files."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.archive.keeping import PLACE_LENGTH
from records.archive.models import UNPLACED, PaperItem
from records.archive.searching import Show
from records.listing import SearchForm
from records.offices.models import Office

PLACE_HINT = gettext_lazy("从大到小，中间用“-”隔开，号码位数一致，如：档案室-03柜-12盒。")
OPENING_HINT = gettext_lazy("可先不填，记为“待上架”。从大到小，中间用“-”隔开，号码位数一致，如：档案室-03柜-12盒。")
MOST_PAGES = 9999


def place_field(**more: Any) -> forms.CharField:
    """Where a file lies."""
    return forms.CharField(max_length=PLACE_LENGTH, **{"label": gettext_lazy("存放位置"), "help_text": PLACE_HINT, **more})


def pages_field() -> forms.IntegerField:
    return forms.IntegerField(label=gettext_lazy("页数"), min_value=1, max_value=MOST_PAGES, initial=1)


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class FileFilter(SearchForm):
    """What the list of files is narrowed to; all in the address, so that a list can be passed on."""

    q = forms.CharField(label=gettext_lazy("姓名、号码、拼音或档案编号"), required=False, max_length=60)
    place = forms.CharField(label=gettext_lazy("位置"), required=False, max_length=PLACE_LENGTH)
    show = forms.ChoiceField(label=gettext_lazy("档案"), required=False, choices=Show.choices)
    university = forms.ModelChoiceField(
        label=gettext_lazy("主考院校"), queryset=Office.objects.universities(), required=False, empty_label=gettext_lazy("全部")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.reach.municipal:
            del self.fields["university"]


class PersonFilter(SearchForm):
    """What the list of candidates without a file is narrowed to."""

    q = forms.CharField(label=gettext_lazy("姓名、号码或拼音"), required=False, max_length=60)


class OpenForm(forms.Form):
    """A file for one candidate."""

    place = place_field(required=False, help_text=OPENING_HINT)
    number = forms.RegexField(
        r"\A[0-9A-Za-z-]+\Z",
        label=gettext_lazy("档案编号"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("留空由系统按顺序编号；接收的旧档案可填原编号。"),
        error_messages={"invalid": gettext_lazy("档案编号只能用数字、字母和“-”。")},
    )


class MoveForm(forms.Form):
    place = place_field()

    def clean_place(self) -> str:
        return _no_idle_mark(self.cleaned_data["place"])


class PaperForm(forms.Form):
    """A paper to be put into a file. Those of corrections come by the correction."""

    kind = forms.ChoiceField(label=gettext_lazy("种类"))
    title = forms.CharField(label=gettext_lazy("题名"), max_length=120)
    pages = pages_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_correction = {PaperItem.Kind.PROOF, PaperItem.Kind.CHANGE_NOTE}
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(each.value, each.label) for each in PaperItem.Kind if each not in by_correction]


class PagesForm(forms.Form):
    pages = pages_field()


class PeriodForm(forms.Form):
    """A period, both days included."""

    first_day = day_field(gettext_lazy("自"))
    last_day = day_field(gettext_lazy("至"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
            self.add_error("last_day", _("截止日期不能早于开始日期。"))
        return cleaned


class OpenManyForm(PeriodForm):
    """Files for all candidates of a registration period who have none."""

    place = place_field(required=False, help_text=OPENING_HINT)


class MoveManyForm(forms.Form):
    """A whole box or shelf to another place."""

    place = place_field(label=gettext_lazy("原位置"))
    target = place_field(label=gettext_lazy("新位置"))
    below = forms.BooleanField(
        label=gettext_lazy("连同下级位置"),
        required=False,
        help_text=gettext_lazy("如原位置是“档案室-03柜”，则“档案室-03柜-12盒”里的也一起移动，盒号不变。"),
    )

    def clean_target(self) -> str:
        return _no_idle_mark(self.cleaned_data["target"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("place") and cleaned.get("place") == cleaned.get("target"):
            self.add_error("target", _("新位置与原位置相同。"))
        return cleaned


def _no_idle_mark(place: str) -> str:
    if place == UNPLACED:
        raise ValidationError(_("请填写实际位置。"), code="archive.no-place")
    return place

"""What people type or choose about marks."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from records.lookups.proof import ProofField
from records.people.identity import BLANKS
from scores.models import Publication, Sitting

SITTING_NAME = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
ACCEPTED = (".csv", ".xlsx", ".dbf")


class UploadForm(forms.Form):
    """A file of marks and the sitting that it belongs to."""

    sitting = forms.CharField(label=_("考次"), help_text=_("年和月，例如 2026-10"), max_length=7)
    kind = forms.ChoiceField(label=_("成绩类别"), choices=Publication.Kind.choices, widget=forms.RadioSelect, initial="written")
    file = forms.FileField(
        label=_("成绩文件"),
        help_text=_("CSV（UTF-8 或 GB18030）、XLSX 或 DBF，列为：准考证号、课程代码、成绩、标记、考点。文件原样留存。"),
        widget=forms.FileInput(attrs={"accept": ",".join(ACCEPTED)}),
    )

    def clean_sitting(self) -> str:
        """The name as the contract has it."""
        name: str = self.cleaned_data["sitting"].strip()
        if not SITTING_NAME.fullmatch(name):
            raise forms.ValidationError(_("应写成 2026-10 的样子，月份从 01 到 12。"), code="sitting")
        return name


class ResultsForm(forms.Form):
    """L8: the ticket and the identity number of one person."""

    ticket = forms.CharField(
        label=_("准考证号"),
        help_text=_("准考证上的号码，全部是数字"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}),
    )
    number = forms.CharField(
        label=_("证件号码"),
        help_text=_("居民身份证是18位，最后一位可能是字母X"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    proof = ProofField()

    def clean_ticket(self) -> str:
        """Without blanks."""
        return BLANKS.sub("", self.cleaned_data["ticket"])


class StatisticsFilter(forms.Form):
    """What the figures of a sitting are narrowed to; all in the address."""

    compare = forms.ChoiceField(label=_("比较"), required=False)
    university = forms.ChoiceField(label=_("主考院校"), required=False)
    major = forms.ChoiceField(label=_("专业"), required=False)
    course = forms.ChoiceField(label=_("课程"), required=False)

    def __init__(self, *args: Any, others: list[Sitting], offers: dict[str, list[tuple[str, str]]], **kwargs: Any) -> None:
        """``others`` are the sittings to compare with, the one before first; ``offers`` the choices of the other fields."""
        super().__init__(*args, **kwargs)
        self.fields["compare"].choices = [(each.name, str(each)) for each in others] or [("", _("没有更早的考次"))]  # type: ignore[attr-defined]
        everything = {"university": _("全部院校"), "major": _("全部专业"), "course": _("全部课程")}
        for name, word in everything.items():
            self.fields[name].choices = [("", word), *offers[name]]  # type: ignore[attr-defined]

"""What people choose for a file of marks."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from scores.models import Publication

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

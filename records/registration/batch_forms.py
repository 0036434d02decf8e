"""What people choose or type about files of candidates and probable duplicates."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from records.imports.tabular import READERS
from records.people.identity import mentions_a_number
from records.registration.models import ProbableDuplicate

Finding = ProbableDuplicate.Finding


class UploadForm(forms.Form):
    """A file of candidates."""

    file = forms.FileField(
        label=_("考生文件"),
        help_text=_("列名与报名数据格式相同，一行一人一个专业。文件原样留存。"),
        widget=forms.FileInput(attrs={"accept": ",".join(READERS)}),
    )


class FindingForm(forms.Form):
    """What a clerk found out about two people, and on what evidence."""

    finding = forms.ChoiceField(
        label=_("判断"),
        choices=[(Finding.SAME, Finding.SAME.label), (Finding.DIFFERENT, Finding.DIFFERENT.label)],
        widget=forms.RadioSelect,
    )
    grounds = forms.CharField(
        label=_("依据"),
        help_text=_("例如：核对过两本证件原件。不要写证件号码和手机号码。"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_grounds(self) -> str:
        """A sentence without anybody's numbers."""
        grounds: str = self.cleaned_data["grounds"].strip()
        if mentions_a_number(grounds):
            raise forms.ValidationError(_("依据里不能写证件号码或手机号码。"), code="number")
        return grounds

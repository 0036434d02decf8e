"""What is typed on a terminal, and about one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from records.kiosks.models import Kiosk
from records.offices.models import Office
from records.people.finding import LONGEST_NUMBER
from records.people.identity import mentions_a_number


class ThreeNumbersForm(forms.Form):
    """L4: three numbers that must belong to one person. What they look like is not judged: a wrong shape is a miss."""

    identity = forms.CharField(label=_("证件号码"), max_length=LONGEST_NUMBER)
    ticket = forms.CharField(label=_("准考证号"), max_length=LONGEST_NUMBER)
    record = forms.CharField(label=_("考籍号"), max_length=LONGEST_NUMBER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.update(autocomplete="off", autocapitalize="off", spellcheck="false", enterkeyhint="next")
        self.fields["identity"].widget.attrs["autofocus"] = True


class SetUpForm(forms.Form):
    """The code that the office read out."""

    code = forms.CharField(
        label=_("设置码"),
        help_text=_("8位数字，由本机构负责人在“自助终端”页面取得，15分钟内有效。"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}),
    )


class PutUpForm(forms.Form):
    """A terminal of ``office``, by the name that stands on it; no two that are in use share one."""

    name = forms.CharField(label=_("名称"), help_text=_("贴在机器上的名称，如“一号终端”。"), max_length=60)
    place = forms.CharField(label=_("放置地点"), help_text=_("如“第二教学楼一层大厅”。"), max_length=120)

    def __init__(self, *args: Any, office: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.office = office

    def clean_name(self) -> str:
        """A name that no terminal of the office bears yet."""
        name = _without_numbers(self.cleaned_data["name"])
        if Kiosk.objects.filter(office=self.office, name=name, closed_at__isnull=True).exists():
            raise forms.ValidationError(_("本机构已经有一台叫这个名称的终端。设置码没有看到的，打开它，重新设置。"), code="known")
        return name

    def clean_place(self) -> str:
        """A place, not a person's number."""
        return _without_numbers(self.cleaned_data["place"])


def _without_numbers(text: str) -> str:
    if mentions_a_number(text):
        raise forms.ValidationError(_("这里不要写证件号码或手机号码。"), code="secret")
    return text

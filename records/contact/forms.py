"""Input of the page 联系方式, and of the counter where the candidate is there in person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.contact.changing import EMAIL, NEW, OLD, PHONE, PLAIN
from records.people.codes import DIGITS
from records.people.finding import typed as normal
from records.people.identity import check_phone, normalise_phone

SIX_DIGITS = re.compile(rf"\d{{{DIGITS}}}", re.ASCII)
SHOWN = (("card", gettext_lazy("居民身份证原件")), ("other", gettext_lazy("其他有效证件原件")))


class PhoneField(forms.CharField):
    """A mobile number, normalised; the fault is named where it is none."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"inputmode": "tel", "autocomplete": "tel"})
        super().__init__(**{"max_length": 40, "widget": widget, **kwargs})

    def clean(self, value: Any) -> str:
        """As it is stored."""
        number = normalise_phone(str(super().clean(value)))
        for problem in check_phone(number) if number else ():
            raise ValidationError(problem.message, problem.code)
        return number


class PhoneForm(forms.Form):
    """A new phone; a code is sent to it."""

    phone = PhoneField(label=gettext_lazy("新手机号码"), help_text=gettext_lazy("新旧两个号码各收到一个验证码。"))


class EmailForm(forms.Form):
    """A new mail address; a code is sent to it."""

    email = forms.EmailField(
        label=gettext_lazy("新电子邮箱"),
        max_length=200,
        widget=forms.EmailInput({"autocomplete": "email"}),
        help_text=gettext_lazy("新旧两个邮箱各收到一个验证码。"),
    )


CODE_LABELS = {
    (PHONE, NEW): gettext_lazy("新号码收到的验证码"),
    (PHONE, OLD): gettext_lazy("原来的号码收到的验证码"),
    (EMAIL, NEW): gettext_lazy("新邮箱收到的验证码"),
    (EMAIL, OLD): gettext_lazy("原来的邮箱收到的验证码"),
}


class ContactCodesForm(forms.Form):
    """The codes that were sent and not typed in yet; one at least, in any order. ``typed`` as ``changing.confirm`` takes it."""

    def __init__(self, *args: Any, channel: str, wanted: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in wanted:
            self.fields[name] = forms.CharField(
                label=CODE_LABELS[channel, name],
                max_length=12,
                widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
            )

    @property
    def typed(self) -> dict[str, str]:
        """Without blanks."""
        return {name: normal(self.cleaned_data.get(name, "")) for name in self.fields}

    def clean(self) -> dict[str, Any]:
        """Codes of six digits."""
        cleaned = super().clean() or {}
        for name in [name for name in self.fields if cleaned and self.has_error(name, "required")]:
            del self.errors[name]  # the other one is here
        for name, text in list(cleaned.items()):
            if not SIX_DIGITS.fullmatch(normal(text)):
                self.add_error(name, ValidationError(_("验证码是%(digits)s位数字") % {"digits": DIGITS}, "shape"))
        return cleaned


class AddressForm(forms.Form):
    """What is changed without a code."""

    address = forms.CharField(label=gettext_lazy("通讯地址"), required=False, max_length=300)
    postcode = forms.RegexField(r"^(\d{6}|[A-Za-z0-9 -]{3,20})$", label=gettext_lazy("邮政编码"), required=False, max_length=20)
    occupation = forms.CharField(label=gettext_lazy("职业"), required=False, max_length=60)
    study_support = forms.CharField(label=gettext_lazy("助学单位"), required=False, max_length=100)

    def changed_values(self) -> dict[str, str]:
        """What differs from what stood there."""
        return {name: self.cleaned_data[name] for name in PLAIN if name in self.changed_data}


class CounterContactForm(AddressForm):
    """The same by a clerk with the candidate at the counter, and phone and mail (without a code: the candidate is there)."""

    phone = PhoneField(
        label=gettext_lazy("新手机号码"), required=False, help_text=gettext_lazy("不改的留空；改了会通知原来的号码。")
    )
    email = forms.EmailField(
        label=gettext_lazy("新电子邮箱"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("不改的留空；改了会通知原来的邮箱。"),
    )
    shown = forms.ChoiceField(label=gettext_lazy("出示的证件"), choices=SHOWN, widget=forms.RadioSelect)
    present = forms.BooleanField(label=gettext_lazy("考生本人在场，要求更改"))

    field_order = (PHONE, EMAIL, *PLAIN, "shown", "present")

    def changed_values(self) -> dict[str, str]:
        """What differs, phone and mail where one was entered."""
        reached = {name: self.cleaned_data[name] for name in (PHONE, EMAIL) if self.cleaned_data[name]}
        return {**reached, **super().changed_values()}

    def purpose(self) -> str:
        """In words, as the trail keeps it."""
        shown = dict(SHOWN)[self.cleaned_data["shown"]]
        return _("柜台修改联系方式，考生本人在场，出示%(shown)s") % {"shown": shown}

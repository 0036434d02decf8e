"""What is typed to sign in, and to sign in for the first time."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from records.lookups.proof import ProofField
from records.people.codes import DIGITS
from records.people.finding import LONGEST_NUMBER, typed
from records.people.slips import normalised

LONGEST_PASSWORD = 200
DATE_FORMATS = ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"]


class SignInForm(forms.Form):
    """Name or number, and password; whether they fit is the view's question."""

    number = forms.CharField(
        label=_("准考证号、考籍号或证件号码"),
        help_text=_("工作人员填登录名"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class FirstSignInForm(forms.Form):
    """What opens the page on which a code and a password are asked for, and nothing else."""

    number = forms.CharField(
        label=_("准考证号、考籍号或证件号码"),
        max_length=LONGEST_NUMBER,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    birth_date = forms.DateField(
        label=_("出生日期"),
        input_formats=DATE_FORMATS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"}),
    )
    proof = ProofField()

    def clean_number(self) -> str:
        """The number as the register writes it."""
        return typed(self.cleaned_data["number"])


class OwnPasswordForm(forms.Form):
    """A password of one's own, twice, of somebody who is not known yet."""

    password = forms.CharField(
        label=_("新密码"),
        help_text=_("至少10个字符，不能全是数字；不要用生日、证件号码、手机号码这些容易猜到的"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("再输一次新密码"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        """What can be said about the password without knowing whose it is."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        """Both times the same."""
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("repeated") and cleaned["password"] != cleaned["repeated"]:
            self.add_error("repeated", ValidationError(_("两次输入的密码不一样"), code="differs"))
        return cleaned


class CodeForm(OwnPasswordForm):
    """The code that came to the phone or by mail, and the password of one's own."""

    code = forms.CharField(
        label=_("验证码"),
        help_text=_("短信（或邮件）里的6位数字，10分钟内有效"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    field_order = ("code", "password", "repeated")

    def clean_code(self) -> str:
        """Six digits, however they were spaced."""
        code = typed(self.cleaned_data["code"])
        if len(code) != DIGITS or not code.isascii() or not code.isdecimal():
            raise ValidationError(_("验证码是6位数字"), code="shape")
        return code


class SlipForm(FirstSignInForm, OwnPasswordForm):
    """Everything that a slip from the counter asks for."""

    code = forms.CharField(
        label=_("启用单上的代码"),
        help_text=_("12个字母和数字，大小写都可以，横线可以不输"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order = ("number", "birth_date", "code", "password", "repeated", "proof")

    def clean_code(self) -> str:
        """As it was made; a slip of the pen is said here, it tells nothing of any slip."""
        code = normalised(self.cleaned_data["code"])
        if not code:
            raise ValidationError(_("代码抄错了：应是12个字母和数字，请对照启用单逐个核对"), code="shape")
        return code

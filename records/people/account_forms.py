"""What is typed for the second factor, and to change what one signs in with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from records.people.finding import typed
from records.people.forms import LONGEST_PASSWORD
from records.people.models import User
from records.people.second_factor import CODE_DIGITS

LONGEST_LABEL = 60


def password_field(label: Any, autocomplete: str, help_text: Any = "") -> forms.CharField:
    """A field for a password: nothing is cut off, nothing shown again."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class NewPasswordForm(forms.Form):
    """A password of one's own, twice; not the one that the person has."""

    password = password_field(
        _("新密码"), "new-password", _("至少10个字符，不能全是数字；不要用生日、证件号码、手机号码这些容易猜到的")
    )
    repeated = password_field(_("再输一次新密码"), "new-password")

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password(self) -> str:
        """The house's rule for passwords, and another one than before."""
        password: str = self.cleaned_data["password"]
        if self.person.check_password(password):
            raise ValidationError(_("新密码不能和现在的密码一样"), code="same")
        validate_password(password, self.person)
        return password

    def clean(self) -> dict[str, Any]:
        """Both times the same."""
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("repeated") and cleaned["password"] != cleaned["repeated"]:
            self.add_error("repeated", ValidationError(_("两次输入的密码不一样"), code="differs"))
        return cleaned


class PasswordForm(forms.Form):
    """The own password, once more; whether it is right is the view's question."""

    current = password_field(_("现在的密码"), "current-password")


class ChangePasswordForm(NewPasswordForm):
    """The old password and twice the new one."""

    current = password_field(_("现在的密码"), "current-password")
    field_order = ["current", "password", "repeated"]


class AuthenticatorForm(forms.Form):
    """Six digits from an authenticator."""

    code = forms.CharField(
        label=_("验证器上的6位数字"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        """However they were spaced."""
        code = typed(self.cleaned_data["code"])
        if len(code) != CODE_DIGITS or not code.isascii() or not code.isdecimal():
            raise ValidationError(_("请输入验证器上显示的6位数字"), code="shape")
        return code


class EnrolAuthenticatorForm(AuthenticatorForm):
    """The code that shows that the authenticator has the secret, and what its owner calls it."""

    label = forms.CharField(
        label=_("名称"), help_text=_("方便以后辨认，例如“办公手机”"), required=False, max_length=LONGEST_LABEL
    )


class RecoveryForm(forms.Form):
    """One of the recovery codes."""

    code = forms.CharField(
        label=_("恢复码"),
        help_text=_("10个字母和数字，每个只能用一次"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class PasskeyForm(forms.Form):
    """What the browser's script puts in."""

    answer = forms.CharField(widget=forms.HiddenInput)


class EnrolPasskeyForm(PasskeyForm):
    """The new passkey, and what its owner calls it."""

    label = forms.CharField(
        label=_("名称"), help_text=_("方便以后辨认，例如“办公电脑”"), required=False, max_length=LONGEST_LABEL
    )


class CodesKeptForm(forms.Form):
    """That the recovery codes have been put away."""

    is_kept = forms.BooleanField(
        label=_("我已经抄下、打印或下载了恢复码，并且放在了安全的地方"),
        error_messages={"required": _("请先保存恢复码，再勾选这一项")},
    )

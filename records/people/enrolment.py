"""Pages on which a second factor or recovery codes come into being: the same at the first sign-in and on the account page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from records.people import kept_in_session, passkeys, recovery, second_factor
from records.people.account_forms import CodesKeptForm, EnrolAuthenticatorForm, EnrolPasskeyForm
from records.people.models import SecondFactor, User

SECRET, CODES = "enrolling-secret", "recovery-codes"
Done = Callable[[SecondFactor], HttpResponse]


def authenticator_page(request: HttpRequest, person: User, done: Done, frame: dict[str, Any]) -> HttpResponse:
    """The secret as picture and text, and a code that confirms it. The secret stays the same until it is confirmed."""
    secret = kept_in_session.kept(request.session, SECRET) or _fresh_secret(request)
    form = EnrolAuthenticatorForm(request.POST or None)
    if form.is_valid():
        factor = second_factor.enrol(person, secret, form.cleaned_data["code"], label=form.cleaned_data["label"])
        if factor is not None:
            kept_in_session.drop(request.session, SECRET)
            return done(factor)
        form.add_error("code", ValidationError(_("数字不对。请核对手机的时间，输入验证器上最新的6位数字"), code="wrong"))
    shown = {"form": form, "picture": second_factor.picture(person, secret), "secret": second_factor.grouped(secret)}
    return render(request, "records/enrol_authenticator.html", {**shown, **frame})


def passkey_page(request: HttpRequest, person: User, done: Done, frame: dict[str, Any]) -> HttpResponse:
    """A button at which the browser makes a passkey."""
    form = EnrolPasskeyForm(request.POST or None)
    if form.is_valid():
        try:
            return done(passkeys.enrol(request, person, form.cleaned_data["answer"], label=form.cleaned_data["label"]))
        except passkeys.WrongPasskey:
            form = EnrolPasskeyForm(initial={"label": form.cleaned_data["label"]})
            frame = {**frame, "failed": _("浏览器没有建成可用的通行密钥。请再试一次，或改用验证器。")}
    options = passkeys.creation_options(request, person)
    return render(request, "records/enrol_passkey.html", {"form": form, "options": options, **frame})


def codes_page(request: HttpRequest, person: User, done: Callable[[], HttpResponse], frame: dict[str, Any]) -> HttpResponse:
    """Ten recovery codes; they are good once the person has confirmed having put them away, and then never shown again."""
    codes = codes_in(request) or _fresh_codes(request)
    form = CodesKeptForm(request.POST or None)
    if form.is_valid():
        recovery.keep(person, codes)
        kept_in_session.drop(request.session, CODES)
        return done()
    return render(request, "records/recovery_codes.html", {"form": form, "codes": codes, **frame})


def codes_file(request: HttpRequest, person: User, otherwise: str) -> HttpResponse:
    """The codes that are being shown, as a text file; ``otherwise`` names the page to go to where there are none."""
    codes = codes_in(request)
    if not codes:
        return redirect(otherwise)
    head = _("考籍 恢复码（%(name)s），每个只能用一次") % {"name": person.username}
    answer = HttpResponse("\n".join([head, "", *codes, ""]), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return answer


def codes_in(request: HttpRequest) -> list[str]:
    """The codes that are shown in this session and not confirmed yet."""
    return kept_in_session.kept(request.session, CODES).split()


def _fresh_secret(request: HttpRequest) -> str:
    secret = second_factor.new_secret()
    kept_in_session.keep(request.session, SECRET, secret)
    return secret


def _fresh_codes(request: HttpRequest) -> list[str]:
    codes = recovery.new_codes()
    kept_in_session.keep(request.session, CODES, " ".join(codes))
    return codes

"""What staff pass after the right password: a password of their own, the second factor, the recovery codes."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from records.people import enrolment, lockout, passkeys, pending, recovery, second_factor, signing_in
from records.people.account_forms import AuthenticatorForm, NewPasswordForm, PasskeyForm, RecoveryForm
from records.people.initial import replace_password
from records.people.models import SecondFactor
from records.people.pending import Pending
from records.people.stages import at_stage

FRAME = {"skeleton": "public.html"}
PASSWORD_STAGE, ENROL_STAGE = "sign-in-password", "sign-in-enrol"
FACTOR_STAGE, CODES_STAGE = "sign-in-factor", "sign-in-recovery-codes"


@at_stage(PASSWORD_STAGE)
def initial_password(request: HttpRequest, waiting: Pending) -> HttpResponse:
    """The initial password, which somebody else has seen, is replaced before anything else."""
    form = NewPasswordForm(request.POST or None, person=waiting.person)
    if not form.is_valid():
        return render(request, "records/initial_password.html", {"form": form, **FRAME})
    replace_password(waiting.person, form.cleaned_data["password"])
    pending.password_changed(request, waiting.person)
    return signing_in.go_on(request)


@at_stage(ENROL_STAGE)
def enrol(request: HttpRequest, _waiting: Pending) -> HttpResponse:
    """The choice of the first second factor."""
    return render(request, "records/enrol.html", {"passkeys_work": passkeys.work_at(request), **FRAME})


@at_stage(ENROL_STAGE)
def enrol_authenticator(request: HttpRequest, waiting: Pending) -> HttpResponse:
    """The first authenticator."""
    return enrolment.authenticator_page(request, waiting.person, partial(_enrolled, request), FRAME | {"back": ENROL_STAGE})


@at_stage(ENROL_STAGE)
def enrol_passkey(request: HttpRequest, waiting: Pending) -> HttpResponse:
    """The first passkey."""
    return enrolment.passkey_page(request, waiting.person, partial(_enrolled, request), FRAME | {"back": ENROL_STAGE})


def _enrolled(request: HttpRequest, factor: SecondFactor) -> HttpResponse:
    return _proven(request, factor.kind)


@at_stage(FACTOR_STAGE)
def factor(request: HttpRequest, waiting: Pending) -> HttpResponse:
    """A code from the authenticator, or a button for the passkey."""
    form = AuthenticatorForm(request.POST or None)
    if form.is_valid():
        lockout.before_factor(request, waiting.name, waiting.person)
        if second_factor.accept(waiting.person, form.cleaned_data["code"]):
            return _proven(request, SecondFactor.Kind.TOTP)
        _wrong(request, waiting, form, SecondFactor.Kind.TOTP, _("数字不对，或者已经用过。请输入验证器上最新的6位数字"))
    return _factor_page(request, waiting, form)


@at_stage(FACTOR_STAGE)
def factor_passkey(request: HttpRequest, waiting: Pending) -> HttpResponse:
    """What the browser has signed."""
    form = PasskeyForm(request.POST or None)
    if not form.is_valid():
        return _factor_page(request, waiting, AuthenticatorForm())
    lockout.before_factor(request, waiting.name, waiting.person)
    try:
        passkeys.accept(request, waiting.person, form.cleaned_data["answer"])
    except passkeys.WrongPasskey:
        _wrong(request, waiting, form, SecondFactor.Kind.PASSKEY, "")
        return _factor_page(request, waiting, AuthenticatorForm(), failed=_("这把通行密钥没有通过。请再试一次。"))
    return _proven(request, SecondFactor.Kind.PASSKEY)


@at_stage(FACTOR_STAGE)
def factor_recovery(request: HttpRequest, waiting: Pending) -> HttpResponse:
    """A recovery code, for who has neither phone nor passkey at hand."""
    form = RecoveryForm(request.POST or None)
    if form.is_valid():
        lockout.before_factor(request, waiting.name, waiting.person)
        if recovery.accept(waiting.person, form.cleaned_data["code"]):
            return _proven(request, signing_in.RECOVERY)
        _wrong(request, waiting, form, signing_in.RECOVERY, _("恢复码不对，或者已经用过"))
    return render(request, "records/factor_recovery.html", {"form": form, **FRAME})


@at_stage(CODES_STAGE)
def recovery_codes(request: HttpRequest, waiting: Pending) -> HttpResponse:
    """New recovery codes, at the first sign-in and when the last one has been used."""
    go_on = partial(signing_in.go_on, request)
    return enrolment.codes_page(request, waiting.person, go_on, FRAME | {"file": "sign-in-recovery-codes-file"})


@at_stage(CODES_STAGE)
def recovery_codes_file(request: HttpRequest, waiting: Pending) -> HttpResponse:
    """The same as a text file."""
    return enrolment.codes_file(request, waiting.person, otherwise=CODES_STAGE)


def _proven(request: HttpRequest, by: str) -> HttpResponse:
    pending.prove(request, by)
    return signing_in.go_on(request)


def _wrong(request: HttpRequest, waiting: Pending, form: forms.Form, by: str, words: str) -> None:
    """Count it and say it. Raises ``Locked``, or ``pending.Over`` with the last try of this sign-in."""
    lockout.wrong_factor(request, waiting.name, waiting.person, by=by)
    pending.take_try(request)
    if words:
        form.add_error("code", ValidationError(words, code="wrong"))


def _factor_page(request: HttpRequest, waiting: Pending, form: AuthenticatorForm, **more: Any) -> HttpResponse:
    kinds = set(waiting.person.second_factors.values_list("kind", flat=True))
    has_passkey = SecondFactor.Kind.PASSKEY in kinds and passkeys.work_at(request)
    context = {
        "form": form if SecondFactor.Kind.TOTP in kinds else None,
        "passkey_form": PasskeyForm() if has_passkey else None,
        "options": passkeys.request_options(request, waiting.person) if has_passkey else "",
        "most_tries": pending.MOST_TRIES,
    }
    return render(request, "records/factor.html", {**context, **FRAME, **more})

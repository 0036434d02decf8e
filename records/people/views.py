"""Signing in, for the first time and every time, and signing out."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from audit.reads import reads_nothing
from records.lookups import limits
from records.lookups.proof import Proof
from records.people import activation, lockout, pending, signed_sessions, signing_in
from records.people.forms import CodeForm, FirstSignInForm, SignInForm
from records.people.models import User
from records.people.places import place_of, wanted
from records.people.sign_in_trail import SIGNED_OUT, note

STARTED = "first-sign-in"


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Candidates go on to their space, staff to their second factor; then both to the page that they came from, if any."""
    if request.user.is_authenticated and request.method == "GET":
        return redirect(wanted(request) or place_of(request.user))
    form = SignInForm(request.POST or None)
    if form.is_valid():
        number = form.cleaned_data["number"]
        person = lockout.authenticated(request, number, form.cleaned_data["password"])
        if person is not None:
            return _let_in(request, person, lockout.hashed(number))
        form.add_error(None, ValidationError(_("号码或密码不对。还没有设过密码的，请先办理首次登录。"), code="wrong"))
    return render(request, "records/sign_in.html", {"form": form, "next": wanted(request), **_how_long()})


def _let_in(request: HttpRequest, person: User, name: str) -> HttpResponse:
    going_to = wanted(request)
    if person.candidate_id is None:
        pending.begin(request, person, name=name, next=going_to)
        return signing_in.go_on(request)
    signing_in.enter(request, person, by="password")
    lockout.forget(request, name, person)
    return redirect(going_to or place_of(person))


def _how_long() -> dict[str, int]:
    """Until when a session lasts, for people: minutes without use, hours in all."""
    return {"idle_minutes": settings.SESSION_IDLE_SECONDS // 60, "longest_hours": settings.SESSION_LONGEST_SECONDS // 3600}


@reads_nothing
@require_POST
@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if isinstance(request.user, User):
        signed_sessions.leave(request)
        note(SIGNED_OUT, request.user)
    logout(request)
    messages.success(request, _("已经退出。"))
    return redirect("home")


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first_sign_in(request: HttpRequest) -> HttpResponse:
    """Number and date of birth. Whatever they are, the next page is the same."""
    form = FirstSignInForm(request.POST or None)
    if not form.is_valid():
        return render(request, "records/first_sign_in.html", {"form": form})
    number, proof = form.cleaned_data["number"], form.cleaned_data["proof"]
    source = limits.source_of(request)
    limits.pass_through(limits.FIRST_SIGN_IN, source, number, is_proven=proof is Proof.COMPUTED)
    request.session[STARTED] = activation.begin(number, form.cleaned_data["birth_date"])
    return redirect("first-sign-in-code")


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first_sign_in_code(request: HttpRequest) -> HttpResponse:
    """The one page that number and date of birth open: the code, and a password of one's own."""
    token = request.session.get(STARTED)
    if not token:
        return redirect("first-sign-in")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        person = _opened(request, form, token)
        if person is not None:
            signing_in.enter(request, person, by="phone")
            messages.success(request, _("账户已经启用。以后用号码和新密码登录。"))
            return redirect("space")
        if STARTED not in request.session:
            messages.error(request, _("试错的次数太多，这个验证码已经作废。请重新开始。"))
            return redirect("first-sign-in")
    return render(request, "records/first_sign_in_code.html", {"form": form})


def _opened(request: HttpRequest, form: CodeForm, token: str) -> User | None:
    """The new account; otherwise None, with the reason in ``form``, or with nothing left to try in the session."""
    try:
        person = activation.finish(token, form.cleaned_data["code"], form.cleaned_data["password"])
    except activation.WrongCode as wrong:
        if wrong.is_final:
            del request.session[STARTED]
        form.add_error("code", ValidationError(_("验证码不对，或者已经过期"), code="wrong"))
    except ValidationError as guessed:
        form.add_error("password", guessed)
    else:
        del request.session[STARTED]
        return person
    return None

"""Signing in, for the first time and every time, and signing out."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from records.lookups import limits
from records.lookups.proof import Proof
from records.people import activation
from records.people.finding import typed
from records.people.forms import CodeForm, FirstSignInForm, SignInForm
from records.people.models import User

STARTED = "first-sign-in"


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Candidates go on to their space, staff to their desk, both to the page that they came from where there is one."""
    if request.user.is_authenticated and request.method == "GET":
        return redirect(_place_of(request, request.user))
    form = SignInForm(request.POST or None)
    if form.is_valid():
        person = _authenticated(request, form.cleaned_data["number"], form.cleaned_data["password"])
        if person is not None:
            login(request, person)
            return redirect(_place_of(request, person))
        form.add_error(None, ValidationError(_("号码或密码不对。还没有设过密码的，请先办理首次登录。"), code="wrong"))
    return render(request, "records/sign_in.html", {"form": form, "next": _next(request)})


def _authenticated(request: HttpRequest, number: str, password: str) -> User | None:
    who = typed(number)
    limits.pass_through(limits.SIGN_IN, limits.source_of(request), who, is_proven=True)
    person = authenticate(request, username=number, password=password)
    if isinstance(person, User):
        limits.forget(limits.SIGN_IN.person, who)
        return person
    return None


def _next(request: HttpRequest) -> str:
    """Where the person was going: an address of this site, else ""."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else ""


def _place_of(request: HttpRequest, person: User) -> str:
    return _next(request) or resolve_url("space" if person.candidate_id else "desk")


@require_POST
@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    messages.success(request, _("已经退出。"))
    return redirect("home")


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
            login(request, person, backend="records.people.backends.NumberBackend")
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

"""Signing in and out; the pages of the first time are in ``activation_views``."""

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
from records.people import lockout, pending, signed_sessions, signing_in
from records.people.forms import SignInForm
from records.people.models import User
from records.people.places import place_of, wanted
from records.people.sign_in_trail import SIGNED_OUT, note


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

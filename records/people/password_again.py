"""Before people change what they sign in with or are reached by, the password is asked for again; good for some minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.reads import reads_nothing
from records.people import lockout
from records.people.account_forms import PasswordForm
from records.people.places import wanted
from records.people.requests import SignedRequest

KEY = "password-again"
VALID_SECONDS = 300
View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """A view about second factors, which candidates have not; 404 for them."""

    @wraps(view)
    def guarded(request: SignedRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.candidate_id:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def after_password(view: View) -> View:
    """A view for people who have typed their password in this session some minutes ago at most."""

    @wraps(view)
    def guarded(request: SignedRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if time.time() - request.session.get(KEY, 0) > VALID_SECONDS:
            return redirect(f"{resolve_url('account-confirm')}?{urlencode({'next': request.path})}")
        return view(request, *args, **kwargs)

    return guarded


@reads_nothing
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def confirm(request: SignedRequest) -> HttpResponse:
    """The password, once more."""
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        if lockout.password_again(request, request.user, form.cleaned_data["current"]):
            request.session[KEY] = int(time.time())
            return redirect(wanted(request) or "account")
        form.add_error("current", ValidationError(_("密码不对"), code="wrong"))
    is_staff = request.user.candidate_id is None
    frame = {"skeleton": "staff.html" if is_staff else "candidate.html", "width": "col-lg-7" if is_staff else ""}
    return render(request, "records/password_again.html", {"form": form, "next": wanted(request), **frame})

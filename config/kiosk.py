"""L4, the terminal at an exam site: a keypad, three numbers, the summary of one record, and an empty keypad again.

Nobody signs in. A browser is a terminal by the token that setting it up gave it; any other browser gets nothing here.
"""

from __future__ import annotations

import math
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from audit.reads import COUNTED, reads, reads_nothing
from config.kiosk_summary import summary_of
from records.kiosks import asking, devices
from records.kiosks.forms import SetUpForm, ThreeNumbersForm
from records.kiosks.models import Kiosk
from records.lookups import counting, limits
from records.settings.values import value_of

PATH = "/kiosk/"
TOKEN = "__Secure-kiosk" if settings.SECURE else "kiosk"
ANSWER = "__Secure-kiosk-answer" if settings.SECURE else "kiosk-answer"
TOKEN_SECONDS = 400 * 24 * 3600  # the longest that browsers keep a cookie; every use begins it anew
WARNING_SECONDS = 10
TYPING = 3
"""Without script an empty keypad is loaded again after this many idle times: nobody types three numbers in one."""


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def keypad(request: HttpRequest) -> HttpResponse:
    """The keypad; what is sent is answered elsewhere, so that no page of this address ever holds an answer or what was typed."""
    kiosk = _device(request)
    if kiosk is None:
        return _not_set_up(request)
    if request.method == "POST":
        return _asked(request, kiosk)
    devices.see(kiosk)
    context = _frame(kiosk) | {"form": ThreeNumbersForm()}
    return _remembered(request, render(request, "config/kiosk/keypad.html", context))


@reads(COUNTED)
@login_not_required
@never_cache
@require_safe
def answer(request: HttpRequest) -> HttpResponse:
    """The summary, or that nothing was found: once. Opened again, from the history or by reloading, it is the empty keypad."""
    kiosk = _device(request)
    given = asking.answer_of(kiosk, request.COOKIES.get(ANSWER, "")) if kiosk else None
    if kiosk is None or given is None:
        return redirect("kiosk")
    context = _frame(kiosk) | {"summary": summary_of(given.candidate_id)}
    if given.wait_seconds:
        context["wait_minutes"] = math.ceil(given.wait_seconds / limits.MINUTE)
    response = render(request, "config/kiosk/answer.html", context, status=429 if given.wait_seconds else 200)
    if given.wait_seconds:
        response["Retry-After"] = str(given.wait_seconds)
    response.delete_cookie(ANSWER, path=PATH, samesite="Strict")
    return response


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """The code of the office makes this browser a terminal. Wrong ones are counted, by source and altogether."""
    form = SetUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        token = devices.set_up(form.cleaned_data["code"], source=limits.source_of(request))
        if token:
            return _with_cookie(redirect("kiosk"), TOKEN, token, TOKEN_SECONDS)
        form.add_error("code", _("设置码不对、已经用过，或者过期了。请核对，或请负责人重新取一个。"))
    return render(request, "config/kiosk/set_up.html", {"form": form}, status=422 if form.errors else 200)


def _asked(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
    """Always the same redirect, whatever was typed and found."""
    form = ThreeNumbersForm(request.POST)
    form.is_valid()
    counting.count("L4")
    typed = [str(form.cleaned_data.get(name, "")) for name in form.fields]
    return _with_cookie(redirect("kiosk-answer"), ANSWER, asking.ask(kiosk, *typed), asking.KEPT_SECONDS)


def _device(request: HttpRequest) -> Kiosk | None:
    return devices.device_of(request.COOKIES.get(TOKEN, ""))


def _not_set_up(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return redirect("kiosk")
    return render(request, "config/kiosk/not_set_up.html")


def _frame(kiosk: Kiosk) -> dict[str, Any]:
    idle = value_of("kiosk.idle_seconds", office_id=kiosk.office_id)
    return {"kiosk": kiosk, "idle_seconds": idle, "warning_seconds": WARNING_SECONDS, "typing_seconds": idle * TYPING}


def _remembered(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    return _with_cookie(response, TOKEN, request.COOKIES[TOKEN], TOKEN_SECONDS)


def _with_cookie(response: HttpResponse, name: str, value: str, seconds: int) -> HttpResponse:
    response.set_cookie(name, value, max_age=seconds, path=PATH, secure=settings.SECURE, httponly=True, samesite="Strict")
    return response

"""A session left alone ends: whoever forgot to sign out at a shared computer is signed out."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

SEEN = "seen"
NOTED_EVERY_SECONDS = 60


class IdleMiddleware:
    """Signs out who has asked for nothing during ``SESSION_IDLE_SECONDS``; notes the last request, at most once a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            _note(request, int(time.time()))
        return self.get_response(request)


def _note(request: HttpRequest, now: int) -> None:
    seen = request.session.get(SEEN)
    if seen is not None and now - seen > settings.SESSION_IDLE_SECONDS:
        logout(request)
        messages.info(request, _("很久没有操作，已经自动退出。请重新登录。"))
    elif seen is None or now - seen >= NOTED_EVERY_SECONDS:
        request.session[SEEN] = now

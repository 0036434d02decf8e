"""A session ends when it is left alone, when it has lasted a working day, and when its owner or an office ends it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from records.people import signed_sessions
from records.people.models import User
from records.people.signed_sessions import IDLE, REVOKED, TOO_OLD

WORDS = {
    IDLE: _("很久没有操作，已经自动退出。请重新登录。"),
    TOO_OLD: _("登录已满8小时，已经自动退出。请重新登录。"),
    REVOKED: _("这次登录已经在别处被结束。请重新登录；如果不是本人操作，请尽快更换密码。"),
}


class SignedSessionMiddleware:
    """Signs out whose session is over; notes the others as in use. One indexed query a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            _look_at(request, request.user)
        return self.get_response(request)


def _look_at(request: HttpRequest, person: User) -> None:
    row = signed_sessions.row_of(request) or signed_sessions.begin(request, person)
    because = signed_sessions.over_because(row)
    if not because:
        signed_sessions.see(row)
        return
    signed_sessions.end(row, because=because)
    logout(request)
    messages.info(request, WORDS.get(because, _("登录已经结束。请重新登录。")))

"""The frame of the pages between the right password and the session: each is open only when it is that page's turn."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.reads import reads_nothing
from records.people import pending, signing_in
from records.people.pending import Pending

StageView = Callable[[HttpRequest, Pending], HttpResponse]
View = Callable[[HttpRequest], HttpResponse]


def at_stage(page: str) -> Callable[[StageView], View]:
    """A view for the pending person whose next page is ``page``; others are sent where they belong.

    The view may raise ``pending.Over``: the sign-in starts anew with the password.
    """

    def frame(view: StageView) -> View:
        @reads_nothing
        @login_not_required
        @never_cache
        @sensitive_post_parameters()
        @require_http_methods(["GET", "POST"])
        @wraps(view)
        def framed(request: HttpRequest) -> HttpResponse:
            try:
                waiting = pending.of(request)
                return view(request, waiting) if signing_in.stands_at(waiting, page) else signing_in.go_on(request)
            except pending.Over as over:
                return _start_anew(request, over)

        return framed

    return frame


def _start_anew(request: HttpRequest, over: pending.Over) -> HttpResponse:
    if over.too_many:
        messages.error(request, _("试错的次数太多。请重新输入密码。"))
    elif not request.user.is_authenticated:
        messages.info(request, _("登录没有在10分钟内完成，或者已经失效。请重新登录。"))
    return redirect("sign-in")

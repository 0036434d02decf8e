"""From the right password to the session: which page comes next for a pending member of staff, and signing in itself."""

from __future__ import annotations

import time

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from records.people import lockout, pending, recovery, signed_sessions
from records.people.models import User
from records.people.pending import Pending
from records.people.places import place_of
from records.people.sign_in_trail import SIGNED_IN, note

BACKEND = "records.people.backends.NumberBackend"
FACTOR = "second-factor"
RECOVERY = "recovery"


def go_on(request: HttpRequest) -> HttpResponse:
    """The next page of a pending sign-in, or in. Raises ``pending.Over``."""
    waiting = pending.of(request)
    page = _next_page(waiting)
    return redirect(page) if page else _enter(request, waiting)


def _next_page(waiting: Pending) -> str:
    """The name of the page that is still to be passed; "" for none."""
    person = waiting.person
    if person.password_is_initial:
        return "sign-in-password"
    if not waiting.factor:
        return "sign-in-factor" if person.second_factors.exists() else "sign-in-enrol"
    return "" if recovery.left(person) else "sign-in-recovery-codes"


def stands_at(waiting: Pending, page: str) -> bool:
    """Whether this page is the one to be passed now."""
    return _next_page(waiting) == page


def _enter(request: HttpRequest, waiting: Pending) -> HttpResponse:
    del request.session[pending.KEY]
    enter(request, waiting.person, by=waiting.factor)
    lockout.forget(request, waiting.name, waiting.person)
    _tell_of_codes(request, waiting)
    return redirect(waiting.next or place_of(waiting.person))


def enter(request: HttpRequest, person: User, *, by: str) -> None:
    """Sign in. ``by`` is what proved the person: a kind of second factor, ``recovery``, or ``password`` for a candidate."""
    signed_sessions.leave(request)
    login(request, person, backend=BACKEND)
    request.session[FACTOR] = {"by": by, "at": int(time.time())}
    row = signed_sessions.begin(request, person)
    note(SIGNED_IN, person, by=person, factor=by, machine=row.machine, source=row.source_mask)


def _tell_of_codes(request: HttpRequest, waiting: Pending) -> None:
    left = recovery.left(waiting.person)
    if waiting.factor == RECOVERY:
        text = _("这个恢复码已经作废，还剩%(left)s个。手机丢了或换了的，请在“账户与安全”里登记新的验证器，移除旧的。")
        messages.warning(request, text % {"left": left})
    elif left <= recovery.FEW:
        messages.warning(request, _("恢复码只剩%(left)s个，请在“账户与安全”里重新生成。") % {"left": left})

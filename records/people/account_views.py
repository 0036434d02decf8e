"""账户与安全: the own password, second factors, recovery codes, the places where one is signed in, what happened lately."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads_nothing
from records.messages.telling import tell
from records.people import enrolment, lockout, passkeys, recovery, second_factor, signed_sessions
from records.people.account_forms import ChangePasswordForm
from records.people.history import latest, refused_since_last
from records.people.initial import replace_password
from records.people.models import SecondFactor, SignedSession, User
from records.people.password_again import after_password, staff_only
from records.people.requests import SignedRequest
from records.people.sign_in_trail import ENDED, note

HISTORY_SHOWN = 20
OVER_SHOWN = 10
WIDTH = "col-lg-7"  # of forms beside the staff's spine


@reads_nothing
@never_cache
@require_safe
def account(request: SignedRequest) -> HttpResponse:
    """Everything about one's own sign-in. Candidates have no second factor."""
    person = request.user
    context: dict[str, Any] = {
        "sessions": _sessions(request),
        "history": latest(person, most=HISTORY_SHOWN),
        "over": [{"row": row, "why": why} for row, why in signed_sessions.over(person, most=OVER_SHOWN)],
        "refused": refused_since_last(person),
        "skeleton": _skeleton(person),
    }
    if person.candidate_id is None:
        factors = list(person.second_factors.order_by("pk"))
        context |= {"factors": factors, "may_remove": len(factors) > 1, "codes_left": recovery.left(person)}
        context |= {"passkeys_work": passkeys.work_at(request), "few": recovery.FEW}
    return render(request, "records/account.html", context)


def _sessions(request: SignedRequest) -> list[dict[str, Any]]:
    here = signed_sessions.row_of(request)
    return [{"row": row, "is_here": row == here} for row in signed_sessions.running(request.user)]


def _skeleton(person: User) -> str:
    return "candidate.html" if person.candidate_id else "staff.html"


@reads_nothing
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: SignedRequest) -> HttpResponse:
    """A new password; every other session of the person ends."""
    form = ChangePasswordForm(request.POST or None, person=request.user)
    if form.is_valid():
        if lockout.password_again(request, request.user, form.cleaned_data["current"]):
            _change(request, form.cleaned_data["password"])
            messages.success(request, _("密码已经更换，别处的登录都已结束。"))
            return redirect("account")
        form.add_error("current", ValidationError(_("密码不对"), code="wrong"))
    width = "" if request.user.candidate_id else WIDTH
    return render(request, "records/change_password.html", {"form": form, "skeleton": _skeleton(request.user), "width": width})


def _change(request: SignedRequest, password: str) -> None:
    here = signed_sessions.row_of(request)
    replace_password(request.user, password, but=here)
    update_session_auth_hash(request, request.user)
    if here is not None:
        signed_sessions.rekey(request, here)
    if request.user.candidate_id:
        tell(request.user.candidate_id, "password-changed")


@reads_nothing
@require_POST
def end_session(request: SignedRequest, pk: int) -> HttpResponse:
    """End one of the own sessions; who holds it is out with the next request."""
    row = get_object_or_404(SignedSession, pk=pk, person=request.user)
    signed_sessions.end(row, because=signed_sessions.REVOKED)
    note(ENDED, request.user, machine=row.machine, source=row.source_mask)
    messages.success(request, _("已经结束“%(machine)s”上的登录。") % {"machine": row.machine})
    return redirect("account")


@reads_nothing
@require_POST
def end_other_sessions(request: SignedRequest) -> HttpResponse:
    """End all of the own sessions but this one."""
    here = signed_sessions.row_of(request)
    count = signed_sessions.end_all(request.user, because=signed_sessions.REVOKED, but=here)
    note(ENDED, request.user, count=count)
    messages.success(request, _("已经结束别处的全部登录。"))
    return redirect("account")


@reads_nothing
@never_cache
@require_http_methods(["GET", "POST"])
@staff_only
@after_password
def add_authenticator(request: SignedRequest) -> HttpResponse:
    """One more authenticator."""
    return enrolment.authenticator_page(request, request.user, partial(_added, request), _frame())


@reads_nothing
@never_cache
@require_http_methods(["GET", "POST"])
@staff_only
@after_password
def add_passkey(request: SignedRequest) -> HttpResponse:
    """One more passkey."""
    return enrolment.passkey_page(request, request.user, partial(_added, request), _frame())


def _frame() -> dict[str, str]:
    return {"skeleton": "staff.html", "back": "account", "width": WIDTH}


def _added(request: SignedRequest, factor: SecondFactor) -> HttpResponse:
    messages.success(request, _("已经登记：%(factor)s。下次登录就可以用。") % {"factor": factor})
    return redirect("account")


@reads_nothing
@never_cache
@require_http_methods(["GET", "POST"])
@staff_only
@after_password
def remove_factor(request: SignedRequest, pk: int) -> HttpResponse:
    """Take a second factor away, if another one is left."""
    factor = get_object_or_404(SecondFactor, pk=pk, person=request.user)
    if request.method == "POST":
        try:
            second_factor.remove(request.user, factor.pk)
        except second_factor.LastFactor:
            messages.error(request, _("至少要留一个验证器或通行密钥。请先登记新的，再移除这个。"))
        else:
            messages.success(request, _("已经移除：%(factor)s。") % {"factor": factor})
        return redirect("account")
    return render(request, "records/remove_factor.html", {"factor": factor, **_frame()})


@reads_nothing
@never_cache
@require_http_methods(["GET", "POST"])
@staff_only
@after_password
def renew_codes(request: SignedRequest) -> HttpResponse:
    """Ten new recovery codes in place of the old ones."""
    return enrolment.codes_page(
        request, request.user, partial(_renewed, request), _frame() | {"file": "account-recovery-codes-file"}
    )


def _renewed(request: SignedRequest) -> HttpResponse:
    messages.success(request, _("新的恢复码已经生效，旧的都作废了。"))
    return redirect("account")


@reads_nothing
@never_cache
@require_safe
@staff_only
@after_password
def renewed_codes_file(request: SignedRequest) -> HttpResponse:
    """The same as a text file."""
    return enrolment.codes_file(request, request.user, otherwise="account-recovery-codes")

"""The pages on which candidates set a password of their own: first sign-in, forgotten password, slip from the counter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.reads import reads_nothing
from records.lookups import limits
from records.lookups.proof import Proof
from records.people import activation, signing_in, slips
from records.people.codes import WrongCode
from records.people.forms import CodeForm, FirstSignInForm, SlipForm
from records.people.models import User


@dataclass(frozen=True)
class Way:
    """One of the two things that are started by number and date of birth: its door, its pages, its words.

    ``kind`` is also where the session keeps the token.
    """

    kind: str
    door: limits.Door
    start: str
    code: str
    title: Any
    line: Any
    done: Any


FIRST = Way(
    activation.FIRST,
    limits.FIRST_SIGN_IN,
    "first-sign-in",
    "first-sign-in-code",
    gettext_lazy("首次登录"),
    gettext_lazy("先填号码和出生日期，再凭发到登记手机（没有手机的发到邮箱）的验证码设一个密码。"),
    gettext_lazy("账户已经启用。以后用号码和新密码登录。"),
)
FORGOTTEN = Way(
    activation.FORGOTTEN,
    limits.FORGOTTEN,
    "forgotten",
    "forgotten-code",
    gettext_lazy("忘记密码"),
    gettext_lazy("先填号码和出生日期，再凭发到登记手机（没有手机的发到邮箱）的验证码重设密码。"),
    gettext_lazy("密码已经重设，别处的登录都已结束。"),
)


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first_sign_in(request: HttpRequest) -> HttpResponse:
    """Number and date of birth. Whatever they are, the next page is the same."""
    return _start(request, FIRST)


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first_sign_in_code(request: HttpRequest) -> HttpResponse:
    """The one page that number and date of birth open: the code, and a password of one's own."""
    return _code(request, FIRST)


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """The same for a password that is forgotten."""
    return _start(request, FORGOTTEN)


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def forgotten_code(request: HttpRequest) -> HttpResponse:
    """The code, and the new password."""
    return _code(request, FORGOTTEN)


@reads_nothing
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def slip(request: HttpRequest) -> HttpResponse:
    """With a slip from the counter instead of a code: everything on one page, and one answer whatever is wrong."""
    form = SlipForm(request.POST or None)
    if form.is_valid():
        person = _by_slip(request, form)
        if person is not None:
            signing_in.enter(request, person, by="slip")
            messages.success(request, _("密码已经设好，这张启用单已经用过。以后用号码和新密码登录。"))
            return redirect("space")
    return render(request, "records/slip.html", {"form": form})


def _start(request: HttpRequest, way: Way) -> HttpResponse:
    form = FirstSignInForm(request.POST or None)
    if not form.is_valid():
        return render(request, "records/code_start.html", {"form": form, "way": way})
    number, proof = form.cleaned_data["number"], form.cleaned_data["proof"]
    limits.pass_through(way.door, limits.source_of(request), number, is_proven=proof is Proof.COMPUTED)
    request.session[way.kind] = activation.begin(way.kind, number, form.cleaned_data["birth_date"])
    return redirect(way.code)


def _code(request: HttpRequest, way: Way) -> HttpResponse:
    token = request.session.get(way.kind)
    if not token:
        return redirect(way.start)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        limits.take(limits.CODE_TRIES, limits.source_of(request))
        person = _by_code(request, way, form, token)
        if person is not None:
            signing_in.enter(request, person, by="code")
            messages.success(request, way.done)
            return redirect("space")
        if way.kind not in request.session:
            messages.error(request, _("试错的次数太多，这个验证码已经作废。请重新开始。"))
            return redirect(way.start)
    return render(request, "records/code.html", {"form": form, "way": way})


def _by_code(request: HttpRequest, way: Way, form: CodeForm, token: str) -> User | None:
    """The account; otherwise None, with the reason in ``form``, or with nothing left to try in the session."""
    try:
        person = activation.finish(way.kind, token, form.cleaned_data["code"], form.cleaned_data["password"])
    except WrongCode as wrong:
        if wrong.is_final:
            del request.session[way.kind]
        form.add_error("code", ValidationError(_("验证码不对，或者已经过期"), code="wrong"))
    except ValidationError as guessed:
        form.add_error("password", guessed)
    else:
        del request.session[way.kind]
        return person
    return None


def _by_slip(request: HttpRequest, form: SlipForm) -> User | None:
    """The account; otherwise None, with the reason in ``form``."""
    given = form.cleaned_data
    is_proven = given["proof"] is Proof.COMPUTED
    limits.pass_through(limits.SLIP, limits.source_of(request), given["number"], is_proven=is_proven)
    try:
        return slips.use(given["number"], given["birth_date"], given["code"], given["password"])
    except slips.WrongSlip:
        form.add_error(
            None, ValidationError(_("没有办成。请核对号码、出生日期和启用单上的代码；过期或用过的，请到柜台重新领取。"))
        )
    except ValidationError as guessed:
        form.add_error("password", guessed)
    return None

"""联系方式: what candidates change themselves, and the counter's form for those who come in person."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.reads import reads, reads_nothing
from audit.trail import record_read
from config.space import own
from records.candidates.models import Candidate
from records.contact import changing
from records.contact.forms import AddressForm, ContactCodesForm, CounterContactForm, EmailForm, PhoneForm
from records.lookups import limits
from records.people.codes import WrongCode
from records.people.password_again import after_password
from records.people.requests import SignedRequest

ASKED = "contact-asked"
REGISTER = "records.register_candidate"


@reads_nothing
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """What is known, and the form of what needs no code."""
    _person, candidate = own(request)
    form = AddressForm(request.POST or None, initial={name: getattr(candidate, name) for name in changing.PLAIN})
    if request.method == "POST" and form.is_valid():
        values = form.changed_values()
        if values:
            changing.change(candidate, values, purpose=_("本人修改"))
        messages.success(request, _("已保存。") if values else _("没有改动。"))
        return redirect("contact")
    facts = [
        (_("手机号码"), candidate.phone_mask or _("未登记")),
        (_("电子邮箱"), candidate.email_mask or _("未登记")),
    ]
    return render(request, "config/contact/contact.html", {"form": form, "facts": facts}, status=422 if form.errors else 200)


@reads_nothing
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@after_password
def phone(request: HttpRequest) -> HttpResponse:
    """A new phone: a code goes to it, another one to the old."""
    return _ask(request, PhoneForm(request.POST or None), changing.PHONE, _("更换手机号码"))


@reads_nothing
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@after_password
def email(request: HttpRequest) -> HttpResponse:
    """A new mail address: a code goes to it, another one to the old."""
    return _ask(request, EmailForm(request.POST or None), changing.EMAIL, _("更换电子邮箱"))


def _ask(request: HttpRequest, form: PhoneForm | EmailForm, channel: str, title: str) -> HttpResponse:
    _person, candidate = own(request)
    if request.method == "POST" and form.is_valid():
        value = form.cleaned_data[channel]
        if value == getattr(candidate, channel):
            form.add_error(channel, _("与现在登记的相同。"))
        else:
            try:
                request.session[ASKED] = changing.ask(candidate, channel, value)
                return redirect("contact-code")
            except limits.TooMany:
                form.add_error(None, _("今天发送验证码的次数已满，请明天再试，或带证件到主考院校自考办办理。"))
    context = {"form": form, "title": title, "submit": _("发送验证码"), "crumbs": _crumbs(title)}
    return render(request, "config/contact/change.html", context, status=422 if form.errors else 200)


@reads_nothing
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The codes that were sent to the new phone or address and to the old one, together or one after the other."""
    _person, candidate = own(request)
    token = request.session.get(ASKED, "")
    waiting = changing.asked(token) if token else None
    if waiting is None:
        return redirect("contact")
    form = ContactCodesForm(request.POST or None, channel=waiting.channel, wanted=waiting.wanted)
    if request.method == "POST" and form.is_valid():
        answer = _confirmed(request, form, waiting, candidate)
        if answer is not None:
            return answer
    title = _("填写验证码")
    context = {
        "form": form,
        "title": title,
        "line": _sent_to(waiting, candidate),
        "submit": _("确认更换"),
        "crumbs": _crumbs(title),
    }
    return render(request, "config/contact/change.html", context, status=422 if form.errors else 200)


def _confirmed(
    request: HttpRequest, form: ContactCodesForm, waiting: changing.Asked, candidate: Candidate
) -> HttpResponse | None:
    """Where to go on; None when a code was wrong, with the reason in ``form``."""
    try:
        is_done = changing.confirm(request.session[ASKED], form.typed, candidate)
    except WrongCode as wrong:
        if not wrong.is_final:
            form.add_error(None, _("验证码不对，或者已经过期"))
            return None
        messages.error(request, _("试错的次数太多，或者联系方式已经另有改动，验证码已经作废。请重新开始。"))
    else:
        if not is_done:
            messages.info(request, _("这个验证码对了。再填另一个就更换好了。"))
            return redirect("contact-code")
        messages.success(request, _("已改为%(value)s。") % {"value": waiting.shown})
    del request.session[ASKED]
    return redirect("contact")


def _sent_to(waiting: changing.Asked, candidate: Candidate) -> str:
    """Where to look for the codes that are still to come."""
    shown = {changing.NEW: waiting.shown, changing.OLD: getattr(candidate, f"{waiting.channel}_mask")}
    recipients = _("和").join(shown[name] for name in waiting.wanted)
    line = _("验证码已发到%(recipients)s，10分钟内有效。") % {"recipients": recipients}
    lost = _("先填哪个都可以。原来的收不到的，请带证件到主考院校自考办办理。")
    return f"{line}{lost}" if changing.OLD in waiting.wanted else line


@reads("counter")
@sensitive_post_parameters()
@permission_required(REGISTER, raise_exception=True)
@require_http_methods(["GET", "POST"])
def at_the_counter(request: SignedRequest, pk: int) -> HttpResponse:
    """A clerk of the managing university changes it with the candidate there in person; nobody else's clerk does."""
    managed = Candidate.objects.filter(managing_university__in=request.user.reach.universities)
    candidate: Candidate = get_object_or_404(managed, pk=pk)
    initial = {name: getattr(candidate, name) for name in changing.PLAIN}
    form = CounterContactForm(request.POST or None, initial=initial)
    purpose = _("柜台修改联系方式")
    if request.method == "POST" and form.is_valid():
        values, purpose = form.changed_values(), form.purpose()
        if values:
            changing.change(candidate, values, purpose=purpose)
        messages.success(request, _("已保存。") if values else _("没有改动。"))
        return redirect("candidates:detail", pk)
    record_read("counter", candidate, candidate_id=pk, purpose=purpose)
    context = {
        "form": form,
        "candidate": candidate,
        "crumbs": [(_("查考生"), reverse("candidates:list")), (candidate.name, reverse("candidates:detail", args=[pk]))],
    }
    return render(request, "config/contact/counter.html", context, status=422 if form.errors else 200)


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("个人空间"), reverse("space")), (_("联系方式"), reverse("contact")), (last, "")]

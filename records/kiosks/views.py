"""The office's terminals: put up, set up anew, close."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads_nothing
from records.kiosks import devices
from records.kiosks.forms import PutUpForm
from records.kiosks.models import Kiosk
from records.offices.models import Office
from records.people.requests import SignedRequest

MANAGE = "records.manage_kiosks"


@reads_nothing
@permission_required(MANAGE, raise_exception=True)
@require_safe
def kiosk_list(request: SignedRequest) -> HttpResponse:
    """The terminals of the office, of all offices for the city; those that are closed come last."""
    kiosks = Kiosk.objects.visible_to(request.user).select_related("office").order_by("closed_at", "office__code", "name", "pk")
    shown = {"kiosks": [kiosk for kiosk in kiosks if not kiosk.closed_at], "closed": [each for each in kiosks if each.closed_at]}
    return render(request, "records/kiosks/list.html", {**shown, "is_city": bool(request.user.reach.municipal)})


@reads_nothing
@never_cache
@permission_required(MANAGE, raise_exception=True)
@require_http_methods(["GET", "POST"])
def put_up(request: SignedRequest) -> HttpResponse:
    """A new terminal of the own office; the answer shows its code, once."""
    office: Office = get_object_or_404(Office.objects.filter(pk__in=request.user.reach.office_ids))
    form = PutUpForm(request.POST if request.method == "POST" else None, office=office)
    if form.is_valid():
        kiosk, code = devices.put_up(office, form.cleaned_data["name"], form.cleaned_data["place"], by=request.user)
        return _code_page(request, kiosk, code)
    context = {"form": form, "office": office, "crumbs": _crumbs(_("设置终端"))}
    return render(request, "records/kiosks/new.html", context, status=422 if form.errors else 200)


@reads_nothing
@permission_required(MANAGE, raise_exception=True)
@require_safe
def detail(request: SignedRequest, pk: int) -> HttpResponse:
    """One terminal and what may be done with it."""
    kiosk = _visible_or_404(request, pk)
    context = {"kiosk": kiosk, "actions": _actions(request, kiosk), "crumbs": _crumbs(kiosk.name)}
    return render(request, "records/kiosks/detail.html", context)


@reads_nothing
@never_cache
@permission_required(MANAGE, raise_exception=True)
@require_POST
def renew(request: SignedRequest, pk: int) -> HttpResponse:
    """A new code for a terminal of the own office: the browser that served as it until now is none any more."""
    kiosk = _visible_or_404(request, pk)
    if not kiosk.office.represented_by(request.user):
        raise PermissionDenied(MANAGE)
    code = devices.renew(kiosk, by=request.user)
    if code:
        return _code_page(request, kiosk, code)
    messages.info(request, _("这台终端已经停用，不能再启用。需要的，请另外设置一台。"))
    return redirect("kiosks:detail", pk)


@reads_nothing
@permission_required(MANAGE, raise_exception=True)
@require_POST
def close(request: SignedRequest, pk: int) -> HttpResponse:
    """End a terminal; the city may end anybody's."""
    kiosk = _visible_or_404(request, pk)
    devices.close(kiosk, by=request.user)
    messages.success(request, _("“%(name)s”已停用。") % {"name": kiosk.name})
    return redirect("kiosks:list")


def _visible_or_404(request: SignedRequest, pk: int) -> Kiosk:
    seen = Kiosk.objects.visible_to(request.user).select_related("office", "made_by", "closed_by")
    found: Kiosk = get_object_or_404(seen, pk=pk)
    return found


def _actions(request: SignedRequest, kiosk: Kiosk) -> list[dict[str, Any]]:
    if kiosk.closed_at:
        return []
    close_it = {
        "name": "close",
        "label": _("停用"),
        "url": reverse("kiosks:close", args=[kiosk.pk]),
        "tone": "outline-danger",
        "asks": "confirm",
        "then": _("机器的下一次操作就打不开了，停用后不能恢复。"),
    }
    renew_it = {
        "name": "renew",
        "label": _("重新设置"),
        "url": reverse("kiosks:renew", args=[kiosk.pk]),
        "asks": "confirm",
        "then": _("换机器、重装或清除了浏览器数据时用：得到新的设置码，原来的浏览器立即失效。"),
    }
    return [renew_it, close_it] if kiosk.office.represented_by(request.user) else [close_it]


def _code_page(request: SignedRequest, kiosk: Kiosk, code: str) -> HttpResponse:
    address = request.build_absolute_uri(reverse("kiosk-setup"))
    context = {"kiosk": kiosk, "code": code, "address": address, "minutes": devices.CODE_MINUTES, "crumbs": _crumbs(kiosk.name)}
    return render(request, "records/kiosks/code.html", context)


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("工作台"), reverse("desk")), (_("自助终端"), reverse("kiosks:list")), (last, "")]

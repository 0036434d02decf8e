"""Where somebody is sent after signing in or after being asked for something in between."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from records.people.models import User


def wanted(request: HttpRequest) -> str:
    """Where the person was going (``next``): an address of this site, else ""."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if is_ours else ""


def place_of(person: User) -> str:
    """Where somebody comes who was going nowhere."""
    return resolve_url("space" if person.candidate_id else "desk")

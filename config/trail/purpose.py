"""The purpose for which somebody reads the trail: asked once, kept in the session for half an hour."""

from __future__ import annotations

import time

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from config.trail.forms import TrailPurposeForm
from records.people.requests import SignedRequest

SECONDS = 30 * 60
KEY = "trail_purpose"


def purpose_of(request: SignedRequest) -> str:
    """What was said within the last half hour; "" where nothing was."""
    purpose, until = request.session.get(KEY, ["", 0])
    return str(purpose) if until > time.time() else ""


def remember(request: SignedRequest, purpose: str) -> None:
    """Keep the purpose for half an hour."""
    request.session[KEY] = [purpose, time.time() + SECONDS]


def ask(request: SignedRequest, *, onward: str, form: TrailPurposeForm | None = None, status: int = 200) -> HttpResponse:
    """The page that asks; ``onward`` is the address to go to afterwards."""
    context = {
        "form": form or TrailPurposeForm(initial={"onward": onward}),
        "action": reverse("trail:purpose"),
        "crumbs": [(_("工作台"), reverse("desk")), (_("留痕"), "")],
    }
    return render(request, "config/trail/purpose.html", context, status=status)

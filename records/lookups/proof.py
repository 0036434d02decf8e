"""The human check of pages that need no account: a proof of work that the browser does by itself, or a wait.

``ProofField`` in a form is all a page needs (and ``kaoji/proof.js``, which its widget brings along). The challenge is altcha's
(django-altcha signs it); the browser's part is a script of our own, so that the content policy needs no exception and whoever has
no script, or whose browser fails at it, comes through by having kept the page open for some seconds, under a lower limit.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from collections.abc import Mapping
from enum import Enum
from typing import Any

import altcha
from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_altcha import get_altcha_challenge

from records.lookups.counters import raised

LARGEST_NUMBER = 50_000
"""How far the browser counts at most: about a second on a phone."""

WAIT_SECONDS = 5
VALID_SECONDS = 3600
SALT = "proof"
LONGEST_PAYLOAD = 2000


class Proof(Enum):
    """How a request showed that a person may be behind it."""

    COMPUTED = "computed"
    WAITED = "waited"


class ProofWidget(forms.HiddenInput):
    """The challenge for the script, and the signed moment at which the page was made. Never shows what came back."""

    template_name = "records/widgets/proof.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Django's, with a challenge and a stamp that are good for one use each."""
        context = super().get_context(name, None, attrs)
        challenge = get_altcha_challenge(max_number=LARGEST_NUMBER, expires=VALID_SECONDS * 1000)
        context["challenge"] = json.dumps(challenge.to_dict())
        context["stamp"] = signing.dumps([secrets.token_hex(8), int(time.time())], salt=SALT)
        context["wait_seconds"] = WAIT_SECONDS
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> tuple[str, str]:
        """The script's answer and the stamp, each "" where it is missing."""
        return data.get(name) or "", data.get(f"{name}-stamp") or ""


class ProofField(forms.Field):
    """Cleans to a ``Proof``; whether something was looked up does not matter to it."""

    widget = ProofWidget
    default_error_messages = {
        "too-soon": _("提交得太快，没有完成校验。请核对填写的内容，过几秒再提交一次。"),
        "stale": _("本页打开太久，或已经提交过一次。请再提交一次。"),
    }

    def clean(self, value: tuple[str, str]) -> Proof:
        """Raises ``ValidationError`` with code ``too-soon`` or ``stale``."""
        payload, stamp = value
        if payload and _is_solved(payload):
            return Proof.COMPUTED
        moment = _opened_at(stamp)
        if moment is None or time.time() - moment > VALID_SECONDS:
            raise ValidationError(self.error_messages["stale"], code="stale")
        if time.time() - moment < WAIT_SECONDS:
            raise ValidationError(self.error_messages["too-soon"], code="too-soon")
        if not _is_first_use(stamp):
            raise ValidationError(self.error_messages["stale"], code="stale")
        return Proof.WAITED


def _is_solved(payload: str) -> bool:
    """Whether the payload solves a challenge of ours that is neither over nor used."""
    if len(payload) > LONGEST_PAYLOAD:
        return False
    try:
        answer = json.loads(base64.b64decode(payload, validate=True))
        solved, _reason = altcha.verify_solution(answer, settings.ALTCHA_HMAC_KEY, check_expires=True)
        challenge = str(answer["challenge"])
    except (binascii.Error, ValueError, TypeError, KeyError, AttributeError):
        return False
    return solved and _is_first_use(challenge)


def _opened_at(stamp: str) -> int | None:
    try:
        _nonce, moment = signing.loads(stamp, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(moment)


def _is_first_use(token: str) -> bool:
    return raised({f"proof:{token}": VALID_SECONDS}) == [1]

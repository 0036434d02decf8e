"""L5: where the gateway hands in text messages. Signed, once each, and one answer to the gateway whatever the text says."""

from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from audit.reads import reads_nothing
from records.messages.answering import Received, take_in
from records.messages.signature import is_genuine
from records.people.identity import normalise_phone

MOST_BYTES = 8192
WITHOUT_PLUS = re.compile(r"^86(?=1[3-9]\d{9}$)", re.ASCII)


@reads_nothing
@csrf_exempt
@login_not_required
@never_cache
@require_POST
def inbound(request: HttpRequest) -> JsonResponse:
    """Take one message from the gateway. 404 without a key, 413 too long, 403 not genuine or too old, 400 unreadable."""
    if not settings.SMS_INBOUND_KEY:
        return _refused(404)
    body = _body(request)
    if body is None:
        return _refused(413)
    if not is_genuine(request.headers, body, settings.SMS_INBOUND_KEY):
        return _refused(403)
    received = _read(body)
    if received is None:
        return _refused(400)
    take_in(received)
    return JsonResponse({"accepted": True})


def _refused(status: int) -> JsonResponse:
    return JsonResponse({"accepted": False}, status=status)


def _body(request: HttpRequest) -> bytes | None:
    """The body, read no further than it may be long; None for a longer one, or one that says no length."""
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit() and int(length[:9]) <= MOST_BYTES):
        return None
    try:
        return request.body
    except (UnreadablePostError, RawPostDataException):
        return None


def _read(body: bytes) -> Received | None:
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    number, sender, text = (told.get(name) for name in ("id", "from", "text"))
    if not (isinstance(number, str) and isinstance(sender, str) and isinstance(text, str)):
        return None
    if not (0 < len(number) <= 80 and 0 < len(sender) <= 40) or "\x00" in number + sender:
        return None
    return Received(number, normalise_phone(WITHOUT_PLUS.sub("", sender.strip())), text)

"""Sending: the row is written with what it tells of, a task carries it after the commit, a sweep finds what was lost."""

from __future__ import annotations

import datetime as dt
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from records.messages import outbox
from records.messages.models import OutgoingMessage

log = structlog.get_logger(__name__)

DELIVER_TASK = "records.deliver_message"
MOST_TRIES = 5
LOST_AFTER = dt.timedelta(minutes=2)
SWEPT_AT_ONCE = 1000


def send(
    kind: str,
    to: str,
    text: str,
    *,
    candidate_id: int | None = None,
    passing: bool = False,
    template: str = "",
    subject: str = "",
) -> OutgoingMessage:
    """Write a message (``OutgoingMessage.Kind``) that leaves once the caller's transaction has committed.

    Its text comes from a template: ``telling.tell``. Put no identity number and no mark into ``text``. ``passing`` wipes the
    text when it has left (codes); ``subject`` is a mail's.
    """
    message = OutgoingMessage.objects.create(
        kind=kind, to=to, text=text, candidate_id=candidate_id, passing=passing, template=template, subject=subject
    )
    transaction.on_commit(partial(_wake, message.pk))
    return message


def _wake(message_id: int) -> None:
    try:
        current_app.send_task(DELIVER_TASK, args=[message_id])
    except (OSError, OperationalError) as error:  # the broker is away: the row waits for the sweep
        log.warning("message.not_woken", message=message_id, error=type(error).__name__)


@transaction.atomic
def deliver(message_id: int) -> None:
    """Hand the message to the carrier unless that has been done; a carrier that fails is tried again by the sweep."""
    message = OutgoingMessage.objects.select_for_update().get(pk=message_id)
    if message.state != OutgoingMessage.State.WAITING:
        return
    message.tries += 1
    try:
        outbox.carry(message.kind, message.to, message.text)
    except OSError as error:
        log.warning("message.not_carried", message=message_id, tries=message.tries, error=type(error).__name__)
        if message.tries >= MOST_TRIES:
            message.state = OutgoingMessage.State.FAILED
    else:
        message.state = OutgoingMessage.State.SENT
        message.sent_at = timezone.now()
    if message.passing and message.state != OutgoingMessage.State.WAITING:
        message.text = ""
    message.save(update_fields=["state", "tries", "sent_at", "text"])


def sweep() -> int:
    """Wake what has waited for a while; returns how many."""
    waiting = OutgoingMessage.objects.filter(
        state=OutgoingMessage.State.WAITING, created_at__lt=timezone.now() - LOST_AFTER
    ).order_by("created_at")
    ids = list(waiting.values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    for message_id in ids:
        _wake(message_id)
    return len(ids)

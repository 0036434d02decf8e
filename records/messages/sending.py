"""Sending: the row is written with what it tells of, a task carries it after the commit, a sweep finds what was lost.

A message is claimed (its ``try_after`` moves ahead, in a transaction of its own), carried with nothing locked, then
written off. So two workers never carry the same one at the same time. A worker killed between carrying and writing off leaves
it to be carried once more, under the same key: a gateway that knows the key sends it once, files and SMTP may have it twice.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from records.messages.carriers import Undelivered, carrier_of
from records.messages.models import OutgoingMessage

log = structlog.get_logger(__name__)

DELIVER_TASK = "records.deliver_message"
SWEEP_TASK = "records.sweep_messages"
MOST_TRIES = 6
MOST_TRIES_PASSING = 3
"""A code is over before a fourth try."""
FIRST_PAUSE, LONGEST_PAUSE = 30, 2 * 3600
JITTER = 0.2
"""Pauses vary by this share, so that what failed together does not come back together."""
CLAIMED_FOR = dt.timedelta(minutes=2)
LOST_AFTER = dt.timedelta(minutes=2)
SWEPT_AT_ONCE = 1000
SWEEP_SECONDS = 50

State = OutgoingMessage.State


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


def wake_sweep() -> None:
    """Have a worker look for due messages now, not only when the next sweep comes."""
    try:
        current_app.send_task(SWEEP_TASK)
    except (OSError, OperationalError) as error:
        log.warning("message.not_woken", error=type(error).__name__)


def deliver(message_id: int) -> bool:
    """Carry the message unless it has left, waits for a later try or for its batch's release; returns whether it was tried."""
    claimed = _claim(OutgoingMessage.objects.filter(pk=message_id).filter(Q(try_after=None) | Q(try_after__lte=timezone.now())))
    if claimed is not None:
        _carry(claimed)
    return claimed is not None


def sweep() -> int:
    """Carry what is due, oldest first, until nothing is or time is over; returns how many were tried. Several may run at once."""
    end, tried = time.monotonic() + SWEEP_SECONDS, 0
    while tried < SWEPT_AT_ONCE and time.monotonic() < end:
        message = _claim(_due())
        if message is None:
            break
        _carry(message)
        tried += 1
    return tried


def _due() -> QuerySet[OutgoingMessage]:
    """Those whose time has come, and those that nobody was woken for."""
    now = timezone.now()
    lost = Q(try_after=None, created_at__lt=now - LOST_AFTER)
    return OutgoingMessage.objects.filter(Q(try_after__lte=now) | lost)


@transaction.atomic
def _claim(messages: QuerySet[OutgoingMessage]) -> OutgoingMessage | None:
    """The oldest of them that waits and may leave, as this worker's own for a while; rows that others hold are passed by."""
    may_leave = Q(batch=None) | Q(batch__released_at__isnull=False, batch__cancelled_at=None)
    waiting = messages.filter(may_leave, state=State.WAITING).order_by("created_at", "pk")
    message = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if message is not None:
        message.tries += 1
        message.try_after = timezone.now() + CLAIMED_FOR
        message.save(update_fields=["tries", "try_after"])
    return message


def _carry(message: OutgoingMessage) -> None:
    try:
        receipt = carrier_of(message.kind).carry(message.kind, message.to, message.subject, message.text, key=_key(message))
    except Undelivered as failure:
        log.warning("message.not_carried", message=message.pk, tries=message.tries, fault=failure.fault)
        _put_off(message, failure)
    else:
        _write_off(message, state=State.SENT, sent_at=timezone.now(), receipt=receipt, fault="")


def _key(message: OutgoingMessage) -> str:
    """The same for every try; another after staff sent it again although the carrier had finally refused it."""
    return f"kaoji-{message.created_at:%Y%m%d%H%M%S}-{message.pk}-{message.round}"


def _put_off(message: OutgoingMessage, failure: Undelivered) -> None:
    most = MOST_TRIES_PASSING if message.passing else MOST_TRIES
    if failure.is_final or message.tries >= most:
        _write_off(message, state=State.FAILED, fault=failure.fault, is_final=failure.is_final)
        return
    seconds = max(pause_after(message.tries), failure.wait)
    _mine(message).update(fault=failure.fault, try_after=timezone.now() + dt.timedelta(seconds=seconds))


def pause_after(tries: int) -> float:
    """Seconds until the next try after so many failed ones: half a minute, two, eight … at most two hours, each a little off."""
    pause = min(FIRST_PAUSE * 4.0 ** (tries - 1), LONGEST_PAUSE)
    return pause * random.uniform(1 - JITTER, 1 + JITTER)


def _write_off(message: OutgoingMessage, **columns: object) -> None:
    if message.passing:
        columns["text"] = ""
    _mine(message).update(try_after=None, **columns)


def _mine(message: OutgoingMessage) -> QuerySet[OutgoingMessage]:
    """The row, as long as this try is its latest one."""
    return OutgoingMessage.objects.filter(pk=message.pk, state=State.WAITING, tries=message.tries)


def may_be_sent_again(message: OutgoingMessage) -> bool:
    """Whether staff may have another try made: it failed, and its text is still there."""
    return message.state == State.FAILED and not message.passing


@transaction.atomic
def send_again(message: OutgoingMessage) -> None:
    """Give a failed message new tries. One that was refused for good gets a new key, one that may have left keeps its own."""
    failed = OutgoingMessage.objects.filter(pk=message.pk, state=State.FAILED, passing=False)
    failed.filter(is_final=True).update(round=F("round") + 1, is_final=False)
    if failed.update(state=State.WAITING, tries=0, try_after=None, fault=""):
        transaction.on_commit(partial(_wake, message.pk))

"""Messages to many candidates: one person prepares them, another releases them; until then nothing leaves.

A batch says whom it is about, not who they were: at the release they are counted again, and what was counted is what is released.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import ServerClock
from audit.workflow import NotNow, Problem, Refused
from records.candidates.models import Candidate, Registration
from records.jobs.running import start
from records.messages import choosing
from records.messages.models import InboxMessage, MessageBatch, OutgoingMessage
from records.messages.sending import wake_sweep
from records.messages.templates import segments
from records.offices.models import Office
from records.people.identity import mentions_a_number
from records.people.models import User

PREPARE, RELEASE = "records.prepare_messages", "records.release_messages"
JOB = "messages.send-batch"
TEMPLATE = "batch"
CHUNK = 500
LONGEST = 300
MOST_SEGMENTS = 5
EXAMPLES = 3
Report = Callable[[int, int], None]


def recipients(office: Office, query: dict[str, Any]) -> QuerySet[Candidate]:
    """Whom a batch of this office is about: the city's candidates, or those whom the university manages, narrowed by ``query``.

    ``query``: ``university``, ``major`` (ids), ``first_day``, ``last_day`` of a registration (ISO), ``record`` (``open`` or
    ``none``), ``case`` (as ``choosing.choices`` writes it); what is absent narrows nothing.
    """
    found = Candidate.objects.filter(merged_into=None)
    if office.kind != Office.Kind.MUNICIPALITY:
        found = found.filter(managing_university=office)
    elif query.get("university"):
        found = found.filter(managing_university=query["university"])
    if query.get("record"):
        found = found.filter(record_number__isnull=query["record"] == "none")
    if query.get("case"):
        holders = choosing.holders_of(query["case"], office)
        found = found.none() if holders is None else found.filter(pk__in=holders)
    chosen = _registrations(query)
    return found.filter(Exists(Registration.objects.filter(chosen, candidate=OuterRef("pk")))) if chosen else found


def _registrations(query: dict[str, Any]) -> Q:
    chosen = Q(major=query["major"], closed_on=None) if query.get("major") else Q()
    if query.get("first_day"):
        chosen &= Q(registered_on__gte=dt.date.fromisoformat(query["first_day"]))
    if query.get("last_day"):
        chosen &= Q(registered_on__lte=dt.date.fromisoformat(query["last_day"]))
    return chosen


def office_of(user: User) -> Office:
    """The office for which this person writes to candidates: the city or a university; else ``PermissionDenied``."""
    kinds = (Office.Kind.MUNICIPALITY, Office.Kind.UNIVERSITY)
    office = Office.objects.filter(pk__in=user.reach.office_ids, kind__in=kinds).first()
    if office is None:
        raise PermissionDenied("messages")
    return office


def visible_to(user: User) -> QuerySet[MessageBatch]:
    """The batches of the person's own office; the city sees all."""
    batches = MessageBatch.objects.select_related("office", "prepared_by", "released_by", "cancelled_by", "job")
    return batches if user.reach.municipal else batches.filter(office__in=user.reach.office_ids)


def faults_of(text: str, *, by_sms: bool) -> list[str]:
    """What keeps this text from being sent to many."""
    faults = []
    if mentions_a_number(text):
        faults.append(_("内容里有像证件号码或手机号码的数字。群发消息里不写任何人的号码，联系电话请写带区号的座机。"))
    if by_sms and segments(sms_of(text)) > MOST_SEGMENTS:
        faults.append(_("作为短信太长：最多%(count)s条。") % {"count": MOST_SEGMENTS})
    return faults


def sms_of(text: str) -> str:
    """The text as a short message, with the sender's name in front."""
    return _("【考籍】%(text)s") % {"text": text}


def prepare(user: User, *, title: str, text: str, query: dict[str, Any], by_sms: bool) -> MessageBatch:
    """Hold a batch until it is released. Raises ``PermissionDenied``, or ``Refused`` with what is wrong with the text."""
    if not user.has_perm(PREPARE):
        raise PermissionDenied(PREPARE)
    office = office_of(user)
    if faults := faults_of(f"{title} {text}", by_sms=by_sms):
        raise Refused([Problem("messages.text", fault) for fault in faults])
    count = recipients(office, query).count()
    return MessageBatch.objects.create(
        office=office, title=title, text=text, query=query, by_sms=by_sms, count=count, prepared_by=user
    )


def is_held(batch: MessageBatch) -> bool:
    """Whether it waits for its release."""
    return batch.released_at is None and batch.cancelled_at is None


def may_release(user: User, batch: MessageBatch) -> bool:
    """Whether this head may release it: of the batch's own office, and another person than who prepared it."""
    mine = batch.office_id in user.reach.office_ids
    return mine and user.has_perm(RELEASE) and user.pk != batch.prepared_by_id


def may_cancel(user: User, batch: MessageBatch) -> bool:
    """Whether this person may withdraw it: who prepared it, or a head of its office."""
    mine = batch.office_id in user.reach.office_ids
    return mine and (user.pk == batch.prepared_by_id or user.has_perm(RELEASE))


@transaction.atomic
def release(batch: MessageBatch, *, by: User, expected: int) -> MessageBatch:
    """Let it leave, by a job. ``expected`` is how many people the head was shown.

    Raises ``PermissionDenied``; ``NotNow`` when it is no longer held, or when there are not so many any more: look again.
    """
    batch = _held(batch)
    if not may_release(by, batch):
        raise PermissionDenied(RELEASE)
    count = recipients(batch.office, batch.query).count()
    if count != expected:
        changed = _("现在有%(count)s人，不是刚才看到的%(expected)s人。请再核对一次。")
        raise NotNow([Problem("messages.count-changed", changed % {"count": count, "expected": expected})])
    batch.job = start(JOB, _("群发消息：%(title)s") % {"title": batch.title}, by=by, office=batch.office, batch=batch.pk)
    batch.count, batch.released_by, batch.released_at = count, by, timezone.now()
    batch.save(update_fields=["job", "count", "released_by", "released_at"])
    return batch


@transaction.atomic
def cancel(batch: MessageBatch, *, by: User) -> None:
    """Withdraw a batch that is held. Raises ``PermissionDenied``, or ``NotNow`` when it has been released or withdrawn."""
    batch = _held(batch)
    if not may_cancel(by, batch):
        raise PermissionDenied(PREPARE)
    batch.cancelled_by, batch.cancelled_at = by, timezone.now()
    batch.save(update_fields=["cancelled_by", "cancelled_at"])


def _held(batch: MessageBatch) -> MessageBatch:
    batch = MessageBatch.objects.select_for_update(of=("self",)).select_related("office").get(pk=batch.pk)
    if not is_held(batch):
        raise NotNow([Problem("messages.moved-on", _("这一批已经放行或撤回，请刷新后查看。"))])
    return batch


def carry_out(batch: MessageBatch, report: Report) -> None:
    """The job's work, chunk by chunk; what an earlier attempt wrote is not written again (one per batch and candidate)."""
    people = recipients(batch.office, batch.query).only("pk", "phone").order_by("pk")
    done, last = 0, 0
    while chunk := list(people.filter(pk__gt=last)[:CHUNK]):
        with transaction.atomic():
            _write(batch, chunk)
        wake_sweep()
        done, last = done + len(chunk), chunk[-1].pk
        report(done, max(done, batch.count))


def _write(batch: MessageBatch, people: list[Candidate]) -> None:
    InboxMessage.objects.bulk_create(
        [InboxMessage(candidate=person, template=TEMPLATE, title=batch.title, text=batch.text, batch=batch) for person in people],
        ignore_conflicts=True,
    )
    if batch.by_sms:
        OutgoingMessage.objects.bulk_create([_sms(batch, one) for one in people if one.phone], ignore_conflicts=True)


def _sms(batch: MessageBatch, person: Candidate) -> OutgoingMessage:
    """A row that the next sweep carries: a batch wakes no worker for each of its messages."""
    return OutgoingMessage(
        kind=OutgoingMessage.Kind.SMS,
        to=person.phone,
        text=sms_of(batch.text),
        candidate=person,
        template=TEMPLATE,
        batch=batch,
        try_after=ServerClock(),
    )

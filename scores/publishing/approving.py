"""The second person approves a publication for a minute to come; until that minute the approval can be withdrawn (art. 18).

At the minute ``publish_due`` flips the row and does nothing else. It waits for nobody who works at the sitting: whoever changes
marks that were not out yet is waited for by the job behind it (``publication.enter_credits``).
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import Event, ServerClock
from audit.workflow import NotNow, Problem, Refused
from records.people.models import User
from scores.models import Publication
from scores.publishing import clock
from scores.publishing.publication import figures, locked, moved_on, publishing_job
from scores.results import sheets
from scores.trail import record_step

log = structlog.get_logger(__name__)

FARTHEST = dt.timedelta(days=60)
LATE_AFTER = dt.timedelta(minutes=1)
NOTHING_APPROVED = {
    "confirmed_by": None,
    "approved_at": None,
    "announced_at": None,
    "is_announced": False,
    "sheets_through": 0,
    "sheets_made_at": None,
}


def approve(publication: Publication, *, by: User, minute: dt.datetime, is_announced: bool) -> None:
    """The second person approves for ``minute``; a worker makes the sheets ready meanwhile, which nobody sees before.

    ``is_announced``: visitors and candidates are told of the minute. PermissionDenied, also in the trail: the person who asked
    may not approve. NotNow: not asked for, approved already, or out. Refused: a minute that is past or too far away.
    """
    try:
        _approve(publication, by, minute, is_announced)
    except PermissionDenied:
        record_step("approve", publication, before="prepared", outcome=Event.Outcome.DENIED)
        raise


@transaction.atomic
def _approve(publication: Publication, by: User, minute: dt.datetime, is_announced: bool) -> None:
    publication = locked(publication)
    if publication.published_at or publication.approved_at or not publication.prepared_at:
        raise moved_on()
    if publication.prepared_by_id == by.pk:
        raise PermissionDenied("approve")
    problems = minute_to_come(minute, clock.now())
    if problems:
        raise Refused(problems)
    approval = {"confirmed_by": by, "approved_at": ServerClock(), "announced_at": minute, "is_announced": is_announced}
    Publication.objects.filter(pk=publication.pk).update(**approval)
    sheets.start_making(publication, by=by)
    details = {**figures(publication), "announced_at": minute.isoformat(), "is_announced": is_announced}
    record_step("approve", publication, before="prepared", after="approved", details=details)


@transaction.atomic
def withdraw_approval(publication: Publication, *, by: User, note: str) -> None:
    """Either of the two takes the approval back before its minute, with the reason; it waits for the second person again.

    NotNow: not approved, out, or the minute has come. Everything is as before: the sheets are removed by a worker.
    """
    publication = locked(publication)
    if publication.published_at or not publication.approved_at:
        raise moved_on()
    if is_due(publication, clock.now()):
        raise NotNow([Problem("scores.minute-has-come", _("预定的公布时间已到，不能再收回批准。"))])
    if not note.strip():
        raise Refused([Problem("step.note-missing", _("请填写理由。"))])
    Publication.objects.filter(pk=publication.pk).update(**NOTHING_APPROVED)
    sheets.start_making(publication, by=by)
    record_step("withdraw-approval", publication, before="approved", after="prepared", note=note, details={"withdrawn_by": by.pk})


def publish_due() -> int:
    """Publish what was approved for a minute that has come; how many. One that fails does not hold up the others."""
    due = Publication.objects.waiting_for_their_minute().filter(announced_at__lte=clock.now()).order_by("announced_at")
    return sum(_publish_if_due(pk) for pk in due.values_list("pk", flat=True))


def _publish_if_due(pk: int) -> bool:
    try:
        return _publish_one(pk)
    except Exception:
        log.exception("publication.not_published", publication=pk)
        return False


@transaction.atomic
def _publish_one(pk: int) -> bool:
    """Flip the row unless somebody else has, or has taken it back. The clock is read once the row is held."""
    waiting = Publication.objects.waiting_for_their_minute().select_related("sitting", "confirmed_by")
    publication = waiting.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    now = clock.now()
    if publication is None or not is_due(publication, now):
        return False
    job = publishing_job(publication, by=publication.confirmed_by)
    Publication.objects.filter(pk=pk).update(job=job, published_at=now)
    publication.published_at = now
    late = lateness(publication, now)
    if late:
        log.warning("publication.late", publication=pk, seconds=int(late.total_seconds()))
    details = {**figures(publication), "late_seconds": int(late.total_seconds())}
    record_step("publish", publication, before="approved", after="published", details=details)
    return True


def minute_to_come(minute: dt.datetime, now: dt.datetime) -> list[Problem]:
    """Marks come out at a whole minute to come, and not so far away that nobody remembers it."""
    if minute.second or minute.microsecond:
        return [Problem("scores.minute-not-whole", _("公布时间精确到分钟。"))]
    if minute <= now:
        return [Problem("scores.minute-past", _("公布时间已经过去。要马上公布的，请用“现在公布”。"))]
    if minute > now + FARTHEST:
        text = _("公布时间最迟在%(days)s天以内。") % {"days": FARTHEST.days}
        return [Problem("scores.minute-too-far", text)]
    return []


def is_due(publication: Publication, now: dt.datetime) -> bool:
    """Whether the minute that a publication was approved for has come."""
    return publication.announced_at is not None and publication.announced_at <= now


def lateness(publication: Publication, now: dt.datetime) -> dt.timedelta:
    """How much later than announced it came out, or is by now; zero up to a minute, and for one without a minute."""
    if publication.announced_at is None or publication.approved_at is None:
        return dt.timedelta()
    late = (publication.published_at or now) - publication.announced_at
    return late if late >= LATE_AFTER else dt.timedelta()


def remaining(publication: Publication) -> dt.timedelta:
    """Until the minute of a publication that waits for it; zero when it has come."""
    if publication.announced_at is None:
        return dt.timedelta()
    return max(publication.announced_at - timezone.now(), dt.timedelta())

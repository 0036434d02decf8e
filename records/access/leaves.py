"""The leave itself: on which request somebody may open a record now, and until when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.timeline import day
from records.access.models import AccessRequest

if TYPE_CHECKING:
    from records.people.models import User


def leave_for(user: User, candidate_id: int) -> AccessRequest | None:
    """The leave in force now on which this person may open this record, of several the one that lasts longest; one statement.

    None for whoever has left the office for which it was given.
    """
    mine = AccessRequest.objects.in_force().filter(requester=user.pk, office__in=user.reach.office_ids)
    found: AccessRequest | None = mine.filter(records__candidate=candidate_id).order_by("-ends_at", "-pk").first()
    return found


def end_of(days: int, granted_at: dt.datetime) -> dt.datetime:
    """The first moment after ``days`` days; the day of the grant is not counted (Civil Code art. 201)."""
    last = timezone.localdate(granted_at) + dt.timedelta(days=days)
    return timezone.make_aware(dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min))


def end_in_words(ends_at: dt.datetime) -> str:
    """11月24日24时, of an urgent look 11月24日10时08分."""
    local = timezone.localtime(ends_at)
    if local.time() == dt.time.min:
        return _("%(day)s24时") % {"day": day(local.date() - dt.timedelta(days=1))}
    return _("%(day)s%(hour)s时%(minute)s分") % {"day": day(local.date()), "hour": local.hour, "minute": f"{local.minute:02}"}

"""What was done together with an event: in the same transaction, and at the same request of the same page."""

from __future__ import annotations

import datetime as dt

from audit.models import Event
from config.trail.numbers import numbers_between
from config.trail.sight import own_events
from records.people.models import User

MOST = 20
NEARBY = dt.timedelta(hours=1)


def of_the_same_transaction(user: User, event: Event) -> list[Event]:
    """The first of them besides the event itself, of those that the person sees whole."""
    kin = own_events(user).filter(transaction=event.transaction).exclude(pk=event.pk)
    return list(kin.select_related("actor").order_by("pk")[:MOST])


def of_the_same_request(user: User, event: Event) -> list[Event]:
    """Those of other transactions within an hour: a job works on for long under the number of the request that began it."""
    if not event.request_id:
        return []
    since, until = event.at - NEARBY, event.at + NEARBY
    low, high = numbers_between(since, until)
    near = own_events(user).filter(pk__gte=low, pk__lte=high, at__gte=since, at__lt=until, request_id=event.request_id)
    return list(near.exclude(transaction=event.transaction).select_related("actor").order_by("pk")[:MOST])

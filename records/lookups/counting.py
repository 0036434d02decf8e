"""How many look-ups there were: counted in the cache, where it costs a request nothing, and added to the day's row by a task."""

from __future__ import annotations

import datetime as dt

from django.core.cache import cache
from django.db.models import F
from django.utils import timezone

from records.lookups.counters import raised
from records.lookups.models import LookupCount

OWN_SPACE, OWN_COURSES, PROGRESS, OWN_CASE, DOCUMENT, OWN_READS = "L2", "L3", "L2P", "L2C", "L2D", "L2R"
TEXT = "L5"
CHANNELS = ("L1", "L4", TEXT, "L7", "L8", OWN_SPACE, OWN_COURSES, PROGRESS, OWN_CASE, DOCUMENT, OWN_READS)
"""Look-ups without an account, and what candidates open of their own: space, courses, progress, cases, documents, reads."""

KEPT_SECONDS = 3 * 24 * 3600
DAYS_BACK = 2


def count(channel: str) -> None:
    """One more look-up through ``channel`` today."""
    raised({_key(channel, timezone.localdate()): KEPT_SECONDS})


def collect() -> None:
    """Move what was counted into the rows of the days."""
    today = timezone.localdate()
    for channel in CHANNELS:
        for back in range(DAYS_BACK + 1):
            _move(channel, today - dt.timedelta(days=back))


def _move(channel: str, day: dt.date) -> None:
    key = _key(channel, day)
    counted = cache.get(key, 0)
    if not counted:
        return
    cache.decr(key, counted)
    LookupCount.objects.get_or_create(channel=channel, day=day)
    LookupCount.objects.filter(channel=channel, day=day).update(count=F("count") + counted)


def _key(channel: str, day: dt.date) -> str:
    return f"lookups:{channel}:{day.isoformat()}"

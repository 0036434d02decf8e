"""Between which numbers the events of a span of time lie: every index of the trail ends with the event's number.

Numbers are given in the order of time, so the ends are found by probing the primary key. What the clock says is asked as well;
an event whose number and time disagree is an affair of the seals, not of a search.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Max, Min

from audit.models import Event

NEAR = 10_000
"""Two sessions may write a number and a time crosswise: so many numbers are left at either end, below that nothing is probed."""


def numbers_between(since: dt.datetime, until: dt.datetime) -> tuple[int, int]:
    """Bounds (both included) of the numbers that events from ``since`` to before ``until`` can have."""
    ends = Event.objects.aggregate(low=Min("pk"), high=Max("pk"))
    low, high = ends["low"] or 0, ends["high"] or 0
    return _near(since, low, high)[0], _near(until, low, high)[1]


def _near(moment: dt.datetime, low: int, high: int) -> tuple[int, int]:
    """A stretch of numbers in which the first event at or after ``moment`` lies, with what may lie crosswise on either side."""
    while high - low > NEAR:
        middle = (low + high) // 2
        found = Event.objects.filter(pk__gte=middle).order_by("pk").values_list("pk", "at").first()
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = found[0]
    return low - NEAR, high + NEAR

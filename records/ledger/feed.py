"""Reading the change feed, or the trail: each follower in a job of its own, from its own cursor, missing nothing.

Changes are read in the order of their transactions and only up to the oldest one still running: a long transaction that commits
late is never skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db import connection, transaction

from audit.models import Event, EventQuerySet
from audit.order import FINAL
from records.ledger.models import CreditChange, FeedCursor

_AFTER = "(transaction, id) > (%s, %s)"
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + kaoji_shift()"


@transaction.atomic
def follow(follower: str, react: Callable[[list[CreditChange]], None], *, at_most: int = 5000) -> int:
    """Hand the next changes to ``react`` and move the cursor, in one transaction; returns how many there were.

    A follower's runs exclude each other. If ``react`` raises, the cursor stays and the same changes come again; while it runs,
    the cursor stands behind them.
    """
    FeedCursor.objects.get_or_create(follower=follower)
    cursor = FeedCursor.objects.select_for_update().get(follower=follower)
    changes = list(
        CreditChange.objects.extra(where=[FINAL, _AFTER], params=[cursor.transaction, cursor.change_id]).order_by(
            "transaction", "id"
        )[:at_most]
    )
    if changes:
        cursor.transaction, cursor.change_id = changes[-1].transaction, changes[-1].pk
        cursor.save()
        react(changes)
    return len(changes)


@transaction.atomic
def follow_trail(follower: str, chosen: EventQuerySet, react: Callable[[list[Event]], int], *, at_most: int = 1000) -> int:
    """Hand the next of the ``chosen`` lines of the trail to ``react`` and move the cursor; what ``react`` returned.

    The same as ``follow``, but what was before the follower's first run is not read.
    """
    horizon = _horizon()
    FeedCursor.objects.get_or_create(follower=follower, defaults={"transaction": horizon})
    cursor = FeedCursor.objects.select_for_update().get(follower=follower)
    unread = chosen.filter(transaction__lt=horizon).extra(where=[FINAL, _AFTER], params=[cursor.transaction, cursor.change_id])
    events = list(unread.order_by("transaction", "id")[:at_most])
    if len(events) == at_most:
        cursor.transaction, cursor.change_id = events[-1].transaction, events[-1].pk
    else:
        cursor.transaction, cursor.change_id = max(cursor.transaction, horizon), 0
    cursor.save()
    return react(events)


def _horizon() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        return int(cursor.fetchone()[0])


def tell_of_correction(candidate_id: int) -> None:
    """Append to the feed that a candidate's personal data were corrected, in the caller's transaction."""
    CreditChange.objects.create(candidate_id=candidate_id, kind=CreditChange.Kind.CORRECTED)


def not_yet_told(follower: str, candidate_ids: Collection[int]) -> set[int]:
    """Those of the candidates whose data were corrected since the follower last read: it may still hold what was there before."""
    cursor = FeedCursor.objects.filter(follower=follower).first() or FeedCursor()
    corrected = CreditChange.objects.filter(kind=CreditChange.Kind.CORRECTED, candidate__in=candidate_ids)
    untold = corrected.extra(where=[_AFTER], params=[cursor.transaction, cursor.change_id])
    return set(untold.values_list("candidate_id", flat=True))


def has_read(follower: str, change: CreditChange) -> bool:
    """Whether a follower has been handed this change and is done with it."""
    cursor = FeedCursor.objects.filter(follower=follower).first() or FeedCursor()
    return (cursor.transaction, cursor.change_id) >= (change.transaction, change.pk)

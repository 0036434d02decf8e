"""Who may not be registered for an examination: a suspension (停考) runs on the day (令33号 art. 9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from records.penalties.models import Penalty


def suspended_on(candidate_ids: Collection[int], day: dt.date) -> dict[int, Penalty]:
    """By candidate's id the suspension that runs on ``day``, of several the one that ends last; nobody else is in it.

    First and last day are within; a delay of graduation suspends nobody, nor does a decision that was revoked.
    """
    running = Penalty.objects.running_on(day).filter(kind=Penalty.Kind.SUSPENSION, candidate__in=candidate_ids)
    return {penalty.candidate_id: penalty for penalty in running.order_by("ends_on", "pk")}

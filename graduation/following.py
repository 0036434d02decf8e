"""Applications under way follow the credits: whoever's changed is audited again, and the verdict on the file is renewed.

Nothing is moved: an application that is no longer complete stays where it lies, and its page says so to whoever decides.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from graduation.models import GraduationApplication
from graduation.snapshots import CREDITS_CHANGED, audits_of, snapshot
from records.ledger.feed import follow
from records.ledger.models import CreditChange

FOLLOWER = "graduation"
UNDER_WAY = ("university", "municipality", "returned")
CHUNK = 5000


def follow_credits() -> int:
    """Read the feed to its end; how many changes there were."""
    total = 0
    while count := follow(FOLLOWER, renew_verdicts, at_most=CHUNK):
        total += count
    return total


def renew_verdicts(changes: list[CreditChange]) -> None:
    """Audit the applications under way of these candidates; the verdict is written where anything in it differs."""
    under_way = GraduationApplication.objects.filter(status__in=UNDER_WAY)
    cases = list(
        under_way.filter(candidate__in={change.candidate_id for change in changes})
        .select_related("candidate", "major", "plan")
        .order_by("pk")
    )
    now = timezone.now()
    for case, answer in zip(cases, audits_of(cases), strict=True):
        renewed = snapshot(answer, CREDITS_CHANGED, now)
        if _substance(renewed) != _substance(case.verdict):
            under_way.filter(pk=case.pk).update(verdict=renewed)


def _substance(verdict: dict[str, Any]) -> dict[str, Any]:
    """The verdict without when and why it was asked for."""
    return {name: value for name, value in verdict.items() if name not in ("because", "at", "on")}

"""Applications under way follow the credits: whoever's changed is audited again, and the verdict on the file is renewed.

Nothing is moved: an application that is no longer complete stays where it lies, and its page says so to whoever decides.
Where the record itself was corrected, what the university had confirmed of the old data is asked anew.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.acting import acting
from graduation.facts import FOLLOWER
from graduation.models import GraduationApplication
from graduation.snapshots import CREDITS_CHANGED, audits_of, snapshot
from records.corrections.history import corrected_fields
from records.ledger.feed import follow
from records.ledger.models import CreditChange

UNDER_WAY = ("university", "municipality", "returned")
CHUNK = 5000


def follow_credits() -> int:
    """Read the feed to its end; how many changes there were."""
    total = 0
    while count := follow(FOLLOWER, renew_verdicts, at_most=CHUNK):
        total += count
    return total


CONFIRMED = {
    "identity_confirmed": frozenset({"name", "sex", "document", "birth_date"}),
    "photo_confirmed": frozenset({"photo"}),
    "prior_diploma_verified": frozenset({"name", "document", "prior_education", "prior_major"}),
}
"""What the university writes down of an application, and the data of the record that it held against the originals."""


def ask_anew(changes: list[CreditChange]) -> None:
    """Take back what was confirmed of data that have been corrected since; nothing else on the application is touched."""
    with acting(purpose=_("考籍更改后须重新核对")):
        for candidate_id, fields in corrected_fields(changes).items():
            stale = dict.fromkeys(name for name, data in CONFIRMED.items() if data & fields)
            if stale:
                GraduationApplication.objects.filter(status__in=UNDER_WAY, candidate=candidate_id).update(**stale)


def renew_verdicts(changes: list[CreditChange]) -> None:
    """Audit the applications under way of these candidates; the verdict is written where anything in it differs."""
    ask_anew(changes)
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

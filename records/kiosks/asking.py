"""Three numbers that belong to one person, and the answer that a terminal fetches once.

What is found is never kept on the terminal: the page that was asked gives a key, the page that shows uses it up. So there is no
page to go back to and nothing to send again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.core.cache import cache

from records.candidates.models import STANDING, Candidate, Ticket
from records.kiosks.models import Kiosk
from records.lookups import limits
from records.people.finding import LONGEST_NUMBER, NOBODY, identity_hashes, typed
from records.settings.values import value_of

PERSON = limits.Limit("kiosk-person", 10, limits.HOUR)
"""Questions about one identity number, and about one record number, from all terminals together."""
KEPT_SECONDS = 60
LONGEST_KEY = 64


@dataclass(frozen=True)
class Answer:
    """Whom the numbers mean (``NOBODY`` for a miss), or in how many seconds it may be tried again."""

    candidate_id: int
    wait_seconds: int = 0


def ask(kiosk: Kiosk, identity: str, ticket: str, record: str) -> str:
    """The key under which this terminal fetches the answer, once and soon. Counts, whether somebody is found or not."""
    numbers = [typed(each)[:LONGEST_NUMBER] for each in (identity, ticket, record)]
    try:
        _count(kiosk, numbers[0], numbers[2])
    except limits.TooMany as refusal:
        return _kept(kiosk, Answer(NOBODY, refusal.seconds))
    return _kept(kiosk, Answer(candidate_id_of(*numbers)))


def answer_of(kiosk: Kiosk, key: str) -> Answer | None:
    """What was asked under this key; None when it was fetched before, belongs to another terminal, or is too old."""
    kept = cache.get(_name(kiosk, key)) if 0 < len(key) <= LONGEST_KEY else None
    if kept is None or not cache.delete(_name(kiosk, key)):
        return None
    return Answer(*kept)


def candidate_id_of(identity: str, ticket: str, record: str) -> int:
    """Whose all three numbers are, else ``NOBODY``; one statement and two hashes for every question. Wants ``typed`` numbers.

    The ticket may be a former one of the same person; numbers of a record that was merged into another one mean the other.
    """
    holders = Ticket.objects.filter(number=ticket).values_list("candidate")
    recorded = Candidate.objects.filter(record_number=record).values_list(STANDING)
    named = Candidate.objects.filter(identity_hash__in=identity_hashes(identity)).values_list(STANDING)
    found = Candidate.objects.filter(pk__in=holders).filter(pk__in=recorded).filter(pk__in=named)
    return found.values_list("pk", flat=True).first() or NOBODY


def _count(kiosk: Kiosk, identity: str, record: str) -> None:
    most = value_of("kiosk.lookups_per_hour", office_id=kiosk.office_id)
    limits.take(limits.Limit("kiosk", most, limits.HOUR), str(kiosk.pk))
    limits.take(PERSON, f"identity:{identity}")
    limits.take(PERSON, f"record:{record}")


def _kept(kiosk: Kiosk, answer: Answer) -> str:
    key = secrets.token_urlsafe(18)
    cache.set(_name(kiosk, key), (answer.candidate_id, answer.wait_seconds), timeout=KEPT_SECONDS)
    return key


def _name(kiosk: Kiosk, key: str) -> str:
    return f"kiosk-answer:{kiosk.pk}:{key}"

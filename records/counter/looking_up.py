"""The look-up itself: who is meant, the row and the read that it leaves, and the token by which it goes on for some minutes.

Whoever stands at the counter with a proof may ask at any of them, so any candidate of the city is found. What lies outside the
office's own reach is marked in the row; in the trail it is a read like any other, and unusual reading counts it as outside.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing
from django.db import transaction

from audit.acting import acting
from audit.trail import record_read, record_search
from records.candidates.models import Candidate
from records.candidates.searching import term_hash
from records.counter.forms import OFFICES_NUMBER
from records.counter.models import CounterLookup
from records.counter.proofs import purpose_of
from records.lookups import limits
from records.lookups.record_number import is_called
from records.offices.models import Office
from records.people.encryption import lookup_hash
from records.people.finding import IDENTITY, typed
from records.people.identity import normalise
from records.people.models import User

LOOKUPS = limits.Limit("counter", 120, limits.HOUR)
MISSES = limits.Limit("counter-miss", 20, limits.HOUR)
"""Of one clerk: nobody serves more people, and nobody mistypes so often."""
SALT = "counter-answer"
GOOD_SECONDS = 10 * 60


@dataclass(frozen=True)
class Asked:
    """What the clerk typed; ``kind`` is a kind of document or ``OFFICES_NUMBER``, ``proof`` a code of ``PROOFS``."""

    kind: str
    number: str
    name: str
    proof: str
    note: str

    @property
    def purpose(self) -> str:
        """As the trail keeps it and the candidate reads it."""
        return purpose_of(self.proof)


def look_up(asked: Asked, *, office: Office, by: User) -> CounterLookup | None:
    """The look-up as written down, with its read; None for a miss, of which the trail keeps the keyed hash of the number.

    Raises ``TooMany`` for a clerk who asks, or misses, too often.
    """
    limits.take(LOOKUPS, str(by.pk))
    found = _meant(asked)
    if found is None:
        record_search("counter", Candidate, term_hash(asked.number), 0, purpose=asked.purpose)
        limits.take(MISSES, str(by.pk))
        return None
    outside = not Candidate.objects.visible_to(by).filter(pk=found.pk).exists()
    with transaction.atomic(), acting(by, purpose=asked.purpose):
        row = CounterLookup.objects.create(
            office=office, by=by, candidate=found, proof=asked.proof, note=asked.note, outside_reach=outside
        )
        record_read("counter", found, candidate_id=found.pk, proof=asked.proof, outside_reach=outside)
    return row


def _meant(asked: Asked) -> Candidate | None:
    """The standing record: numbers of one that was merged into another lead to the other."""
    if asked.kind == OFFICES_NUMBER:
        found = Candidate.by_number(typed(asked.number)).first()
    else:
        hashed = lookup_hash(normalise(asked.kind, asked.number), IDENTITY)
        people = Candidate.objects.filter(document_kind=asked.kind, identity_hash=hashed).select_related("merged_into")
        found = people.order_by("merged_into").last()
    person: Candidate | None = (found.merged_into or found) if found else None
    return person if person and (not asked.name.strip() or is_called(person.name, asked.name)) else None


def token_of(lookup: CounterLookup) -> str:
    """By which the clerk who looked up goes on with it for some minutes, and nobody else."""
    return signing.dumps([lookup.pk, lookup.by_id], salt=SALT, compress=True)


def looked_up(token: str, *, by: User) -> CounterLookup | None:
    """The look-up of this token; None for another clerk's, an old one, a made-up one."""
    try:
        pk, clerk = signing.loads(token, salt=SALT, max_age=GOOD_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if clerk != by.pk:
        return None
    mine = CounterLookup.objects.filter(pk=pk, by=by, office__in=by.reach.office_ids)
    return mine.select_related("candidate__managing_university", "office", "certificate").first()

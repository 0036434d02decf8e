"""L8: from ticket and identity number to the published marks of the latest sitting, without an account.

Two statements whether somebody is found or not; of a candidate nothing but the marks is read.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from records.candidates.models import Candidate
from records.people.encryption import lookup_hash
from records.people.finding import IDENTITY
from records.people.identity import DocumentKind, normalise
from scores.models import Mark, Publication, Sitting

UNKNOWN_KIND = ""


@dataclass(frozen=True)
class Results:
    """What was found: ``is_known`` when ticket and number belong together; the marks may be none all the same."""

    sitting: Sitting | None
    is_known: bool
    marks: list[Mark]


def latest_sitting() -> Sitting | None:
    """The latest sitting of which something has been published."""
    return Sitting.objects.filter(pk__in=Publication.objects.filter(published_at__isnull=False).values("sitting")).first()


def results_of(ticket: str, number: str) -> Results:
    """The marks of whoever holds this ticket and this identity number, in any spelling of it."""
    sitting = latest_sitting()
    spellings = {normalise(DocumentKind.RESIDENT, number), normalise(UNKNOWN_KIND, number)}
    hashes = [lookup_hash(spelling, IDENTITY) for spelling in spellings]
    merged = Candidate.objects.filter(merged_into=OuterRef("pk"), identity_hash__in=hashes)
    known = Q(identity_hash__in=hashes) | Exists(merged)  # also by the identity number of a record that was merged into this one
    holder = Candidate.objects.filter(known, tickets__number=ticket).only("pk").first()
    key = holder.pk if holder else 0
    marks = Mark.objects.filter(candidate=key, sitting=sitting).select_related("course").order_by("practical", "course__code")
    return Results(sitting, holder is not None, list(marks))

"""From a number that somebody types to the candidate it belongs to: always two statements, however little is found."""

from __future__ import annotations

import unicodedata

from django.db.models import IntegerField, Value

from records.candidates.models import STANDING, Candidate, Ticket
from records.people import identity
from records.people.encryption import lookup_hash

IDENTITY = b"candidate.identity"
LONGEST_NUMBER = 40
NOBODY = -1


def typed(number: str) -> str:
    """The number as the register writes it: half-width capitals without blanks and invisible characters."""
    text = unicodedata.normalize("NFKC", number).upper()
    return "".join(character for character in text if character.isprintable() and not character.isspace())


def identity_hashes(number: str) -> list[bytes]:
    """The hashes under which an identity number may be stored: as typed, and a 15-digit one upgraded."""
    upgraded = identity.normalise(identity.DocumentKind.RESIDENT, number)
    return [lookup_hash(number, IDENTITY), lookup_hash(upgraded, IDENTITY)]


def candidate_id_of(number: str) -> int:
    """The candidate with this record, ticket (also a former one) or identity number; ``NOBODY`` for none and for several.

    Numbers that the office issued go before identity numbers, which other authorities issue. A number of a record that was
    merged into another one leads to the other.
    """
    number = typed(number)[:LONGEST_NUMBER]
    by_record = Candidate.objects.filter(record_number=number).values_list(STANDING, Value(0, IntegerField()))
    by_ticket = Ticket.objects.filter(number=number).values_list("candidate_id", Value(1, IntegerField()))
    by_identity = Candidate.objects.filter(identity_hash__in=identity_hashes(number)).values_list(
        STANDING, Value(2, IntegerField())
    )
    found = sorted(by_record.union(by_ticket, by_identity, all=True), key=_rank)
    best = {pk for pk, rank in found if rank == found[0][1]}
    return best.pop() if len(best) == 1 else NOBODY


def _rank(row: tuple[int, int]) -> int:
    return row[1]


def candidate_of(number: str) -> Candidate | None:
    """The candidate of ``candidate_id_of``."""
    return Candidate.objects.filter(pk=candidate_id_of(number)).first()

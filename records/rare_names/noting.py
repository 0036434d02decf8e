"""Keeping the register in step with the names: filled when a name brings a rare character, emptied when it has none any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import connection, transaction

from records.candidates.models import Candidate
from records.candidates.pinyin import UNKNOWN, sort_key
from records.rare_names import trouble
from records.rare_names.models import RareName

PIECE = 1000

_NEWCOMERS = """
SELECT DISTINCT c.id FROM newcomers n JOIN records_candidate c ON c.id = n.candidate_id
 WHERE c.name ~ %s
"""


def note(candidate: Candidate) -> RareName | None:
    """Bring the register in step with one name; None when the name has no rare character.

    How a clerk said that the name is read stays as long as the name is sorted by it, that is until the name changes.
    """
    found = trouble.of(candidate.name)
    row = RareName.objects.filter(candidate=candidate).first()
    if not found:
        if row is not None:
            row.delete()
        return None
    row = row or RareName(candidate=candidate)
    row.characters, row.reasons = found.characters, list(found.reasons)
    if not row.pinyin or row.pinyin != candidate.name_key:
        row.pinyin, row.said_by = reading_of(candidate.name), None
    row.save()
    return row


def reading_of(name: str) -> str:
    """How the dictionary reads a whole name, syllables between blanks; "" where it does not know each of them."""
    key = sort_key(name)
    return "" if UNKNOWN in key.split() else key


def note_newcomers() -> int:
    """Note those whom the staged rows brought into the register, in the transaction that wrote them; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWCOMERS, [trouble.SUSPICIOUS])
        ids = [pk for (pk,) in cursor.fetchall()]
    return _note_all(ids)


def note_everybody() -> int:
    """Go through all names once more (a new installation, a new font); returns how many are in the register now."""
    suspicious = Candidate.objects.filter(name__regex=trouble.SUSPICIOUS).values_list("pk", flat=True)
    noted = RareName.objects.values_list("candidate", flat=True)
    _note_all(sorted({*suspicious, *noted}))
    return RareName.objects.count()


def _note_all(ids: Iterable[int]) -> int:
    count, left = 0, iter(ids)
    while piece := list(islice(left, PIECE)):
        with transaction.atomic():
            count += sum(note(candidate) is not None for candidate in _candidates(piece))
    return count


def _candidates(ids: list[int]) -> Iterator[Candidate]:
    yield from Candidate.objects.filter(pk__in=ids).order_by("pk")

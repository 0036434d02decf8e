"""Probable duplicates: one name and one birth date under different documents, which a clerk looks at and decides.

Documents are renewed, people change from a passport to a residence permit, digits are mistyped: the identity number alone does
not find everybody again. Nothing is joined by itself.
"""

from __future__ import annotations

import datetime as dt

from records.candidates.models import Candidate
from records.candidates.namesakes import folded_name, folded_text

SHOWN = 20


def probable_duplicates_of(name: str, birth_date: dt.date, document_kind: str, identity_hash: bytes) -> list[Candidate]:
    """Whom the register knows by that name (signs between its parts aside) and birth date under another document; at most 20.

    ``identity_hash`` as ``lookup_hash`` makes it of the normalised number. Who was merged into another record is left out.
    """
    namesakes = Candidate.objects.annotate(folded=folded_name("name")).filter(
        birth_date=birth_date, folded=folded_text(name), merged_into__isnull=True
    )
    others = namesakes.exclude(document_kind=document_kind, identity_hash=identity_hash)
    return list(others.select_related("managing_university").order_by("pk")[:SHOWN])

"""What somebody may mean who types a name or a number into a search box."""

from __future__ import annotations

from django.db.models import Q

from records.candidates.models import Candidate


def meant_by(text: str) -> Q:
    """The condition on candidates: a number exactly, or the beginning of a name, of its pinyin or of its initials.

    Identity numbers are never searched for here: they would stand in an address.
    """
    text = text.strip()
    if not text:
        return Q()
    if text.isascii() and text.isdigit():
        return Q(pk__in=Candidate.by_number(text).values("pk"))
    if text.isascii():
        key = text.lower().replace(" ", "")
        return Q(name_initials__startswith=key) | Q(name_spelling__startswith=key)
    return Q(name__startswith=text)

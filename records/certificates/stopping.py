"""A certificate that could not be printed: where staff see it, so that somebody does something about the name."""

from __future__ import annotations

from django.db import transaction

from records.candidates.models import Candidate
from records.certificates.glyphs import MissingGlyphs
from records.rare_names.models import RareName

FONT = "font"
LONGEST = 60


def note_stop(candidate: Candidate, missing: MissingGlyphs) -> None:
    """Enter the name in the register of rare names, or add to its entry, that the font lacks these characters."""
    with transaction.atomic():
        row, _is_new = RareName.objects.select_for_update().get_or_create(
            candidate=candidate, defaults={"characters": "", "reasons": []}
        )
        characters = "".join(dict.fromkeys([*row.characters, *missing.characters]))[:LONGEST]
        wanted = sorted({*row.reasons, FONT})
        if (row.characters, row.reasons) != (characters, wanted):
            row.characters, row.reasons = characters, wanted
            row.save(update_fields=["characters", "reasons"])

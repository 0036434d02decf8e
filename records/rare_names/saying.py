"""Saying how a rare name is read: a clerk's word, by which the name is sorted and found from then on."""

from __future__ import annotations

import re

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from pypinyin.contrib.tone_convert import to_tone3

from audit.workflow import Problem, Refused
from records.candidates.models import Candidate
from records.candidates.pinyin import INITIALS_LENGTH, SORT_KEY_LENGTH, sort_key
from records.people.models import User
from records.rare_names.models import RareName

REGISTER = "records.register_candidate"
SYLLABLE = re.compile(r"[a-z]{1,40}[1-5]?")
APOSTROPHES = str.maketrans({"'": " ", "’": " ", "·": " ", "-": " "})


def register_of(user: User) -> QuerySet[RareName]:
    """The rare names of the candidates whom the person's university manages."""
    return RareName.objects.filter(
        candidate__managing_university__in=user.reach.universities, candidate__merged_into__isnull=True
    ).select_related("candidate")


@transaction.atomic
def say(row: RareName, pinyin: str, *, by: User) -> RareName:
    """Keep how the whole name is read; name_key and name_initials of the candidate follow.

    ``pinyin`` has a syllable for every character, or a word for every foreign word, between blanks; tones as marks, as digits or
    not at all. Raises ``Refused`` for what cannot be read so.
    """
    if not by.has_perm(REGISTER) or row.candidate.managing_university_id not in by.reach.universities:
        raise PermissionDenied(REGISTER)
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=row.candidate_id)
    syllables = _syllables(pinyin, len(sort_key(candidate.name).split()))
    candidate.name_key = " ".join(syllables)[:SORT_KEY_LENGTH]
    candidate.name_initials = "".join(syllable[0] for syllable in syllables)[:INITIALS_LENGTH]
    candidate.save(update_fields=["name_key", "name_initials"])
    row.pinyin, row.said_by = candidate.name_key, by
    row.save(update_fields=["pinyin", "said_by"])
    return row


def _syllables(text: str, wanted: int) -> list[str]:
    """The syllables as ``pinyin.sort_key`` writes them: lower case, the tone as a digit behind, v for ü."""
    parts = text.lower().replace("u:", "ü").translate(APOSTROPHES).split()
    syllables = [to_tone3(part).replace("ü", "v") for part in parts]
    if wrong := [part for part, syllable in zip(parts, syllables, strict=True) if not SYLLABLE.fullmatch(syllable)]:
        text = _("“%(part)s”不是拼音。每个字一个音节，例如 wáng jí 或 wang2 ji2。") % {"part": wrong[0][:20]}
        raise Refused([Problem("rare-name.syllable", text)])
    if len(syllables) != wanted:
        words = {"wanted": wanted, "count": len(syllables)}
        text = _("姓名有%(wanted)s个音节，填了%(count)s个。每个字一个音节，用空格隔开；外文词算一个。") % words
        raise Refused([Problem("rare-name.count", text)])
    return syllables

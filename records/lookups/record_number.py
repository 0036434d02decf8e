"""L1: from name and identity number to the record number (考籍号), or, if asked, to the registration number (报名号).

One statement and one hash, whether somebody is found or not; identity and phone numbers are not even decrypted. The number of a
record that was merged into another one leads to the other.
"""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from records.candidates.models import Candidate
from records.people.encryption import lookup_hash
from records.people.finding import IDENTITY

ANSWERING = ("name", "record_number", "registration_number")
DOTS = str.maketrans(dict.fromkeys("•‧∙・･●.。．", "·"))


@dataclass(frozen=True)
class Answer:
    """What was asked for (``label``), the number or "", and without a number what stands in its place."""

    label: Any
    number: str = ""
    words: Any = ""
    line: Any = ""


def look_up(name: str, kind: str, number: str, *, wants_registration: bool) -> Answer:
    """``number`` as ``identity.normalise`` gives it."""
    found = (
        Candidate.objects.filter(document_kind=kind, identity_hash=lookup_hash(number, IDENTITY))
        .select_related("merged_into")
        .only(*ANSWERING, "merged_into", *(f"merged_into__{name}" for name in ANSWERING))
        .order_by("merged_into")
        .last()
    )
    candidate = (found.merged_into or found) if found else None
    label = _("报名号") if wants_registration else _("考籍号")
    if not is_called(candidate.name if candidate else "", name) or candidate is None:
        return Answer(label, words=_("没有查到"), line=_("姓名和证件号码没有对上。请看下面的说明。"))
    if wants_registration:
        return Answer(label, candidate.registration_number, line=_("只属于本人，请勿转给他人。"))
    if not candidate.record_number:
        return Answer(label, words=_("尚未建立考籍"), line=_("第一门课程合格后才有考籍号。现在可以改查报名号。"))
    return Answer(label, candidate.record_number, line=_("只属于本人，请勿转给他人。"))


def is_called(registered: str, given: str) -> bool:
    """Whether both are the same name, however its dot, its width and its blanks were typed."""
    return hmac.compare_digest(_plain(registered).encode(), _plain(given).encode())


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).translate(DOTS).upper()
    return "".join(text.split())

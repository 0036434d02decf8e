"""L1: from name and identity number to the record number (考籍号), or, if asked, to the registration number (报名号).

One statement with one row, and one hash, whether somebody is found or not; identity and phone numbers are not even decrypted.
The number of a record that was merged into another one leads to the other.
"""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Case, F, TextField, When
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from records.candidates.models import Candidate
from records.people.encryption import lookup_hash
from records.people.finding import IDENTITY

ANSWERING = {"name": "name", "record": "record_number", "registration": "registration_number"}
STANDING_ROW = JSONObject(
    **{
        key: Case(When(merged_into=None, then=F(name)), default=F(f"merged_into__{name}"), output_field=TextField())
        for key, name in ANSWERING.items()
    }
)
NOBODY = dict.fromkeys(ANSWERING, "")
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
    found = Candidate.objects.filter(document_kind=kind, identity_hash=lookup_hash(number, IDENTITY))
    rows = found.aggregate(rows=JSONBAgg(STANDING_ROW, order_by="-merged_into"))["rows"] or [NOBODY]
    registered, record_number, registration_number = rows[0]["name"], rows[0]["record"], rows[0]["registration"]
    label = _("报名号") if wants_registration else _("考籍号")
    if not is_called(registered, name) or not registered:
        return Answer(label, words=_("没有查到"), line=_("姓名和证件号码没有对上。请看下面的说明。"))
    if wants_registration:
        return Answer(label, registration_number, line=_("只属于本人，请勿转给他人。"))
    if not record_number:
        return Answer(label, words=_("尚未建立考籍"), line=_("第一门课程合格后才有考籍号。现在可以改查报名号。"))
    return Answer(label, record_number, line=_("只属于本人，请勿转给他人。"))


def is_called(registered: str, given: str) -> bool:
    """Whether both are the same name, however its dot, its width and its blanks were typed."""
    return hmac.compare_digest(_plain(registered).encode(), _plain(given).encode())


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).translate(DOTS).upper()
    return "".join(text.split())

"""What somebody may mean who types a name or a number into a search box."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from records.candidates.models import Candidate
from records.people.encryption import lookup_hash
from records.people.identity import mentions_a_number

BLANKS = re.compile(r"\s+")
TERM = b"search.term"


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


def term_hash(text: str) -> str:
    """A search term as the trail keeps it: 64 hex digits, the same whatever its width, case and blanks; "" for no term."""
    term = BLANKS.sub("", unicodedata.normalize("NFKC", text).casefold())
    return lookup_hash(term, TERM).hex() if term else ""


def refuse_secrets(text: str) -> str:
    """The term as it was typed; raises ``ValidationError`` for an identity or phone number, which would stand in the address."""
    if mentions_a_number(text):
        advice = _("这里不能填证件号码和手机号码。请用姓名、考籍号或准考证号查；只知道证件号码的，请到柜台查询办理。")
        raise ValidationError(advice, code="search.secret")
    return text

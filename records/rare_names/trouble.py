"""Which characters of a name are trouble, and why.

``input``     an ideograph beyond the 20,902 of GB 13000.1 (U+4E00 to U+9FA5), or one of private use: the input methods that
              ordinary machines carry offer the former only;
``encoding``  a character that GBK has no code for: what the systems of older offices, and files in GBK, take;
``font``      a character that the embedded font cannot draw: nothing with the name can be printed until it can.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from records.certificates.glyphs import missing

INPUT, FONT, ENCODING = "input", "font", "encoding"
REASONS = {
    INPUT: _("常用输入法打不出"),
    FONT: _("字库缺字，不能打印"),
    ENCODING: _("老系统（GBK）存不下"),
}
FIRST, LAST = "\u4e00", "\u9fa5"
SUSPICIOUS = f"[^ -~·{FIRST}-{LAST}]"
"""A pattern of PostgreSQL that every name with a rare character matches, and some that have none."""
MOST_CHARACTERS = 60


@dataclass(frozen=True)
class Trouble:
    """``characters`` are those that make trouble, each once in the order of the name; ``reasons`` in the order of ``REASONS``."""

    characters: str
    reasons: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.characters)


def of(name: str) -> Trouble:
    """What is trouble in a name; false for a name that is none."""
    unprintable = set("".join(missing([name])))
    found = {sign: reasons_of(sign, unprintable) for sign in name}
    rare = [sign for sign, reasons in found.items() if reasons]
    reasons = {reason for sign in rare for reason in found[sign]}
    return Trouble("".join(rare)[:MOST_CHARACTERS], tuple(reason for reason in REASONS if reason in reasons))


def reasons_of(sign: str, unprintable: set[str]) -> list[str]:
    """Why this character is trouble; [] for one that is none."""
    asked = {INPUT: _is_hard_to_type(sign), FONT: sign in unprintable, ENCODING: not _is_in_gbk(sign)}
    return [reason for reason, is_so in asked.items() if is_so]


def _is_hard_to_type(sign: str) -> bool:
    if unicodedata.category(sign) == "Co":
        return True
    is_ideograph = unicodedata.name(sign, "").startswith(("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH"))
    return is_ideograph and not FIRST <= sign <= LAST


def _is_in_gbk(sign: str) -> bool:
    try:
        sign.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True

"""A mark in words, for the pages and the letter of a review."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from scores.marks.models import Mark
from scores.reviews.models import Value


def in_words(value: Value) -> str:
    """58分, 良好, 缺考; 违纪（…） where a reason for the flag stands beside it."""
    points, grade, flag, reason = value
    if flag != Mark.Flag.NORMAL:
        word = str(Mark.Flag(flag).label)
        return _("%(flag)s（%(reason)s）") % {"flag": word, "reason": reason} if reason else word
    if grade:
        return str(grade)
    return _("%(points)s分") % {"points": plain(points)} if points is not None else "—"


def plain(points: Decimal) -> str:
    """62 for 62.0, 59.5 for 59.5."""
    return f"{points:f}".removesuffix(".0")


def value_of_mark(mark: Mark) -> Value:
    """Points, grade, flag and the flag's reason of a mark as it stands."""
    return mark.points, mark.grade, mark.flag, mark.flag_reason

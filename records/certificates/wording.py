"""How certificates write days, marks and credits: as office documents do, the same in a file and on the verification page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _


def day(iso: str) -> str:
    """2026年11月23日 for ``2026-11-23``; "" for ""."""
    if not iso:
        return ""
    value = dt.date.fromisoformat(iso)
    return _("%(year)s年%(month)s月%(day)s日") % {"year": value.year, "month": value.month, "day": value.day}


def month(iso: str) -> str:
    """2026年10月."""
    value = dt.date.fromisoformat(iso)
    return _("%(year)s年%(month)s月") % {"year": value.year, "month": value.month}


def plain(value: Any) -> str:
    """A mark, a grade or credits without idle decimals: 66, 4.5, 良好; "" for none."""
    if value is None:
        return ""
    if not isinstance(value, Decimal):
        return str(value)
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shortened(name: str) -> str:
    """林**: enough to tell whose certificate it is to whoever knows the name."""
    return name[:1] + "*" * len(name[1:])


def last_four(mask: str) -> str:
    """**************1234: of a masked number its end alone."""
    return "*" * len(mask[:-4]) + mask[-4:]


def labelled(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tables for a page: every cell with the name of its column, so that a phone can show a row as a card."""
    return [table | {"rows": [list(zip(_labels(table), row, strict=True)) for row in table["rows"]]} for table in tables]


def _labels(table: dict[str, Any]) -> list[str]:
    return [head["label"] for head in table["columns"]]

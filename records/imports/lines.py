"""One row of a table while it is checked: typed values out of texts, and a fault for everything that is none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

WHOLE = re.compile(r"\d{1,9}", re.ASCII)
PLAIN_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
YES, NO = "Y", "N"


class Refusing(Protocol):
    """What faults are handed to: a table, or whatever gathers them."""

    def refuse(self, row: int, column: str, value: str, code: str, message: str) -> None: ...


@dataclass(slots=True)
class Line:
    """A row by its number and its cells. Every reader hands back a usable value and refuses the cell when it holds none.

    ``is_sound`` says whether nothing was refused here.
    """

    table: Refusing
    row: int
    cells: Mapping[str, str]
    is_sound: bool = True

    def refuse(self, column: str, code: str, message: str) -> None:
        """Refuse the cell, with the text that stands in it."""
        self.is_sound = False
        self.table.refuse(self.row, column, self.cells[column], code, message)

    def text(self, column: str, longest: int, *, required: bool = False) -> str:
        """The text, of at most ``longest`` characters."""
        text = self.cells[column]
        if not text and required:
            self.refuse(column, "value.missing", _("“%(column)s”不能为空") % {"column": column})
        elif len(text) > longest:
            self.refuse(column, "value.too-long", _("最多 %(longest)d 个字") % {"longest": longest})
        return text

    def shaped(self, column: str, shape: re.Pattern[str], expected: object, *, required: bool = True) -> str:
        """The text, if it is of that shape; ``expected`` says in words which that is."""
        text = self.cells[column]
        if not text:
            return self.text(column, 0, required=required)
        if not shape.fullmatch(text):
            self.refuse(column, "value.shape", _("应为%(expected)s") % {"expected": expected})
        return text

    def choice(self, column: str, choices: Collection[str], *, required: bool = True) -> str:
        """One of ``choices``, or empty where that is allowed."""
        text = self.cells[column]
        if not text:
            return self.text(column, 0, required=required)
        if text not in choices:
            self.refuse(column, "value.choice", _("应为：%(choices)s") % {"choices": "、".join(filter(None, choices))})
        return text

    def yes_or_no(self, column: str) -> bool | None:
        """True for Y, False for N, None for an empty cell."""
        text = self.choice(column, (YES, NO), required=False)
        return text == YES if text else None

    def date(self, column: str, *, required: bool = False) -> dt.date | None:
        """The day; the table has already refused what is none (and then the cell is empty)."""
        text = self.text(column, 10, required=required)
        return dt.date.fromisoformat(text) if text else None

    def whole(self, column: str, least: int, most: int, *, required: bool = False) -> int | None:
        """A whole number between ``least`` and ``most``, both included."""
        text = self.text(column, 100, required=required)
        if not text:
            return None
        if not WHOLE.fullmatch(text) or not least <= int(text) <= most:
            expected = _("应为 %(least)d 至 %(most)d 的整数") % {"least": least, "most": most}
            self.refuse(column, "value.number", expected)
            return None
        return int(text)

    def decimal(self, column: str, most: int, *, places: int = 1, required: bool = False) -> Decimal | None:
        """A number from 0 to ``most`` with at most ``places`` decimals; zeros beyond them are no decimals."""
        text = self.text(column, 100, required=required)
        if not text:
            return None
        value = Decimal(text) if PLAIN_NUMBER.fullmatch(text) else None
        if value is None or value > most or value != round(value, places):
            expected = _("应为 0 至 %(most)d 的数，最多 %(places)d 位小数") % {"most": most, "places": places}
            self.refuse(column, "value.number", expected)
            return None
        return round(value, places)


class Places:
    """Where each key stood first, to tell repeated rows."""

    def __init__(self) -> None:
        self._first: dict[object, int] = {}

    def repeats(self, key: object, row: int) -> int:
        """The row that had this key before; 0 if none had, and then it is noted."""
        first = self._first.setdefault(key, row)
        return 0 if first == row else first


def refuse_repeated(line: Line, column: str, places: Places, key: object) -> bool:
    """Refuse a row whose key an earlier row had; says whether it did."""
    first = places.repeats(key, line.row)
    if first:
        line.refuse(column, "value.repeated", _("与第 %(row)d 行重复") % {"row": first})
    return bool(first)

"""One cell of a table: what the file holds, and the text that Kaoji takes from it."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TypeGuard

from django.utils.translation import gettext as _

EXACT_DIGITS = 15  # a spreadsheet's numbers carry 15 digits; of an 18-digit identity number the last three are lost
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
BLANKS = re.compile(rf"[\s{INVISIBLE}]+")
OUTER_BLANKS = re.compile(rf"^[\s{INVISIBLE}]+|[\s{INVISIBLE}]+$")
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[Ee]\+\d+")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Kind(Enum):
    """How a column is read."""

    TEXT = "text"  # names, addresses: only outer blanks go
    IDENTIFIER = "identifier"  # digits and letters that must survive as they are
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that the workbook holds as a number; ``text`` as it stands in the file."""

    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that the workbook computes; ``text`` is the value last seen."""

    text: str


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """A cell such as #N/A."""

    text: str


RawCell = str | Number | datetime | Formula | ErrorValue


class UnusableCell(Exception):
    """The cell cannot be taken: ``code``, and a message that does not repeat the value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def storable(text: str) -> str:
    """The text without the characters that neither the database nor JSON for it takes."""
    return UNSTORABLE.sub("\ufffd", text)


def as_shown(raw: RawCell) -> str:
    """The cell as a person would read it, for reports and for sending the table back."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == time.min else raw.isoformat(" ", "seconds")
    if isinstance(raw, Number):
        return _plain_number(raw.text)
    return raw.text


def is_blank(raw: RawCell) -> bool:
    """Nothing but blanks, visible or not. A formula is not blank, whatever it shows."""
    return isinstance(raw, str) and (not raw or not BLANKS.sub("", raw))


def is_plain(raw: RawCell, kind: Kind) -> TypeGuard[str]:
    """Surely nothing in the cell has to be put right: the quick answer for nearly every cell."""
    if not isinstance(raw, str):
        return False
    if kind is Kind.TEXT:
        return not raw or raw.isalnum()
    return not raw or (kind is not Kind.DATE and raw.isalnum() and raw.isascii())


def read_cell(kind: Kind, raw: RawCell) -> str:
    """The text of the cell, normalised as its kind allows; empty if blank. UnusableCell if it cannot be taken.

    A date comes back as ISO text. Compare with ``as_shown`` to see whether something was changed.
    """
    if isinstance(raw, Formula) or (isinstance(raw, str) and raw.lstrip().startswith("=")):
        raise UnusableCell("table.formula", _("单元格是公式。请把公式换成它的值（选择性粘贴→数值）后再上传"))
    if isinstance(raw, ErrorValue):
        raise UnusableCell("table.error-value", _("单元格是表格软件的错误值。请填写正确的内容"))
    if isinstance(raw, str) and UNSTORABLE.search(raw):
        raise UnusableCell("table.control-character", _("单元格含有不可见的控制字符。请删去后重新填写"))
    return READERS[kind](raw)


def normalised(text: str) -> str:
    """Full-width signs made half-width, every blank removed. For identifiers, numbers and dates only."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", text))


def _read_text(raw: RawCell) -> str:
    return OUTER_BLANKS.sub("", as_shown(raw))


def _read_identifier(raw: RawCell) -> str:
    if isinstance(raw, datetime):
        raise UnusableCell("table.date-in-identifier", _("表格软件把号码变成了日期。请把该列设为文本格式后重新填写"))
    if isinstance(raw, Number):
        return _exact_digits(raw.text)
    text = normalised(raw) if isinstance(raw, str) else as_shown(raw)
    if SCIENTIFIC.fullmatch(text):
        raise _digits_lost()
    return text


def _read_number(raw: RawCell) -> str:
    if isinstance(raw, datetime):
        raise UnusableCell("table.date-in-number", _("表格软件把数字变成了日期。请把该列设为文本格式后重新填写"))
    return normalised(as_shown(raw))


def _read_date(raw: RawCell) -> str:
    text = normalised(raw) if isinstance(raw, str) else as_shown(raw)
    if not text or _is_iso_date(text):
        return text
    raise UnusableCell("table.date", _("不是有效的日期。应写成 2026-09-01 的样子，且确有这一天"))


READERS: dict[Kind, Callable[[RawCell], str]] = {
    Kind.TEXT: _read_text,
    Kind.IDENTIFIER: _read_identifier,
    Kind.NUMBER: _read_number,
    Kind.DATE: _read_date,
}


def _is_iso_date(text: str) -> bool:
    if not ISO_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _exact_digits(text: str) -> str:
    """The digits of a number that a spreadsheet still holds exactly; a larger, broken or negative one has lost them."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise _digits_lost() from None
    if not value.is_finite() or value.adjusted() >= EXACT_DIGITS or value != value.to_integral_value() or value.is_signed():
        raise _digits_lost()
    return str(int(value))


def _digits_lost() -> UnusableCell:
    text = _("表格软件把号码变成了数字（如 3.10104E+17），末尾几位或小数已不可靠。请把该列设为文本格式，重新填写完整号码后再上传")
    return UnusableCell("table.float-identifier", text)


def _plain_number(text: str) -> str:
    """A workbook's number as a person reads it: 86 for 86.0, 86.1 for 86.099999999999994, 3.10104E+17 beyond 15."""
    try:
        value = float(text)
    except ValueError:
        return text
    if value.is_integer() and abs(value) < 10**EXACT_DIGITS:
        return str(int(value))
    return f"{value:.6G}" if abs(value) >= 10**EXACT_DIGITS else repr(value)

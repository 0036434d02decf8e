"""Numbers that Kaoji issues: all digits, with a check digit, in the format that the office set.

The check digit is ISO 7064 MOD 11,10: it catches every single wrong digit and nearly every transposition. A scattered serial is a
keyed bijection, so that no number repeats and none tells the next. Numbers taken over from elsewhere are opaque and not checked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

_PART = re.compile(r"\{(\w+)(?::(0?)(\d+))?\}")
_ROUNDS = 6


def check_digit(digits: str) -> str:
    """The ISO 7064 MOD 11,10 check digit of a string of digits."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def with_check_digit(digits: str) -> str:
    """The digits with their check digit behind."""
    return digits + check_digit(digits)


def has_valid_check_digit(number: str) -> bool:
    """Whether the last digit is the check digit of those before it; false for anything but ASCII digits."""
    return len(number) > 1 and number.isascii() and number.isdigit() and check_digit(number[:-1]) == number[-1]


def scatter(serial: int, digits: int, key: bytes) -> int:
    """A keyed bijection of 0 … 10**digits − 1 onto itself (Feistel network, walked until back in range).

    Raises ``ValueError`` for a serial out of that range.
    """
    size = 10**digits
    if not 0 <= serial < size:
        raise ValueError(_("流水号已用尽：%(digits)d 位数字不够，请在设置中加长格式。") % {"digits": digits})
    half = (size.bit_length() + 1) // 2
    value = _feistel(serial, half, key)
    while value >= size:
        value = _feistel(value, half, key)
    return value


def _feistel(value: int, half: int, key: bytes) -> int:
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for round_number in range(_ROUNDS):
        seed = round_number.to_bytes(1, "big") + right.to_bytes(8, "big")
        mixed = int.from_bytes(hashlib.blake2b(seed, key=key[:64], digest_size=8).digest(), "big")
        left, right = right, left ^ (mixed & mask)
    return left << half | right


@lru_cache(maxsize=32)
def _parts(pattern: str) -> tuple[tuple[str, str, int], ...]:
    """The pattern as (name or "", literal, width); raises ``ValueError`` for what cannot be read."""
    parts: list[tuple[str, str, int]] = []
    end = 0
    for found in _PART.finditer(pattern):
        parts.append(("", pattern[end : found.start()], 0))
        parts.append((found[1], "", int(found[3] or 0)))
        end = found.end()
    parts.append(("", pattern[end:], 0))
    literals = "".join(literal for _name, literal, _width in parts)
    if literals and not (literals.isascii() and literals.isdigit()):
        raise ValueError(_("编号格式有误：%(pattern)s。花括号外只能是数字。") % {"pattern": pattern})
    return tuple(parts)


def compose(pattern: str, *, digit_of: Callable[[str], str] = check_digit, **values: int) -> str:
    """A number by a pattern such as ``{year:02}{half}{serial:08}{check}``; ``{scattered:9}``: the serial scattered over 9 digits.

    ``check`` is computed by ``digit_of`` over all digits before it. Raises ``ValueError`` for an unknown part or a value too long
    for its width.
    """
    number = ""
    for name, literal, width in _parts(pattern):
        if not name:
            number += literal
        elif name == "check":
            number += digit_of(number)
        elif name == "scattered" and "serial" in values:
            number += f"{scatter(values['serial'], width, settings.NUMBER_KEY):0{width}}"
        elif name in values:
            number += _fitted(values[name], width, pattern)
        else:
            raise ValueError(_("编号格式有误：%(pattern)s 中的 %(name)s 不认识。") % {"pattern": pattern, "name": name})
    return number


def serial_width(pattern: str) -> int | None:
    """How many digits the pattern has for the serial; None where it sets no width. Raises ``ValueError`` without a serial."""
    widths = [width for name, _literal, width in _parts(pattern) if name in ("serial", "scattered")]
    if not widths:
        raise ValueError(_("编号格式有误：%(pattern)s 里没有流水号。") % {"pattern": pattern})
    return widths[0] or None


def _fitted(value: int, width: int, pattern: str) -> str:
    text = f"{value:0{width}}" if width else str(value)
    if width and len(text) > width:
        raise ValueError(_("编号格式 %(pattern)s 的位数不够，请在设置中加长。") % {"pattern": pattern})
    return text


def record_number(serial: int, pattern: str) -> str:
    """A record number (考籍号) for a serial."""
    return compose(pattern, serial=serial)


def ticket_number(serial: int, year: int, half: int, pattern: str) -> str:
    """A ticket number (准考证号) for a serial, a year (its last two digits are used) and a half-year (1 or 2)."""
    return compose(pattern, serial=serial, year=year % 100, half=half)


def registration_number(serial: int, pattern: str) -> str:
    """A registration number (报名号) for a serial."""
    return compose(pattern, serial=serial)

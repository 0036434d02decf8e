"""Numbers and verification codes of certificates: a number is issued once and tells nobody the next, a code cannot be guessed."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import connection

from records.candidates.numbers import compose
from records.settings.values import value_of

SEQUENCE = "records_certificate_serial"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, 1, I, L and O, which people confuse; twelve of them are some 59 bits."""

CODE_LENGTH = 12
GROUP = 4
MISTYPED = str.maketrans("", "", " -－–—·")


def next_number(on: dt.date) -> str:
    """The next number, for a certificate of that day; a serial is used once, whatever becomes of the certificate."""
    pattern = value_of("number.certificate", on=on)
    while True:
        number = compose(pattern, serial=_next_serial(), year=on.year)
        if not _is_taken(number):  # formats of different years may meet
            return number


def _next_serial() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [SEQUENCE])
        return int(cursor.fetchone()[0])


def _is_taken(number: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM records_certificate WHERE number = %s)", [number])
        return bool(cursor.fetchone()[0])


def new_code() -> str:
    """Twelve characters at random, bare."""
    return "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH))


def shown(code: str) -> str:
    """A code in groups, as it is printed: 7K4M-9Q2D-XH83."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def typed(text: str) -> str:
    """A number or a code as it is kept, however its groups and letters were typed."""
    return text.translate(MISTYPED).upper()

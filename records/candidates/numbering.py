"""Issuing numbers: serials come from database sequences, so that a number is issued once, never reused, by any process.

Formats are settings of the office (``records/settings``); the digits and their check are made in ``numbers.py``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import connection

from records.candidates import numbers
from records.settings.values import value_of

_TAKEN = """
SELECT record_number FROM records_candidate WHERE record_number = ANY(%(fresh)s)
UNION SELECT registration_number FROM records_candidate WHERE registration_number = ANY(%(fresh)s)
UNION SELECT number FROM records_ticket WHERE number = ANY(%(fresh)s)
"""


def next_record_numbers(count: int) -> list[str]:
    """``count`` new record numbers (考籍号): scattered by a secret key, so that one does not tell the next."""
    pattern = value_of("number.record")
    return _issued("records_record_serial", count, lambda serial: numbers.record_number(serial, pattern))


def next_ticket_numbers(count: int, on: dt.date) -> list[str]:
    """``count`` new ticket numbers (准考证号) for registrations on that day."""
    pattern = value_of("number.ticket")
    half = 1 if on.month <= 6 else 2
    return _issued("records_ticket_serial", count, lambda serial: numbers.ticket_number(serial, on.year, half, pattern))


def next_registration_numbers(count: int) -> list[str]:
    """``count`` new registration numbers (报名号)."""
    pattern = value_of("number.registration")
    return _issued("records_registration_serial", count, lambda serial: numbers.registration_number(serial, pattern))


def _issued(sequence: str, count: int, compose: Callable[[int], str]) -> list[str]:
    """Numbers of fresh serials that nobody has, under whatever name: also those taken over from an earlier system count."""
    issued: list[str] = []
    while len(issued) < count:
        fresh = [compose(serial) for serial in _serials(sequence, count - len(issued))]
        taken = _taken(fresh)
        issued += [number for number in fresh if number not in taken]
    return issued


def _serials(sequence: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [row[0] for row in cursor.fetchall()]


def _taken(fresh: list[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, {"fresh": fresh})
        return {row[0] for row in cursor.fetchall()}

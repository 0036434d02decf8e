"""Newcomers into a table of the running transaction, where they are compared with the register and with each other by SQL.

Identity and phone numbers are encrypted and hashed on the way in; nothing stays in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from records.candidates.pinyin import initials, sort_key
from records.imports.copying import copy_rows
from records.people.encryption import encrypt, lookup_hash
from records.people.identity import mask
from records.registration.columns import TEXTS
from records.registration.newcomers import Newcomer

IDENTITY_CONTEXT, PHONE_CONTEXT = b"candidate.identity", b"candidate.phone"
TEXT_NAMES = [attribute for _column, attribute, _longest in TEXTS]
COLUMNS = [
    *("row", "name", "name_key", "name_initials", "sex", "ethnicity", "document_kind"),
    *("identity_number", "identity_hash", "identity_mask", "birth_date", "phone", "phone_hash", "phone_mask"),
    *("major_id", "ticket", "record", "registered_on", "prior_education", "additional_courses"),
    *TEXT_NAMES,
]
_TYPES = {"row": "integer", "major_id": "bigint", "birth_date": "date", "registered_on": "date", "additional_courses": "boolean"}
_BYTES = dict.fromkeys(["identity_number", "identity_hash", "phone", "phone_hash"], "bytea")
_NULLABLE = ("phone_hash", "additional_courses")

_CREATE = (
    "CREATE TEMP TABLE newcomers ("
    + ", ".join(f"{name} {(_TYPES | _BYTES).get(name, 'text')}" for name in COLUMNS)
    + ", person integer, candidate_id bigint, registration_number text)"
)
_DROP = "DROP TABLE IF EXISTS pg_temp.newcomers"


@contextmanager
def staging() -> Iterator[None]:
    """Within the block ``stage`` may copy outside a transaction, piece by piece; the table is gone when the block ends."""
    try:
        yield
    finally:
        if not connection.needs_rollback:  # else it goes with the transaction
            with connection.cursor() as cursor:
                cursor.execute(_DROP)


def stage(newcomers: Iterable[Newcomer]) -> None:
    """Copy the newcomers into the table ``newcomers`` of this connection, in place of whatever stood in it.

    It goes with the transaction; outside of one it stays until ``staging`` ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DROP)
        cursor.execute(f"{_CREATE} ON COMMIT {'DROP' if connection.in_atomic_block else 'PRESERVE ROWS'}")
        copy_rows("pg_temp.newcomers", COLUMNS, map(_row, newcomers), nullable=_NULLABLE)
        # Before the rows are updated: PostgreSQL would not use a later index within this transaction
        cursor.execute("CREATE INDEX ON newcomers (identity_hash, document_kind)")
        cursor.execute("CREATE INDEX ON newcomers (person, row)")
        cursor.execute("ANALYZE newcomers")


def _row(person: Newcomer) -> list[Any]:
    return [
        *(person.row, person.name, sort_key(person.name), initials(person.name), person.sex, person.ethnicity),
        *(person.document, _hex(encrypt(person.identity, IDENTITY_CONTEXT))),
        *(_hex(lookup_hash(person.identity, IDENTITY_CONTEXT)), mask(person.identity), person.birth_date),
        *_phone(person.phone),
        *(person.major_id, person.ticket, person.record, person.registered_on, person.prior_education, person.additional),
        *person.texts,
    ]


def _phone(number: str) -> tuple[str, str | None, str]:
    """Ciphertext, hash and mask; nothing to find where there is no number."""
    if not number:
        return _hex(b""), None, ""
    return _hex(encrypt(number, PHONE_CONTEXT)), _hex(lookup_hash(number, PHONE_CONTEXT)), mask(number)


def _hex(octets: bytes) -> str:
    return "\\x" + octets.hex()

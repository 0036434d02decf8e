"""Transactions go on being counted where they were: after a restore the new server counts from the beginning.

The trail and the credits' feed are ordered by their transactions (``audit.models.TrailTransaction``). What a dump brought along
must lie before everything that is still to come.
"""

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from audit.order import NEXT

ORDERED = {
    "audit_event": "transaction",
    "audit_seal": "upto_transaction",
    "records_creditchange": "transaction",
    "records_feedcursor": "transaction",
}
_DEFINE = "CREATE OR REPLACE FUNCTION kaoji_shift() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT {:d}::bigint'"


def catch_up(using: str = "default") -> None:
    """Lift ``kaoji_shift()`` so that the next transaction comes after all that are known; where it does already, do nothing.

    Needs the owner. The function is not IMMUTABLE, so that plans kept by open connections are made anew.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regproc('kaoji_shift') IS NULL")
        if cursor.fetchone() == (True,):  # migrated back to a time before it
            return
        highest = max((_highest(cursor, table, column) for table, column in ORDERED.items()), default=0)
        cursor.execute(f"SELECT {NEXT}, kaoji_shift()")
        following, shift = cursor.fetchone()
        if highest >= following:
            cursor.execute(_DEFINE.format(shift + highest - following + 1))


def _highest(cursor: CursorWrapper, table: str, column: str) -> int:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
    if cursor.fetchone() != (True,):
        return 0
    cursor.execute(f'SELECT COALESCE(max("{column}"), 0) FROM "{table}"')
    return int(cursor.fetchone()[0])

"""Sealing the trail: what has become final since the last seal is hashed and chained to it. Writers never wait for it.

Only events of transactions older than every running one are sealed: whatever commits later, in whatever order, comes behind.
``docs/TRAIL.md`` tells an auditor how a seal is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import lines, merkle
from audit.order import FINAL, NEXT

AT_MOST = 50_000  # events of one seal: two megabytes of leaves
LEAF = 40  # bytes: the event's number (8, big-endian) and the hash of its line (32)
NOTHING = bytes(32)  # what the first seal is chained to

COLUMNS = {
    "version": "version",
    "number": "number",
    "previous": "encode(previous, 'hex')",
    "entries": "entries",
    "upto_transaction": "upto_transaction",
    "upto_event": "upto_event",
    "root": "encode(root, 'hex')",
    "sealed_at": lines.utc("sealed_at"),
}
TEXT = " || E'\\t' || ".join(COLUMNS.values())  # what the seal's hash is taken of

_APPEND = f"""
    INSERT INTO audit_seal (version, number, previous, entries, upto_transaction, upto_event, root, leaves, sealed_at, hash)
    SELECT s.*, sha256(convert_to({TEXT}, 'UTF8'))
      FROM (VALUES (%s, %s::bigint, %s::bytea, %s::integer, %s::bigint, %s::bigint, %s::bytea, %s::bytea, %s::timestamptz))
        AS s (version, number, previous, entries, upto_transaction, upto_event, root, leaves, sealed_at)
    RETURNING number, hash
"""


@dataclass(frozen=True)
class Sealed:
    """The newest seal, None and empty where there is none yet, and how many events were sealed now."""

    number: int | None
    entries: int
    hash: bytes


class OutOfStep(Exception):
    """The server counts its transactions from further back than the trail: it was restored and ``migrate`` has not run."""


class Leaves:
    """Takes lines from COPY and keeps of each the leaf, and the place of the last."""

    def __init__(self) -> None:
        self.found = bytearray()
        self.last = b""

    def write(self, line: bytes) -> None:
        self.found += leaf_of(line)
        self.last = line


def leaf_of(line: bytes) -> bytes:
    """What a seal keeps of a line that COPY gave, 40 bytes."""
    return lines.number_of(line).to_bytes(8, "big", signed=True) + merkle.leaf(line[:-1])


def after(place: tuple[int, int] | None) -> tuple[str, list[Any]]:
    """The SQL condition, with its parameters, on events behind ``place``: all of them behind None."""
    return ("TRUE", []) if place is None else ("(transaction, id) > (%s, %s)", list(place))


def hashes(leaves: bytes) -> list[bytes]:
    """The hashes of the lines out of a seal's ``leaves``."""
    return [leaves[start + 8 : start + LEAF] for start in range(0, len(leaves), LEAF)]


def seal_trail(*, at_most: int = AT_MOST) -> Sealed:
    """Seal everything that is final, ``at_most`` events a seal, each in a transaction of its own. Raises ``OutOfStep``."""
    entries = 0
    while True:
        sealed = _seal_next(at_most)
        entries += sealed.entries
        if sealed.entries < at_most:
            return Sealed(sealed.number, entries, sealed.hash)


@transaction.atomic
def _seal_next(at_most: int) -> Sealed:
    """One more seal; sealers wait for each other here, so that none sees half a chain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kaoji-seals'))")
        cursor.execute("SELECT number, hash, upto_transaction, upto_event FROM audit_seal ORDER BY number DESC LIMIT 1")
        number, previous, *upto = cursor.fetchone() or (None, NOTHING)
        _refuse_out_of_step(cursor, upto)
        found = Leaves()
        where, params = after((upto[0], upto[1]) if upto else None)
        lines.copy_events(found, f"{where} AND {FINAL}", params, at_most=at_most)
        if not found.last:
            return Sealed(number, 0, bytes(previous) if upto else b"")
        cursor.execute(_APPEND, [lines.VERSION, (number or 0) + 1, previous, *_facts(found), timezone.now()])
        number, hashed = cursor.fetchone()
        return Sealed(number, len(found.found) // LEAF, bytes(hashed))


def _refuse_out_of_step(cursor: CursorWrapper, upto: list[int]) -> None:
    cursor.execute(f"SELECT {NEXT}")
    if upto and upto[0] >= cursor.fetchone()[0]:
        raise OutOfStep(_("数据库刚恢复：请先运行 manage.py migrate，再封存"))


def _facts(found: Leaves) -> tuple[int, int, int, bytes, bytes]:
    leaves = bytes(found.found)
    return len(leaves) // LEAF, *lines.place_of(found.last), merkle.root(hashes(leaves)), leaves

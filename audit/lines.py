"""An event as one line of bytes, the same whoever asks and whatever the session's settings: what the seals seal.

The line is PostgreSQL's COPY text format of fixed columns: tabs between them, ``\\N`` for nothing, backslash, tab and line breaks
escaped, UTF-8. So two different events never have the same line. ``docs/TRAIL.md`` describes it for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from django.db import connection

VERSION = "kaoji-event-1"


def utc(column: str) -> str:
    """The SQL of a moment in UTC as ISO 8601, whatever DateStyle and TimeZone; unlike ``to_char`` it tells years BC apart."""
    return f"trim('\"' FROM to_json({column} AT TIME ZONE 'UTC')::text)"


COLUMNS = {
    "id": "id",
    "transaction": "transaction",
    "kind": "kind",
    "verb": "verb",
    "outcome": "outcome",
    "at": utc("at"),
    "actor_id": "actor_id",
    "office_id": "office_id",
    "capacity": "capacity",
    "subject_table": "subject_table",
    "subject_id": "subject_id",
    "candidate_id": "candidate_id",
    "before": "before",
    "after": "after",
    "note": "note",
    "leave_id": "leave_id",
    "request_id": "request_id",
    "database_user": "database_user",
    "details": "details::text",
}


class Sink(Protocol):
    """Takes what COPY gives: one line with its line break at a time."""

    def write(self, line: bytes, /) -> object: ...


def copy_events(sink: Sink, where: str, params: Sequence[Any] = (), *, at_most: int | None = None) -> None:
    """Write the lines of the events that fulfil ``where`` (SQL), in the order in which they became final, into ``sink``."""
    limit = "" if at_most is None else f" LIMIT {at_most:d}"
    columns = ", ".join(COLUMNS.values())
    copy_out(sink, f"SELECT {columns} FROM audit_event WHERE {where} ORDER BY transaction, id{limit}", params)


def copy_out(sink: Sink, query: str, params: Sequence[Any] = ()) -> None:
    """Write the query's rows into ``sink`` as they come; memory does not grow with their number."""
    with connection.cursor() as cursor:
        statement = cursor.mogrify(query, list(params)).decode()
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT (ENCODING 'UTF8')", sink)


def number_of(line: bytes) -> int:
    """The number of the line's event."""
    return int(line[: line.index(b"\t")])


def place_of(line: bytes) -> tuple[int, int]:
    """Where the line's event stands in the order: its transaction and number."""
    number, transaction, _rest = line.split(b"\t", 2)
    return int(transaction), int(number)

"""Rows of any table, made of nothing but its columns' types: for tests that go through all tables there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models

from tests.audit.sealing import execute

FIRST = 9_000_000  # keys of these rows, out of the way of those that migrations made
VALUES = {  # by the column's type; {n} is a number that tells rows apart
    "bigint": "({n})::bigint",
    "integer": "({n})::integer",
    "smallint": "({n})::smallint",
    "boolean": "({n}) % 2 = 0",
    "numeric": "({n})::numeric",
    "date": "date '2026-01-01' + ({n})::integer",
    "time without time zone": "time '06:00' + ({n}) * interval '1 minute'",
    "timestamp with time zone": "timestamptz '2026-01-01 00:00+08' + ({n}) * interval '1 day'",
    "jsonb": "jsonb_build_object('n', {n})",
    "bytea": "decode(lpad(({n})::text, 4, '0'), 'hex')",
    "text": "({n})::text",
    "character varying": "({n})::text",
    "ARRAY": "ARRAY[({n})::text]",
    "uuid": "lpad(({n})::text, 32, '0')::uuid",
}


@dataclass(frozen=True)
class Column:
    """A column: its type, and whether a row needs a value in it."""

    kind: str
    length: int | None
    needed: bool

    @property
    def cast(self) -> str:
        """The type as a cast names it."""
        return "text[]" if self.kind == "ARRAY" else self.kind

    def value(self, number: str) -> str:
        """A value in SQL; ``number`` (SQL, too) tells rows apart."""
        value = VALUES[self.kind].format(n=number)
        return value if self.length is None else f"right({value}, {self.length})"


def columns_of(table: str) -> dict[str, Column]:
    """The columns but the key."""
    rows = execute(
        "SELECT column_name, data_type, character_maximum_length, is_nullable = 'NO' FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND column_name <> 'id' ORDER BY ordinal_position",
        [table],
    )
    return {name: Column(*rest) for name, *rest in rows}


def row_of(table: str, number: int, more: dict[str, str]) -> dict[str, str]:
    """The SQL of every value that a row needs."""
    needed = {name: column.value(str(number)) for name, column in columns_of(table).items() if column.needed}
    return {"id": str(FIRST + number)} | needed | more


def names_of(row: dict[str, str]) -> str:
    return ", ".join(f'"{name}"' for name in row)


def insert(table: str, number: int, more: dict[str, str]) -> int:
    """Put a row into the table; its key."""
    row = row_of(table, number, more)
    execute(f"INSERT INTO {table} ({names_of(row)}) VALUES ({', '.join(row.values())})")
    return FIRST + number


def stripped(table: str) -> None:
    """Take off the table's foreign keys and its guards but the trail's; the test's transaction takes that back."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for (name,) in execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass", [table]):
        execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    own = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgname NOT LIKE 'pgtrigger_trail%%'"
    )
    for (name,) in execute(own, [table]):
        execute(f'ALTER TABLE {table} DISABLE TRIGGER "{name}"')


def plain_field(model: type[models.Model], left_out: set[str]) -> models.Field[Any, Any]:
    """A field whose change enters the trail and whose value needs no thought."""
    kinds = (models.CharField, models.TextField, models.IntegerField, models.DateField, models.BooleanField, models.ForeignKey)
    plain = (
        field
        for field in model._meta.concrete_fields
        if isinstance(field, kinds) and not field.primary_key and field.column not in left_out and not hasattr(field, "context")
    )
    return next(field for field in plain if field.max_length is None or field.max_length > 1)  # two digits tell rows apart

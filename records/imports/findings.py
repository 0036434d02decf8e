"""What may be said of the rows of a staged file, found in the database over all rows at once.

An app makes a temporary table in which every row stands beside what it refers to (its reading), lists the ``Finding`` that it
knows, and asks here for the faults that refuse the file and the notices on rows that are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from records.imports.faults import Fault, Faults, Notice

NOTICES_NAMED = 50  # rows named one by one for each kind of warning; the others are counted


@dataclass(frozen=True)
class Finding:
    """One thing that may be said of a row: where, the value shown, and the SQL condition on the reading ``r``.

    ``source`` joins more tables. ``detail`` and ``more`` are SQL expressions that the message may quote as ``%(detail)s`` and
    ``%(more)s``. A message says what is wrong, then what is expected.
    """

    code: str
    column: str
    value: str
    condition: str
    message: Any
    detail: str = "NULL"
    source: str = ""
    more: str = "NULL"

    def select(self, reading: str) -> str:
        """The rows of which it holds, as SQL: row, value, detail, more."""
        columns = f"r.row, {self.value} AS value, {self.detail}::text AS detail, {self.more}::text AS more"
        return f"SELECT {columns} FROM {reading} r {self.source} WHERE {self.condition} ORDER BY r.row"

    def told(self, detail: str | None, more: str | None) -> str:
        """The message of one row."""
        return str(self.message % {"detail": detail, "more": more})


def add_faults(findings: Iterable[Finding], reading: str, parameters: Mapping[str, Any], faults: Faults) -> None:
    """Add every fault of the rows in ``reading`` to those that reading the file has found."""
    for finding in findings:
        for row, value, detail, more in _rows(finding, reading, parameters):
            faults.add(Fault(row, finding.column, value, finding.code, finding.told(detail, more)))


def notices_of(findings: Iterable[Finding], reading: str, parameters: Mapping[str, Any]) -> list[Notice]:
    """What is worth knowing of rows that are taken: the first of each kind one by one, the others counted."""
    return [notice for finding in findings for notice in _named(finding, reading, parameters)]


def _named(finding: Finding, reading: str, parameters: Mapping[str, Any]) -> list[Notice]:
    notices: list[Notice] = []
    beyond = 0
    for row, value, detail, more in _rows(finding, reading, parameters):
        if len(notices) < NOTICES_NAMED:
            notices.append(Notice(row, finding.column, value, finding.code, finding.told(detail, more)))
        else:
            beyond += 1
    if beyond:
        text = _("同样的情况另有 %(count)d 行，没有逐行列出") % {"count": beyond}
        notices.append(Notice(0, finding.column, "", finding.code, text))
    return notices


def _rows(finding: Finding, reading: str, parameters: Mapping[str, Any]) -> Iterator[tuple[int, str, str | None, str | None]]:
    """``(row, value, detail, more)`` in the order of the rows, streamed: nothing but faults does not fill the memory either."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(finding.select(reading), parameters)
        yield from cursor

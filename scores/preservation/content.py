"""What stands in a snapshot: published marks and their changes, straight from the database into the archive.

By record, ticket and registration numbers; no identity number, no name, no mark that is not out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any
from zipfile import ZipFile

from django.db import connection, transaction

_OUT = """
  JOIN scores_sitting s ON s.id = m.sitting_id AND s.name <= %(last)s
  JOIN scores_publication p ON p.id = m.publication_id AND p.published_at IS NOT NULL
"""
_MOMENT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""

MARKS = f"""
SELECT m.id AS mark, s.name AS sitting, CASE WHEN m.practical THEN 'practical' ELSE 'written' END AS kind,
       c.record_number, t.number AS ticket_number, c.registration_number, k.code AS course,
       m.points, m.grade, m.flag, m.flag_reason, m.site, p.sequence AS publication,
       {_MOMENT.format("p.published_at")} AS published_at, f.sha256 AS file_sha256
  FROM scores_mark m {_OUT}
  JOIN records_candidate c ON c.id = m.candidate_id
  JOIN records_course k ON k.id = m.course_id
  LEFT JOIN records_ticket t ON t.candidate_id = c.id AND t.is_current
  LEFT JOIN scores_scorebatch b ON b.id = m.batch_id
  LEFT JOIN records_importfile f ON f.id = b.file_id
 ORDER BY m.id
"""

REVISIONS = f"""
SELECT r.id AS revision, r.mark_id AS mark, r.kind,
       r.points_before, r.grade_before, r.flag_before, r.flag_reason_before, r.points, r.grade, r.flag, r.flag_reason,
       r.because, r.case_table, r.case_id, r.was_published,
       {_MOMENT.format("r.made_at")} AS made_at, {_MOMENT.format("r.taken_back_at")} AS taken_back_at
  FROM scores_markrevision r JOIN scores_mark m ON m.id = r.mark_id {_OUT}
 ORDER BY r.id
"""


@dataclass(frozen=True)
class Member:
    """A file of the archive as the manifest names it; ``rows`` without the header, None where there are none."""

    name: str
    sha256: str
    size: int
    rows: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The manifest's line."""
        return {"name": self.name, "sha256": self.sha256, "bytes": self.size, "rows": self.rows}


class _Hashed:
    """Passes what is written on, hashing and measuring it."""

    def __init__(self, into: IO[bytes]) -> None:
        self.into, self.digest, self.size = into, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self.into.write(data)


@contextmanager
def one_view() -> Iterator[None]:
    """Both tables as they are at one moment; within a caller's transaction that one's view has to do."""
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def copy_table(archive: ZipFile, name: str, query: str, year: int) -> Member:
    """Stream the rows of a query into a .csv of the archive; memory stays constant."""
    with archive.open(name, "w", force_zip64=True) as stream, connection.cursor() as cursor:
        hashed = _Hashed(stream)
        chosen = cursor.mogrify(query, {"last": f"{year}-12"}).decode()
        cursor.copy_expert(f"COPY ({chosen}) TO STDOUT WITH (FORMAT csv, HEADER true)", hashed)
        return Member(name, hashed.digest.hexdigest(), hashed.size, cursor.rowcount)


def add(archive: ZipFile, name: str, content: bytes) -> Member:
    """Write a small file into the archive."""
    archive.writestr(name, content)
    return Member(name, hashlib.sha256(content).hexdigest(), len(content))

"""Entering and revoking credits, set-based: one candidate's exemption and a sitting's 300,000 marks go the same way.

Every function runs inside the caller's transaction (``atomic``), locks the candidates concerned first, and leaves credits, change
feed and record numbers in step with the entries. Running it twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from records.ledger.opening import open_records

PASS_MARK = Decimal(60)
PASSING_GRADES = {"优秀": Decimal(90), "良好": Decimal(80), "中等": Decimal(70), "及格": Decimal(60), "合格": Decimal(60)}

_COLUMNS = 'candidate_id, course_id, source, mark, grade, rank, "on", university_id, document, origin, origin_id'

_RANK = (
    "COALESCE(mark, CASE grade " + " ".join(f"WHEN '{grade}' THEN {points}" for grade, points in PASSING_GRADES.items()) + " END)"
)


@dataclass(frozen=True)
class Entry:
    """A basis to enter. ``origin`` and ``origin_id`` name what it stands on and make entering idempotent."""

    candidate_id: int
    course_id: int
    source: str
    on: dt.date
    origin: str
    origin_id: str
    mark: Decimal | None = None
    grade: str = ""
    university_id: int | None = None
    document: str = ""


@dataclass(frozen=True)
class Posting:
    """What a posting did: bases entered or revoked, (candidate, course) pairs touched, records opened."""

    entries: int
    touched: int
    opened: int = 0


def enter(entries: Iterable[Entry]) -> Posting:
    """Enter bases one by one named; see ``enter_selected`` for sets."""
    rows = [
        (e.candidate_id, e.course_id, e.source, e.mark, e.grade, e.on, e.university_id, e.document, e.origin, e.origin_id)
        for e in entries
    ]
    if not rows:
        return Posting(0, 0)
    places = ", ".join(["(%s, %s, %s, %s::numeric, %s, %s::date, %s::bigint, %s, %s, %s)"] * len(rows))
    names = 'candidate_id, course_id, source, mark, grade, "on", university_id, document, origin, origin_id'
    return enter_selected(f"SELECT * FROM (VALUES {places}) AS v({names})", [value for row in rows for value in row])


@transaction.atomic
def enter_selected(select: str, params: Sequence[Any] = ()) -> Posting:
    """Enter the bases that a SQL query yields, with the columns of ``Entry`` by name; at most some 10,000 rows a call.

    Bases already entered are left as they are. Candidates with a first credit by examination get their record opened.
    """
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS ledger_posting (candidate_id bigint, course_id bigint) ON COMMIT DROP")
        cursor.execute("DELETE FROM ledger_posting")
        _lock_candidates(cursor, f"SELECT candidate_id FROM ({select}) AS chosen", params)
        cursor.execute(
            f"""WITH entered AS (
                    INSERT INTO records_creditentry ({_COLUMNS})
                    SELECT candidate_id, course_id, source, mark, grade, {_RANK}, "on", university_id, document, origin, origin_id
                      FROM ({select}) AS chosen
                    ON CONFLICT (origin, origin_id) DO NOTHING
                    RETURNING candidate_id, course_id)
                INSERT INTO ledger_posting SELECT candidate_id, course_id FROM entered""",
            params,
        )
        entered = cursor.rowcount
        touched = _settle(cursor)
    return Posting(entered, touched, open_records())


@transaction.atomic
def revoke(origin: str, origin_ids: Collection[str], *, because: str) -> Posting:
    """Take back the standing bases of these origins, with the reason in words; what else the course stands on keeps counting."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS ledger_posting (candidate_id bigint, course_id bigint) ON COMMIT DROP")
        cursor.execute("DELETE FROM ledger_posting")
        ids = [str(origin_id) for origin_id in origin_ids]
        chosen = "SELECT candidate_id FROM records_creditentry WHERE origin = %s AND origin_id = ANY(%s)"
        _lock_candidates(cursor, chosen, [origin, ids])
        cursor.execute(
            """WITH gone AS (
                   UPDATE records_creditentry SET revoked_at = clock_timestamp(), revoked_because = %s
                    WHERE origin = %s AND origin_id = ANY(%s) AND revoked_at IS NULL
                   RETURNING candidate_id, course_id)
               INSERT INTO ledger_posting SELECT candidate_id, course_id FROM gone""",
            [because, origin, ids],
        )
        revoked = cursor.rowcount
        touched = _settle(cursor)
    return Posting(revoked, touched)


@transaction.atomic
def hand_over(merged_id: int, kept_id: int) -> Posting:
    """Let every basis of one record count for another record of the same person (``records/merging``).

    Of each course the better basis counts; the feed tells what went here and came there.
    """
    both = [[merged_id, kept_id]]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS ledger_posting (candidate_id bigint, course_id bigint) ON COMMIT DROP")
        cursor.execute("DELETE FROM ledger_posting")
        _lock_candidates(cursor, "SELECT unnest(%s::bigint[])", both)
        cursor.execute(
            """INSERT INTO ledger_posting
               SELECT holder.id, e.course_id FROM records_creditentry e, unnest(%s::bigint[]) AS holder(id)
                WHERE e.candidate_id = %s""",
            [*both, merged_id],
        )
        cursor.execute("UPDATE records_creditentry SET candidate_id = %s WHERE candidate_id = %s", [kept_id, merged_id])
        moved = cursor.rowcount
        touched = _settle(cursor)
    return Posting(moved, touched, open_records())


def _lock_candidates(cursor: Any, chosen: str, params: Sequence[Any]) -> None:
    cursor.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM records_candidate WHERE id IN ({chosen}) ORDER BY id FOR NO KEY UPDATE) l",
        params,
    )


_SETTLE = """
WITH pairs AS (SELECT DISTINCT candidate_id, course_id FROM ledger_posting),
standing AS (
    SELECT e.*, min(e."on") OVER w AS first_on, max(e."on") OVER w AS latest_on,
           row_number() OVER (PARTITION BY e.candidate_id, e.course_id
                              ORDER BY e.rank DESC NULLS LAST,
                                       array_position(ARRAY['exam', 'practical', 'transfer', 'exemption'], e.source::text),
                                       e."on", e.id) AS place
      FROM records_creditentry e JOIN pairs USING (candidate_id, course_id)
     WHERE e.revoked_at IS NULL
    WINDOW w AS (PARTITION BY e.candidate_id, e.course_id)),
best AS (SELECT * FROM standing WHERE place = 1),
gone AS (
    DELETE FROM records_credit c USING pairs p
     WHERE c.candidate_id = p.candidate_id AND c.course_id = p.course_id
       AND NOT EXISTS (SELECT 1 FROM records_creditentry e
                        WHERE e.candidate_id = c.candidate_id AND e.course_id = c.course_id AND e.revoked_at IS NULL)
    RETURNING c.candidate_id, c.course_id),
now_counting AS (
    INSERT INTO records_credit AS c
           (candidate_id, course_id, source, mark, grade, "on", first_on, latest_on, university_id, entry_id)
    SELECT candidate_id, course_id, source, mark, grade, "on", first_on, latest_on, university_id, id FROM best
    ON CONFLICT (candidate_id, course_id) DO UPDATE
       SET source = excluded.source, mark = excluded.mark, grade = excluded.grade, "on" = excluded."on",
           first_on = excluded.first_on, latest_on = excluded.latest_on, university_id = excluded.university_id,
           entry_id = excluded.entry_id
     WHERE (c.entry_id, c.first_on, c.latest_on, c.mark, c.grade) IS DISTINCT FROM
           (excluded.entry_id, excluded.first_on, excluded.latest_on, excluded.mark, excluded.grade)
    RETURNING candidate_id, course_id, (xmax = 0) AS is_new),
fed AS (
    INSERT INTO records_creditchange (candidate_id, course_id, kind)
    SELECT candidate_id, course_id, 'revoked' FROM gone
    UNION ALL
    SELECT candidate_id, course_id, CASE WHEN is_new THEN 'entered' ELSE 'changed' END FROM now_counting
    RETURNING 1)
SELECT count(*) FROM fed
"""


def _settle(cursor: Any) -> int:
    """Bring the credits of the posted pairs in step with their standing entries, and tell the feed; pairs changed."""
    cursor.execute(_SETTLE)
    return int(cursor.fetchone()[0])

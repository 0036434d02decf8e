"""Whom a publication would concern: the figures that both people see before it goes out, stored on the publication."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

from records.ledger.book import PASS_MARK, PASSING_GRADES
from scores.models import Publication
from scores.sittings import tallying

NOTEWORTHY = 0.05  # a pass rate that moved by more than this since the last sitting must be explained

_AFFECTED = """
CREATE TEMP TABLE score_affected ON COMMIT DROP AS
SELECT m.candidate_id, m.course_id, c.managing_university_id AS university_id, m.flag = '正常' AS is_present,
       m.flag = '正常' AND (COALESCE(m.points >= %(pass)s, false) OR m.grade = ANY(%(grades)s)) AS is_passed,
       c.record_opened_on IS NULL AS has_no_record
  FROM scores_mark m JOIN records_candidate c ON c.id = m.candidate_id
 WHERE m.publication_id = %(publication)s
"""

_TOTALS = """
SELECT count(*), count(DISTINCT candidate_id), count(*) FILTER (WHERE is_present), count(*) FILTER (WHERE is_passed),
       count(DISTINCT candidate_id) FILTER (WHERE is_passed AND has_no_record),
       count(*) FILTER (WHERE is_passed AND NOT EXISTS (
           SELECT 1 FROM records_credit h WHERE h.candidate_id = a.candidate_id AND h.course_id = a.course_id))
  FROM score_affected a
"""

_BY_UNIVERSITY = """
SELECT o.code, COALESCE(NULLIF(o.short_name, ''), o.name), count(*), count(*) FILTER (WHERE is_present),
       count(*) FILTER (WHERE is_passed), count(DISTINCT candidate_id) FILTER (WHERE is_passed AND has_no_record),
       (SELECT sum(s.passed)::float8 / NULLIF(sum(s.present), 0) FROM scores_sittingstatistic s
         WHERE s.university_id = o.id AND s.sitting_id = %(last)s)
  FROM score_affected a JOIN records_office o ON o.id = a.university_id
 GROUP BY o.id ORDER BY o.code
"""

_BY_COURSE = """
SELECT k.code, k.name, count(*), count(*) FILTER (WHERE is_present), count(*) FILTER (WHERE is_passed)
  FROM score_affected a JOIN records_course k ON k.id = a.course_id
 GROUP BY k.id ORDER BY k.code
"""

_LAST = """
SELECT s.id, s.name FROM scores_sitting s
 WHERE s.name < (SELECT name FROM scores_sitting WHERE id = %s)
   AND EXISTS (SELECT 1 FROM scores_sittingstatistic t WHERE t.sitting_id = s.id)
 ORDER BY s.name DESC LIMIT 1
"""


def refresh_preview(publication: Publication) -> None:
    """Compute the figures of an open publication anew and store them; inside the caller's transaction.

    Rates are 0 to 1, ``difference`` is to the last sitting's of the university; None where there is none.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [publication.sitting_id])
        last = cursor.fetchone() or (None, "")
        cursor.execute("DROP TABLE IF EXISTS score_affected")
        parameters: dict[str, Any] = {"publication": publication.pk, "pass": PASS_MARK, "grades": [*PASSING_GRADES]}
        cursor.execute(_AFFECTED, parameters)
        publication.preview = {
            "at": timezone.now().isoformat(),
            "last": last[1],
            **_totals(cursor),
            "universities": _universities(cursor, last[0]),
            "courses": _courses(cursor),
            **_registered(publication),
        }
    publication.save(update_fields=["preview"])


def _totals(cursor: Any) -> dict[str, int]:
    cursor.execute(_TOTALS)
    return dict(zip(("marks", "candidates", "present", "passed", "opened", "credits"), cursor.fetchone(), strict=True))


def _registered(publication: Publication) -> dict[str, int]:
    """How many are ``registered`` in the sitting and kind, and how many of them have no mark yet (``missing``)."""
    practical = publication.kind == Publication.Kind.PRACTICAL
    tallying.refresh(publication.sitting_id, practical=practical)
    found = tallying.tally_of(tallying.whole(publication.sitting_id, practical=practical))
    return {"registered": found.registered, "missing": found.missing if found.registered else 0}


def _universities(cursor: Any, last_id: int | None) -> list[dict[str, Any]]:
    cursor.execute(_BY_UNIVERSITY, {"last": last_id})
    keys = ("code", "name", "marks", "present", "passed", "opened", "last_rate")
    lines = [dict(zip(keys, line, strict=True)) for line in cursor.fetchall()]
    for line in lines:
        rate = line["passed"] / line["present"] if line["present"] else None
        known = rate is not None and line["last_rate"] is not None
        line["rate"] = rate
        line["difference"] = rate - line["last_rate"] if known else None
        line["is_noteworthy"] = known and abs(line["difference"]) > NOTEWORTHY
    return lines


def _courses(cursor: Any) -> list[dict[str, Any]]:
    cursor.execute(_BY_COURSE)
    return [dict(zip(("code", "name", "marks", "present", "passed"), line, strict=True)) for line in cursor.fetchall()]

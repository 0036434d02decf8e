"""Which marks are credits: the passed ones, as rows that the ledger enters (art. 19, 24)."""

from __future__ import annotations

from records.ledger.book import PASS_MARK, PASSING_GRADES
from scores.sittings.models import LAST_DAY_SQL

ORIGIN = "scores.mark"
"""What a credit by examination stands on; its ``origin_id`` is the mark's, and after a change ``mark.revision``."""

PASSED_MARKS = f"""
SELECT m.candidate_id, m.course_id, CASE WHEN m.practical THEN 'practical' ELSE 'exam' END AS source, m.points AS mark, m.grade,
       {LAST_DAY_SQL} AS "on", '' AS document, '{ORIGIN}' AS origin, {{origin_id}} AS origin_id,
       CASE WHEN m.practical OR k.practical THEN COALESCE(
           (SELECT r.university_id FROM records_registration r
              JOIN records_plan p ON p.major_id = r.major_id
              JOIN records_plancourse pc ON pc.plan_id = p.id AND pc.course_id = m.course_id
             WHERE r.candidate_id = m.candidate_id
             ORDER BY r.university_id <> c.managing_university_id, r.registered_on, r.id LIMIT 1),
           c.managing_university_id) END AS university_id
  FROM scores_mark m
  JOIN scores_sitting s ON s.id = m.sitting_id
  JOIN records_candidate c ON c.id = m.candidate_id
  JOIN records_course k ON k.id = m.course_id
 WHERE {{chosen}} AND m.flag = '正常' AND (m.points >= %s OR m.grade = ANY(%s))
"""
"""To be filled with ``origin_id`` and ``chosen`` (SQL on mark ``m``); the last two parameters are ``PASSING``."""

PASSING = (PASS_MARK, [*PASSING_GRADES])

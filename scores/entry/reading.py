"""What the staged rows of a batch mean: one temporary table in which every row stands beside what it refers to.

``score_reading`` has the row as it came (``ticket``, ``course``, ``mark``, ``flag``, ``site``), whom and what it names
(``candidate_id``, ``university_id``, ``course_id``, ``course_practical``; null where unknown), how the mark reads (``points``,
``grade``, ``reads_as``, ``old_flag``; ``void_by`` is the decision under which it is taken as 取消, its mark dropped), the
decision of a case that will void it as it is entered (``decided_by``, ``scores/violations/entering.py``) and the mark that the
sitting has already (``mark_id`` …, ``differs``, ``is_changed``); one that a decision has changed is compared as it was entered.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from scores.models import Mark, ScoreBatch
from scores.violations.entering import prepare_reading

OLD_NOTATION = {"--": Mark.Flag.ABSENT, "-0": Mark.Flag.BREACH, "+0": Mark.Flag.CANCELLED}
FULL_MARKS = "++"
DEFERRED = "缓考"  # since abolished; the candidate was not there
GRADES = ("优秀", "良好", "中等", "及格", "不及格", "合格", "不合格")
IN_RANGE = r"^0{0,3}([0-9]{1,2}(\.[0-9]0{0,9})?|100(\.0{1,9})?)$"  # zeros beyond the first decimal are no decimals

_READING = """
CREATE TEMP TABLE score_reading ON COMMIT DROP AS
SELECT s.row, s.ticket, s.course, s.mark, s.flag, s.site,
       t.candidate_id, c.managing_university_id AS university_id, k.id AS course_id, k.practical AS course_practical,
       f.points, f.grade, f.reads_as, n.given_flag, n.old_flag, v.void_by,
       m.id AS mark_id, m.practical AS was_practical, p.published_at IS NOT NULL AS is_published, p.sequence,
       CASE WHEN dr.whole OR k.id = ANY(dr.courses) THEN dr.decision END AS decided_by,
       d.differs, m.id IS NOT NULL AND p.published_at IS NULL AND (d.differs OR m.site <> s.site) AS is_changed
  FROM scores_stagedmark s
  LEFT JOIN records_ticket t ON t.number = s.ticket
  LEFT JOIN records_candidate c ON c.id = t.candidate_id
  LEFT JOIN records_course k ON k.code = s.course
  LEFT JOIN scores_mark m ON m.sitting_id = %(sitting)s AND m.course_id = k.id AND m.candidate_id = t.candidate_id
  LEFT JOIN scores_publication p ON p.id = m.publication_id
  LEFT JOIN (SELECT candidate_id, min(decision) AS decision FROM records_penalty
              WHERE starts_on <= %(day)s AND ends_on >= %(day)s AND revoked_at IS NULL
                AND NOT EXISTS (SELECT FROM scores_violation w WHERE w.penalty_id = records_penalty.id)
              GROUP BY candidate_id) barred ON barred.candidate_id = t.candidate_id
  LEFT JOIN decided_reading dr ON dr.candidate_id = t.candidate_id
  LEFT JOIN entered_reading e ON e.mark_id = m.id
 CROSS JOIN LATERAL (
    SELECT CASE WHEN s.mark = %(full)s THEN 100 WHEN s.mark ~ %(in_range)s THEN s.mark::numeric END AS points,
           CASE WHEN s.mark = ANY(%(grades)s) THEN s.mark ELSE '' END AS grade,
           CASE s.flag WHEN '' THEN %(normal)s WHEN %(deferred)s THEN %(absent)s ELSE s.flag END AS given_flag,
           (%(old)s::jsonb) ->> s.mark AS old_flag) n
 CROSS JOIN LATERAL (
    SELECT CASE WHEN COALESCE(n.old_flag, n.given_flag) = %(normal)s AND (n.points IS NOT NULL OR n.grade <> '')
                THEN barred.decision END AS void_by) v
 CROSS JOIN LATERAL (
    SELECT CASE WHEN v.void_by IS NULL THEN n.points END AS points,
           CASE WHEN v.void_by IS NULL THEN n.grade ELSE '' END AS grade,
           CASE WHEN v.void_by IS NULL THEN COALESCE(n.old_flag, n.given_flag) ELSE %(cancelled)s END AS reads_as) f
 CROSS JOIN LATERAL (
    SELECT (m.points, m.grade, m.flag) IS DISTINCT FROM (f.points, f.grade, f.reads_as) AS from_now,
           (e.points, e.grade, e.flag) IS DISTINCT FROM (f.points, f.grade, f.reads_as) AS from_entered) o
 CROSS JOIN LATERAL (
    SELECT CASE WHEN e.mark_id IS NULL THEN o.from_now WHEN p.published_at IS NULL THEN o.from_entered
                ELSE o.from_now AND o.from_entered END AS differs) d
 WHERE s.batch_id = %(batch)s
"""


def read_staged(batch: ScoreBatch) -> None:
    """Make ``score_reading`` of the batch's staged rows; it goes with the caller's transaction."""
    prepare_reading(batch.sitting)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS score_reading")
        cursor.execute("SET LOCAL enable_nestloop = off")  # the planner does not know yet how many rows have just been staged
        cursor.execute(_READING, _parameters(batch))
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute("ANALYZE score_reading")


def _parameters(batch: ScoreBatch) -> dict[str, Any]:
    pairs = ", ".join(f'"{sign}": "{flag.value}"' for sign, flag in OLD_NOTATION.items())
    return {
        "batch": batch.pk,
        "sitting": batch.sitting_id,
        "day": batch.sitting.last_day,
        "cancelled": Mark.Flag.CANCELLED.value,
        "full": FULL_MARKS,
        "in_range": IN_RANGE,
        "grades": list(GRADES),
        "normal": Mark.Flag.NORMAL.value,
        "absent": Mark.Flag.ABSENT.value,
        "deferred": DEFERRED,
        "old": f"{{{pairs}}}",
    }

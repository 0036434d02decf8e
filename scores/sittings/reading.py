"""What the staged rows of a file of registrations mean: one temporary table in which every row stands beside what it refers to.

``registration_reading`` has the row as it came (``ticket``, ``course``; ``given_site`` …), whom and what it names
(``candidate_id``, ``university_id``, ``course_id``, ``course_practical``; null where unknown), where the candidate will sit
(``site``, ``room``, ``seat``), the registration that the sitting has already (``registration_id`` …, ``was_at``, ``is_changed``)
and the suspension that runs on the sitting's last day (``barred_by``, ``barred_until``).
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from records.penalties.models import Penalty
from scores.models import RegistrationFile

READING = "registration_reading"

_READING = """
CREATE TEMP TABLE registration_reading ON COMMIT DROP AS
SELECT s.row, s.ticket, s.course, s.site AS given_site, s.room AS given_room, s.seat AS given_seat,
       t.candidate_id, c.managing_university_id AS university_id, k.id AS course_id, k.practical AS course_practical,
       a.site, b.room, d.seat,
       g.id AS registration_id, g.practical AS was_practical, concat_ws(' ', NULLIF(g.site, ''), NULLIF(g.room, ''),
       NULLIF(g.seat, '')) AS was_at,
       g.id IS NOT NULL AND g.practical = %(practical)s
           AND (g.site, g.room, g.seat) IS DISTINCT FROM (a.site, b.room, d.seat) AS is_changed,
       barred.decision AS barred_by, barred.ends_on AS barred_until
  FROM scores_stagedregistration s
  LEFT JOIN records_ticket t ON t.number = s.ticket
  LEFT JOIN records_candidate c ON c.id = t.candidate_id
  LEFT JOIN records_course k ON k.code = s.course
  LEFT JOIN scores_sittingregistration g
         ON g.sitting_id = %(sitting)s AND g.course_id = k.id AND g.candidate_id = t.candidate_id
  LEFT JOIN (SELECT DISTINCT ON (candidate_id) candidate_id, decision, ends_on FROM records_penalty
              WHERE kind = %(suspension)s AND starts_on <= %(day)s AND ends_on >= %(day)s AND revoked_at IS NULL
              ORDER BY candidate_id, ends_on DESC, id DESC) barred ON barred.candidate_id = t.candidate_id
 CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(s.site, ''), g.site, '') AS site) a
 CROSS JOIN LATERAL (SELECT CASE WHEN s.room = '' AND a.site = g.site THEN g.room ELSE s.room END AS room) b
 CROSS JOIN LATERAL (
    SELECT CASE WHEN s.seat = '' AND a.site = g.site AND b.room = g.room THEN g.seat ELSE s.seat END AS seat) d
 WHERE s.batch_id = %(batch)s
"""
"""What a row leaves empty stays as it is, unless the row names another place: a room of another site is not his."""


def read_staged(batch: RegistrationFile) -> None:
    """Make ``registration_reading`` of the batch's staged rows; it goes with the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS registration_reading")
        cursor.execute("SET LOCAL enable_nestloop = off")  # the planner does not know yet how many rows have just been staged
        cursor.execute(_READING, {**parameters_of(batch), "suspension": Penalty.Kind.SUSPENSION.value})
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute("ANALYZE registration_reading")


def parameters_of(batch: RegistrationFile) -> dict[str, Any]:
    """What the statements about a batch ask for."""
    return {
        "batch": batch.pk,
        "sitting": batch.sitting_id,
        "practical": batch.practical,
        "day": batch.sitting.last_day,
    }

"""The marks of a sitting, drawn by the database: who sits what follows from the route and from what has been passed so far.

A function of (seed, person, course, sitting) decides everything, so no row passes through Python. Written papers come first;
practicals and theses build on what has been passed, this sitting included. Who is caught cheating loses the whole sitting.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from config.city.calendar import Term
from config.city.people import City, Part
from scores.models import Publication

Kind = Publication.Kind
ENOUGH_TO_BE_PUNISHED = 5  # sittings that are out: one lost, two waited for, two to finish in

_ATTEMPTS = """
CREATE TEMP TABLE IF NOT EXISTS city_attempt (
    number bigint, candidate_id bigint, place int, course_id bigint, practical boolean, thesis boolean, part int,
    ability float8, absence float8, must_pass boolean, must_fail boolean, key bigint);
TRUNCATE city_attempt;
INSERT INTO city_attempt
SELECT w.number, w.candidate_id, n.place, n.course_id, n.practical, n.thesis, w.part, w.ability, w.absence,
       w.part IN (%(finisher)s, %(showcase)s) OR (w.part = %(short_of_one)s AND NOT n.is_last),
       w.part = %(short_of_one)s AND n.is_last, n.key
  FROM city_walker w
 CROSS JOIN LATERAL (
    SELECT s.place, s.course_id, s.practical, s.thesis, s.is_last, s.key + %(sitting)s AS key
      FROM city_stop s
     WHERE s.route = w.route AND s.first_sitting <= %(name)s AND {eligible}
     ORDER BY s.place + 4 * pg_temp.chance(w.number, s.key + %(sitting)s + 1)
     LIMIT {most}) n
 WHERE w.starts <= %(place)s AND (w.barred_until IS NULL OR w.barred_until < %(last_day)s)
   AND (w.part <> %(ordinary)s OR pg_temp.chance(w.number, %(seed)s + %(sitting)s + 2) < 0.92)
"""

_NOT_PASSED = "(w.passed >> s.place) & 1 = 0"
_WRITTEN = f"""NOT s.practical
       AND ({_NOT_PASSED} OR (w.part = 0 AND pg_temp.chance(w.number, s.key + %(sitting)s + 3) < 0.012))"""
_PRACTICAL = f"""s.practical AND {_NOT_PASSED}
       AND (s.theory IS NULL OR (w.passed >> s.theory) & 1 = 1)
       AND (NOT s.thesis OR NOT EXISTS (
            SELECT FROM city_stop o WHERE o.route = s.route AND NOT o.practical AND (w.passed >> o.place) & 1 = 0))
       AND (w.part IN (%(finisher)s, %(short_of_one)s, %(showcase)s)
            OR pg_temp.chance(w.number, s.key + %(sitting)s + 4) < CASE WHEN s.theory IS NULL THEN 0.12 ELSE 0.6 END)"""
_MOST_WRITTEN = """CASE WHEN w.part IN (%(finisher)s, %(short_of_one)s) THEN %(hurry)s
                   WHEN w.part = %(showcase)s THEN 3 * %(hurry)s
                   ELSE floor(w.pace + pg_temp.chance(w.number, %(seed)s + %(sitting)s + 5))::int END"""

_MARKS = """
CREATE TEMP TABLE IF NOT EXISTS city_mark (
    number bigint, candidate_id bigint, place int, course_id bigint, points numeric(4, 1), grade text, flag text, site text);
TRUNCATE city_mark;
INSERT INTO city_mark
SELECT a.number, a.candidate_id, a.place, a.course_id,
       CASE WHEN f.flag = '正常' AND NOT g.by_grade THEN p.points END,
       CASE WHEN f.flag <> '正常' OR NOT g.by_grade THEN ''
            WHEN p.points >= 90 THEN '优秀' WHEN p.points >= 80 THEN '良好' WHEN p.points >= 70 THEN '中等'
            WHEN p.points >= 60 THEN '及格' ELSE '不及格' END,
       f.flag, '第' || 1 + floor(pg_temp.chance(a.number, %(seed)s + %(sitting)s + 6) * 48)::int || '考点'
  FROM (SELECT a.*, row_number() OVER (PARTITION BY a.number ORDER BY a.place) AS turn,
               NOT a.practical AND ((a.part = %(cheat)s OR a.part = %(showcase)s AND %(has_time)s) AND w.starts = %(place)s
                 OR a.part = %(ordinary)s AND pg_temp.chance(a.number, %(seed)s + %(sitting)s + 7) < 0.0008) AS cheats
          FROM city_attempt a JOIN city_walker w USING (number)) a
 CROSS JOIN LATERAL (SELECT CASE
        WHEN a.must_pass THEN 60 + floor(39 * pg_temp.chance(a.number, a.key + 8))
        WHEN a.must_fail THEN 35 + floor(24 * pg_temp.chance(a.number, a.key + 8))
        ELSE LEAST(99, GREATEST(12, round((a.ability + CASE WHEN a.practical THEN 14 ELSE 0 END
                + 10 * (pg_temp.chance(0, a.key) - 0.5) + 9 * pg_temp.bell(a.number, a.key + 9))::numeric
                * 2) / 2)) END AS points) p
 CROSS JOIN LATERAL (SELECT a.thesis OR (a.practical AND a.key %% 3 = 0) AS by_grade) g
 CROSS JOIN LATERAL (SELECT pg_temp.chance(a.number, a.key + 20) AS drawn) d
 CROSS JOIN LATERAL (SELECT CASE
        WHEN a.cheats THEN CASE WHEN a.turn = 1 THEN '作弊' ELSE '取消' END
        WHEN a.must_pass OR a.must_fail THEN '正常'
        WHEN d.drawn < a.absence THEN '缺考'
        WHEN d.drawn > 0.9972 THEN '违纪'
        ELSE '正常' END AS flag) f
"""

_PASSES = """
UPDATE city_walker w SET passed = w.passed | p.bits
  FROM (SELECT number, bit_or(1::bigint << place) AS bits FROM city_mark
         WHERE flag = '正常' AND (points >= 60 OR grade IN ('优秀', '良好', '中等', '及格')) GROUP BY number) p
 WHERE p.number = w.number
"""

_CAUGHT = """
UPDATE city_walker w SET barred_until = %(last_day)s FROM city_mark m WHERE m.number = w.number AND m.flag = '作弊'
"""

_INTO_THE_SITTING = """
INSERT INTO scores_mark (sitting_id, publication_id, batch_id, candidate_id, course_id, practical, points, grade, flag, site)
SELECT %(sitting)s, %(publication)s, %(batch)s, candidate_id, course_id, %(practical)s, points, grade, flag, site
  FROM city_mark ORDER BY candidate_id, course_id
"""


def draw(city: City, term: Term, kind: str) -> int:
    """The marks of this kind in this sitting as ``city_mark``; returns how many."""
    eligible, most = (_WRITTEN, _MOST_WRITTEN) if kind == Kind.WRITTEN else (_PRACTICAL, "NULL")
    parameters: dict[str, Any] = {
        "seed": city.seed,
        "sitting": term.place * 1000 + (500 if kind == Kind.PRACTICAL else 0),
        "place": term.place,
        "name": term.name,
        "last_day": term.last_day,
        "hurry": city.hurry,
        "has_time": city.published >= ENOUGH_TO_BE_PUNISHED,
        **{part.name.lower(): int(part) for part in Part},
    }
    with connection.cursor() as cursor:
        cursor.execute(_ATTEMPTS.format(eligible=eligible, most=most), parameters)
        cursor.execute(_MARKS, parameters)
        count = int(cursor.rowcount)
        cursor.execute(_PASSES)
        cursor.execute(_CAUGHT, parameters)
    return count


def enter(sitting_id: int, publication_id: int, batch_id: int, kind: str) -> None:
    """Write what ``draw`` left into the sitting."""
    values = {"sitting": sitting_id, "publication": publication_id, "batch": batch_id, "practical": kind == Kind.PRACTICAL}
    with connection.cursor() as cursor:
        cursor.execute(_INTO_THE_SITTING, values)

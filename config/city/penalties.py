"""Suspensions and delays of graduation for some of those caught cheating; while one runs, its candidate sits nothing."""

from __future__ import annotations

from typing import Any

from django.db import connection

from config.city.calendar import Term
from config.city.people import Part

MONTHS_TO_DECIDE, DAY_OF_DECISION = 2, 10

_DECIDE = """
WITH caught AS (
    SELECT DISTINCT w.number, w.candidate_id,
           CASE WHEN w.part = %(showcase)s THEN 0.5 ELSE pg_temp.chance(w.number, %(seed)s + 41) END AS drawn
      FROM city_mark m JOIN city_walker w USING (number)
     WHERE m.flag = '作弊' AND (w.part IN (%(cheat)s, %(showcase)s) OR pg_temp.chance(w.number, %(seed)s + 40) < 0.2)),
decided AS (
    SELECT number, candidate_id, CASE WHEN drawn < 0.5 THEN 'suspension' ELSE 'delay' END AS kind,
           '考处〔' || %(year)s || '〕' || %(month)s * 1000 + row_number() OVER (ORDER BY number) || '号' AS decision,
           %(starts_on)s::date AS starts_on,
           (%(starts_on)s::date + make_interval(years => 1 + floor(drawn * 20)::int %% 10 %% 3))::date - 1 AS ends_on
      FROM caught),
written AS (
    INSERT INTO records_penalty (candidate_id, kind, decision, starts_on, ends_on)
    SELECT candidate_id, kind, decision, starts_on, ends_on FROM decided ORDER BY number)
UPDATE city_walker w SET barred_until = d.ends_on FROM decided d WHERE d.number = w.number
"""


def decide(term: Term, seed: int) -> None:
    """Penalties of one to three years for cheats among the written marks in ``city_mark``, from two months after the sitting."""
    starts_on = term.first_day.replace(month=term.first_day.month + MONTHS_TO_DECIDE, day=DAY_OF_DECISION)
    parameters: dict[str, Any] = {
        "seed": seed,
        "cheat": int(Part.CHEAT),
        "showcase": int(Part.SHOWCASE),
        "year": str(starts_on.year),
        "month": term.first_day.month,
        "starts_on": starts_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DECIDE, parameters)

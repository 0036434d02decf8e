"""How many are registered in a sitting and of how many a mark is there, counted anew whenever a file has come in or gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum

from scores.models import SittingTally

_FORGET = "DELETE FROM scores_sittingtally WHERE sitting_id = %(sitting)s AND practical = %(practical)s"

_COUNT = """
INSERT INTO scores_sittingtally
       (sitting_id, practical, university_id, course_id, site, registered, marked, sat, missing, unregistered)
SELECT %(sitting)s, %(practical)s, c.managing_university_id, x.course_id, x.site,
       count(x.registered), count(x.mark), count(x.mark) FILTER (WHERE x.flag <> '缺考'),
       count(x.registered) FILTER (WHERE NOT x.is_marked),
       count(x.mark) FILTER (WHERE x.registered IS NULL)
  FROM (SELECT candidate_id, course_id, COALESCE(r.site, m.site) AS site, r.id AS registered,
               m.id IS NOT NULL AS is_marked, m.flag, CASE WHEN m.practical = %(practical)s THEN m.id END AS mark
          FROM (SELECT id, candidate_id, course_id, site FROM scores_sittingregistration
                 WHERE sitting_id = %(sitting)s AND practical = %(practical)s) r
          FULL JOIN (SELECT id, candidate_id, course_id, site, practical, flag FROM scores_mark WHERE sitting_id = %(sitting)s) m
               USING (candidate_id, course_id)) x
  JOIN records_candidate c ON c.id = x.candidate_id
 WHERE x.registered IS NOT NULL OR x.mark IS NOT NULL
 GROUP BY GROUPING SETS ((c.managing_university_id), (c.managing_university_id, x.course_id),
                         (c.managing_university_id, x.site))
"""


@dataclass(frozen=True)
class Tally:
    """Counts of a sitting's kind: ``missing`` and ``unregistered`` say something only where anybody is registered."""

    registered: int = 0
    marked: int = 0
    sat: int = 0
    missing: int = 0
    unregistered: int = 0


def refresh(sitting_id: int, *, practical: bool) -> None:
    """Count the sitting's registrations and marks of a kind anew, inside the caller's transaction."""
    values = {"sitting": sitting_id, "practical": practical}
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, values)
        cursor.execute(_COUNT, values)


def tally_of(tallies: QuerySet[SittingTally]) -> Tally:
    """The sum of lines."""
    sums: dict[str, Any] = tallies.aggregate(**{key: Sum(key, default=0) for key in Tally.__dataclass_fields__})
    return Tally(**sums)


def whole(sitting_id: int, *, practical: bool) -> QuerySet[SittingTally]:
    """The lines of the universities, undivided by course and site."""
    return SittingTally.objects.filter(sitting=sitting_id, practical=practical, course=None, site=None)

"""Reading credits, as they stand now or as they stood on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

_NOW = """
SELECT c.candidate_id, k.code, c.source, c.mark, c.grade, c."on", c.latest_on, c.university_id
  FROM records_credit c JOIN records_course k ON k.id = c.course_id
 WHERE c.candidate_id = ANY(%(candidates)s)
 ORDER BY c.candidate_id, k.code
"""

_THEN = """
SELECT DISTINCT ON (e.candidate_id, k.code)
       e.candidate_id, k.code, e.source, e.mark, e.grade, e."on",
       max(e."on") OVER (PARTITION BY e.candidate_id, e.course_id), e.university_id
  FROM records_creditentry e JOIN records_course k ON k.id = e.course_id
 WHERE e.candidate_id = ANY(%(candidates)s) AND e.revoked_at IS NULL AND e."on" <= %(on)s
 ORDER BY e.candidate_id, k.code, e.rank DESC NULLS LAST,
          array_position(ARRAY['exam', 'practical', 'transfer', 'exemption'], e.source::text), e."on", e.id
"""


@dataclass(frozen=True)
class Held:
    """A course that a candidate has: code, source, mark (Decimal), grade (str) or neither, the day, the latest pass, where."""

    course: str
    source: str
    mark: Decimal | str | None
    on: dt.date
    latest_on: dt.date
    university_id: int | None


def credits_of(candidate_ids: Collection[int], *, on: dt.date | None = None) -> dict[int, list[Held]]:
    """The credits of these candidates by candidate id (each id has a list); with ``on`` without any later than that day."""
    held: dict[int, list[Held]] = {pk: [] for pk in candidate_ids}
    with connection.cursor() as cursor:
        cursor.execute(_NOW if on is None else _THEN, {"candidates": list(held), "on": on})
        for candidate, course, source, mark, grade, day, latest, university in cursor:
            held[candidate].append(Held(course, source, grade or mark, day, latest, university))
    return held

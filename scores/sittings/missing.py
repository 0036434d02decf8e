"""Who is registered in a sitting and has no mark there yet: counted for a file of marks, and listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from scores.models import Mark, ScoreBatch, SittingRegistration

CHUNK = 2_000

_COUNT = """
SELECT o.code, COALESCE(NULLIF(o.short_name, ''), o.name), count(*), count(*) FILTER (WHERE w.is_missing)
  FROM (SELECT g.candidate_id,
               NOT EXISTS (SELECT FROM scores_mark m
                            WHERE m.sitting_id = g.sitting_id AND m.course_id = g.course_id AND m.candidate_id = g.candidate_id)
               AND NOT EXISTS (SELECT FROM score_reading r
                                WHERE r.course_id = g.course_id AND r.candidate_id = g.candidate_id) AS is_missing
          FROM scores_sittingregistration g WHERE g.sitting_id = %(sitting)s AND g.practical = %(practical)s) w
  JOIN records_candidate c ON c.id = w.candidate_id JOIN records_office o ON o.id = c.managing_university_id
 GROUP BY o.id ORDER BY o.code
"""

_IN_FILE = """
SELECT g.id FROM scores_stagedmark s
  JOIN records_ticket t ON t.number = s.ticket JOIN records_course k ON k.code = s.course
  JOIN scores_sittingregistration g ON g.sitting_id = %s AND g.course_id = k.id AND g.candidate_id = t.candidate_id
 WHERE s.batch_id = %s
"""


def counted(batch: ScoreBatch) -> dict[str, Any]:
    """For a file of marks whose ``score_reading`` stands: ``registered`` in its sitting and kind, and how many are ``missing``.

    Missing is who is neither in the file nor has a mark in the sitting; ``missing_by`` says it by university, those with none
    left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"sitting": batch.sitting_id, "practical": is_practical(batch)})
        lines = cursor.fetchall()
    missing_by = [{"code": code, "name": name, "missing": missing} for code, name, _all, missing in lines if missing]
    return {
        "registered": sum(line[2] for line in lines),
        "missing": sum(line[3] for line in lines),
        "missing_by": missing_by,
    }


def missing_in(sitting_id: int, *, practical: bool) -> QuerySet[SittingRegistration]:
    """Registrations of the sitting and kind without any mark in the sitting, by their number."""
    mark = Mark.registry.filter(sitting=OuterRef("sitting"), course=OuterRef("course"), candidate=OuterRef("candidate"))
    registered = SittingRegistration.objects.filter(sitting=sitting_id, practical=practical)
    return registered.filter(~Exists(mark)).order_by("pk")


def missing_of(batch: ScoreBatch) -> QuerySet[SittingRegistration]:
    """The same less those in the batch's file, while that waits to be entered."""
    missing = missing_in(batch.sitting_id, practical=is_practical(batch))
    if batch.state != ScoreBatch.State.READY:
        return missing
    return missing.exclude(pk__in=RawSQL(_IN_FILE, [batch.sitting_id, batch.pk]))


def is_practical(batch: ScoreBatch) -> bool:
    """Whether the marks of the batch are practical ones."""
    return bool(batch.kind == "practical")


def heads() -> list[str]:
    """The titles of the columns of the list as a table."""
    return [_("准考证号"), _("姓名"), _("主考院校"), _("课程代码"), _("课程名称"), _("考点"), _("考场"), _("座位号")]


def rows_of(missing: QuerySet[SittingRegistration]) -> Iterator[list[str]]:
    """A row for each, in the order of the list; never more than a few thousand in memory."""
    read = missing.select_related("candidate__managing_university", "course").prefetch_related("candidate__tickets")
    for each in read.iterator(chunk_size=CHUNK):
        candidate, course = each.candidate, each.course
        yield [
            *(candidate.ticket_number, candidate.name, str(candidate.managing_university), course.code, course.name),
            *(each.site, each.room, each.seat),
        ]

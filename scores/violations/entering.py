"""Decisions that stood before a mark came in: the file is read as it is, and each mark is void at once as they say.

What the file said stays in the revision's ``before``, so that a review that revokes the decision brings it back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q

from audit.models import Event
from scores.marks.changing import NewMark, entered_value, revision, write_as_entered
from scores.models import Mark, MarkRevision, ReplacedMark, ScoreBatch, Sitting
from scores.violations.effects import concerns, voided, why
from scores.violations.models import Violation

_DECIDED = """
CREATE TEMP TABLE decided_reading ON COMMIT DROP AS
SELECT candidate_id, bool_or(course_id IS NULL) AS whole, array_agg(course_id) AS courses, min(decision) AS decision
  FROM jsonb_to_recordset(%s::jsonb) AS d(candidate_id bigint, course_id bigint, decision text)
 GROUP BY candidate_id
"""
_ENTERED = """
CREATE TEMP TABLE entered_reading ON COMMIT DROP AS
SELECT * FROM jsonb_to_recordset(%s::jsonb) AS e(mark_id bigint, points numeric, grade text, flag text)
"""


def standing_on(sitting: Sitting) -> list[Violation]:
    """The decisions in force that void marks of this sitting, in the order in which they were made."""
    within = Q(penalty_starts_on__lte=sitting.last_day, penalty_ends_on__gte=sitting.last_day) & ~Q(penalty_kind="")
    cases = Violation.objects.in_force().filter(Q(sitting=sitting) | within)
    steps = Event.objects.steps().filter(subject_table=Violation._meta.db_table, verb__in=["decide", "change"])
    latest = dict(steps.filter(subject_id__in=cases.values("pk")).values_list("subject_id").annotate(Max("pk")))
    return sorted(cases, key=lambda case: (latest.get(case.pk, 0), case.pk))


def prepare_reading(sitting: Sitting) -> None:
    """What ``score_reading`` is read beside: ``decided_reading`` (who has a decision, for which courses), ``entered_reading``
    (what marks said that decisions have changed since). Both go with the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS decided_reading, entered_reading")
        cursor.execute(_DECIDED, [json.dumps([_as_read(case, sitting) for case in standing_on(sitting)])])
        cursor.execute(_ENTERED, [json.dumps(list(_entered(sitting)))])


def void_entered(batch: ScoreBatch) -> None:
    """Void what of the batch's new and changed marks the decisions in force say, each with a revision that names the batch."""
    cases = standing_on(batch.sitting)
    own: dict[int, list[Mark]] = {}
    for mark in Mark.registry.filter(batch=batch, candidate__in={case.candidate_id for case in cases}).order_by("pk"):
        own.setdefault(mark.candidate_id, []).append(mark)
    revisions = [made for case in cases for made in _void(case, own.get(case.candidate_id, []), batch)]
    write_as_entered(revisions, [mark for marks in own.values() for mark in marks])


def forget_entered(batch: ScoreBatch) -> None:
    """Before the batch's marks go: the revisions of those that it brought, and those made as it changed others."""
    brought = Mark.registry.filter(batch=batch).exclude(Exists(_replaced(batch)))
    MarkRevision.objects.filter(Q(batch=batch) | Q(mark__in=brought)).delete()


def decided_since(batch: ScoreBatch) -> bool:
    """Whether a decision has changed a mark that the batch had changed before: then what it was cannot simply come back."""
    changed = ReplacedMark.objects.filter(batch=batch).values("mark")
    return MarkRevision.objects.filter(mark__in=changed, batch__isnull=True).exists()


def _replaced(batch: ScoreBatch) -> Any:
    return ReplacedMark.objects.filter(batch=batch, mark=OuterRef("pk"))


def _as_read(case: Violation, sitting: Sitting) -> dict[str, Any]:
    one_course = case.sitting_id == sitting.pk and case.act_in_words.is_of_one_course
    return {
        "candidate_id": case.candidate_id,
        "course_id": case.course_id if one_course else None,
        "decision": case.number_in_force,
    }


def _entered(sitting: Sitting) -> Iterable[dict[str, Any]]:
    decisions = MarkRevision.objects.filter(kind=MarkRevision.Kind.DECISION, mark__sitting=sitting)
    standing = decisions.filter(taken_back_at__isnull=True).values("mark")
    found: dict[int, list[MarkRevision]] = {}
    for each in decisions.filter(mark__in=standing):
        found.setdefault(each.mark_id, []).append(each)
    for mark_id, made in found.items():
        points, grade, flag, _reason = entered_value(made)
        yield {"mark_id": mark_id, "points": None if points is None else str(points), "grade": grade, "flag": flag}


def _void(case: Violation, marks: list[Mark], batch: ScoreBatch) -> Iterable[MarkRevision]:
    for mark in marks:
        if not concerns(case, mark):
            continue
        new: NewMark = voided(case, mark)
        made = revision(mark, new, why(case), case, MarkRevision.Kind.DECISION, was_published=False)
        made.batch = batch
        mark.points, mark.grade, mark.flag, mark.flag_reason = new.value
        yield made

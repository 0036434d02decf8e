"""Taking a written batch back, whole or not at all, as long as nothing stands on it.

What it wrote goes: people, tickets, registrations; what it filled in is empty again. Numbers come from sequences that never go
back, so none of those issued is ever issued again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import Problem, Refused
from records.people.models import User
from records.registration.batches import UNDO_JOB, State, locked, move, record_step, require, start
from records.registration.models import CandidateBatch
from records.registration.obstacles import obstacles_of

_LOCK = """
SELECT count(*) FROM (SELECT FROM records_candidate
 WHERE id IN (SELECT id FROM records_candidate WHERE batch_id = %(batch)s
              UNION SELECT candidate_id FROM records_registration WHERE batch_id = %(batch)s
              UNION SELECT candidate_id FROM records_ticket WHERE batch_id = %(batch)s
              UNION SELECT candidate_id FROM records_filledin WHERE batch_id = %(batch)s)
 ORDER BY id FOR UPDATE) locked
"""

_PEOPLE = "(SELECT id FROM records_candidate WHERE batch_id = %(batch)s)"

_TAKE_BACK = (
    """
UPDATE records_candidate c
   SET prior_education = CASE WHEN f.prior_education <> '' THEN '' ELSE c.prior_education END,
       prior_major = CASE WHEN f.prior_major <> '' THEN '' ELSE c.prior_major END,
       additional_courses = CASE WHEN f.additional_courses IS NOT NULL THEN NULL ELSE c.additional_courses END,
       record_number = CASE WHEN f.record_number <> '' THEN NULL ELSE c.record_number END
  FROM records_filledin f
 WHERE f.candidate_id = c.id AND f.batch_id = %(batch)s
""",
    "DELETE FROM records_filledin WHERE batch_id = %(batch)s",
    f"DELETE FROM records_probableduplicate WHERE first_id IN {_PEOPLE} OR second_id IN {_PEOPLE}",
    f"DELETE FROM records_rarename WHERE candidate_id IN {_PEOPLE}",
    "DELETE FROM records_registration WHERE batch_id = %(batch)s",
    "DELETE FROM records_ticket WHERE batch_id = %(batch)s",
    "DELETE FROM records_candidate WHERE batch_id = %(batch)s",
)

_FIGURES = f"""
SELECT (SELECT count(*) FROM records_candidate WHERE batch_id = %(batch)s),
       (SELECT count(*) FROM records_registration WHERE batch_id = %(batch)s AND candidate_id NOT IN {_PEOPLE}),
       (SELECT count(*) FROM records_ticket WHERE batch_id = %(batch)s),
       (SELECT count(*) FROM records_filledin WHERE batch_id = %(batch)s)
"""


@dataclass(frozen=True)
class Removal:
    """What undoing would take away: people, majors of others, tickets, and people whose data were filled in."""

    people: int
    majors: int
    tickets: int
    filled: int


def removal_of(batch: CandidateBatch) -> Removal:
    """What undoing the batch would take away now."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"batch": batch.pk})
        return Removal(*cursor.fetchone())


@transaction.atomic
def request_undo(batch: CandidateBatch, *, by: User, note: str) -> None:
    """Have a worker take the batch back. NotNow when it is not written, Refused when something stands on it."""
    batch = locked(batch)
    require(batch, State.WRITTEN)
    refuse_if_built_upon(batch)
    batch.undone_by = by
    move(batch, State.UNDOING, "undone_by")
    record_step("undo", batch, before=State.WRITTEN, after=State.UNDOING, note=note)
    start(UNDO_JOB, _("撤销考生批次 %(name)s") % {"name": batch.file.name}, batch, by=by)


@transaction.atomic
def take_back(batch: CandidateBatch, still_may: Callable[[], None]) -> None:
    """Remove what the batch wrote, or, where something stands on it by now, leave everything and the batch written.

    Safe to run again. ``still_may`` raises when the starter has lost the right to it.
    """
    batch = locked(batch)
    if batch.state != State.UNDOING:
        return
    _run(_LOCK, batch)
    if obstacles_of(batch).count:
        batch.undone_by = None
        move(batch, State.WRITTEN, "undone_by")
        record_step("not-undone", batch, before=State.UNDOING, after=State.WRITTEN)
        return
    for statement in _TAKE_BACK:
        _run(statement, batch)
    batch.undone_at = timezone.now()
    move(batch, State.UNDONE, "undone_at")
    batch.file.accepted = False  # the same file may come again
    batch.file.save(update_fields=["accepted"])
    record_step("undone", batch, before=State.UNDOING, after=State.UNDONE)
    still_may()


def refuse_if_built_upon(batch: CandidateBatch) -> None:
    """Refused when something stands on the batch."""
    found = obstacles_of(batch)
    if found.count:
        text = _("这个批次登记的考生中，有 %(count)d 人已有其他记录，整个批次不能撤销。") % {"count": found.count}
        raise Refused([Problem("registration.built-upon", text, next_step=_("请逐人办理信息更正或注销。"))])


def _run(statement: str, batch: CandidateBatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"batch": batch.pk})

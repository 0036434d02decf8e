"""A checked file becomes registrations, all or none; until marks of the sitting are out it can be undone."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem
from records.imports.faults import Faults
from records.imports.keeping import settle
from records.people.models import User
from scores import batches
from scores.batches import require
from scores.models import Publication, RegistrationFile, ReplacedRegistration, Sitting, StagedRegistration
from scores.publishing.previewing import refresh_preview
from scores.sittings import tallying
from scores.sittings.checking import find_faults
from scores.sittings.importing import preview_of, refuse
from scores.sittings.models import PRACTICAL, WRITTEN
from scores.sittings.reading import parameters_of, read_staged
from scores.sittings.staging import stage
from scores.trail import record_step

CHECK_JOB, ENTER_JOB, UNDO_JOB = "sittings.check", "sittings.enter", "sittings.undo"

State = RegistrationFile.State

_REMEMBER = """
INSERT INTO scores_replacedregistration (batch_id, registration_id, batch_before_id, site, room, seat)
SELECT %(batch)s, g.id, g.batch_id, g.site, g.room, g.seat
  FROM registration_reading r JOIN scores_sittingregistration g ON g.id = r.registration_id WHERE r.is_changed
"""

_CHANGE = """
UPDATE scores_sittingregistration g
   SET batch_id = %(batch)s, site = r.site, room = r.room, seat = r.seat
  FROM registration_reading r WHERE r.registration_id = g.id AND r.is_changed
"""

_INSERT = """
INSERT INTO scores_sittingregistration (sitting_id, candidate_id, course_id, practical, site, room, seat, batch_id)
SELECT %(sitting)s, candidate_id, course_id, %(practical)s, site, room, seat, %(batch)s
  FROM registration_reading WHERE registration_id IS NULL
 ORDER BY candidate_id, course_id
"""

_RESTORE = """
UPDATE scores_sittingregistration g
   SET batch_id = r.batch_before_id, site = r.site, room = r.room, seat = r.seat
  FROM scores_replacedregistration r WHERE r.registration_id = g.id AND r.batch_id = %(batch)s
"""

_FORGET = "DELETE FROM scores_replacedregistration WHERE batch_id = %(batch)s"
_REMOVE = "DELETE FROM scores_sittingregistration WHERE batch_id = %(batch)s"

_REMOVAL = """
SELECT (SELECT count(*) FROM scores_sittingregistration g
         WHERE g.batch_id = %(batch)s
           AND NOT EXISTS (SELECT FROM scores_replacedregistration r WHERE r.registration_id = g.id AND r.batch_id = %(batch)s)),
       (SELECT count(*) FROM scores_replacedregistration WHERE batch_id = %(batch)s),
       (SELECT count(*) FROM scores_sittingregistration g
          JOIN scores_mark m ON m.sitting_id = g.sitting_id AND m.course_id = g.course_id AND m.candidate_id = g.candidate_id
         WHERE g.batch_id = %(batch)s
           AND NOT EXISTS (SELECT FROM scores_replacedregistration r WHERE r.registration_id = g.id AND r.batch_id = %(batch)s))
"""


@dataclass(frozen=True)
class Removal:
    """What undoing would do: registrations taken out, put back as they were, and those of the first that have a mark by now."""

    removed: int = 0
    restored: int = 0
    marked: int = 0


def start_check(batch: RegistrationFile, *, by: User) -> None:
    """Have a worker check the batch."""
    batches.start(CHECK_JOB, _("校验报考文件 %(name)s") % {"name": batch.file.name}, batch, by=by)


@transaction.atomic
def request_entry(batch: RegistrationFile, *, by: User) -> None:
    """Confirm a checked batch and have a worker enter it. NotNow when it is not waiting for that."""
    batch = _locked(batch)
    require(batch, State.READY)
    batch.confirmed_by, batch.confirmed_at = by, timezone.now()
    batch.save(update_fields=["confirmed_by", "confirmed_at"])
    batches.start(ENTER_JOB, _("报考入库 %(name)s") % {"name": batch.file.name}, batch, by=by)
    record_step("confirm", batch, before=State.READY, details={"rows": batch.preview["rows"]})


@transaction.atomic
def enter(batch: RegistrationFile) -> RegistrationFile:
    """Write a checked batch into the sitting: new registrations and changed ones, in one transaction; safe to run again.

    Everything is checked once more, since other batches may have come in: then the batch is ``FAULTY`` and nothing is written.
    """
    Sitting.objects.select_for_update().get(pk=batch.sitting_id)  # one batch or publication step of a sitting at a time
    batch = _locked(batch)
    if batch.state != State.READY:
        return batch
    faults = _read_again(batch)
    if faults:
        return refuse(batch, list(faults), rows=batch.preview["rows"])
    before = batch.preview
    batch.preview = {**before, **preview_of(before["rows"], []), "warnings": before["warnings"]}
    _run(batch, _REMEMBER, _CHANGE, _INSERT)
    batch.state = State.ENTERED
    batch.confirmed_at = batch.confirmed_at or timezone.now()
    batch.save(update_fields=["preview", "state", "confirmed_at"])
    settle(batch.file, accepted=True, outcome=batches.report_of(batch).as_json())
    StagedRegistration.objects.filter(batch=batch).delete()
    count_anew(batch.sitting_id, practical=batch.practical)
    counts = {key: batch.preview[key] for key in ("new", "changed", "same")}
    record_step("enter", batch, before=State.READY, after=State.ENTERED, details=counts)
    return batch


@transaction.atomic
def undo(batch: RegistrationFile, *, by: User, note: str = "") -> None:
    """Give the batch up: at once where nothing of it is in the sitting yet, else by a worker.

    NotNow: marks of the sitting are out, a later batch has changed its rows, or it is undone already.
    """
    batch = _locked(batch)
    require(batch, State.CHECKING, State.FAULTY, State.READY, State.ENTERED)
    record_step("undo", batch, before=batch.state, after=State.UNDONE, note=note)
    batch.undone_by = by
    batch.save(update_fields=["undone_by"])
    if batch.state == State.ENTERED:
        _require_undoable(batch)
        batches.start(UNDO_JOB, _("撤销报考批次 %(name)s") % {"name": batch.file.name}, batch, by=by)
        return
    StagedRegistration.objects.filter(batch=batch).delete()
    batches.finish_undo(batch)


@transaction.atomic
def take_out(batch: RegistrationFile) -> RegistrationFile:
    """Take an entered batch out of the sitting: what it changed is as before, what it brought is gone; safe to run again."""
    Sitting.objects.select_for_update().get(pk=batch.sitting_id)
    batch = _locked(batch)
    if batch.state != State.ENTERED:
        return batch
    _require_undoable(batch)
    _run(batch, _RESTORE, _FORGET, _REMOVE)
    batches.finish_undo(batch)
    count_anew(batch.sitting_id, practical=batch.practical)
    return batch


@transaction.atomic
def discard_left_behind(batch: RegistrationFile) -> None:
    """Give up earlier batches of the same bytes that a command began and did not finish: ``batch`` brings what they would."""
    same = RegistrationFile.objects.filter(sitting=batch.sitting, practical=batch.practical, pk__lt=batch.pk)
    unfinished = same.filter(file__sha256=batch.file.sha256, state__in=[State.CHECKING, State.READY], job=None)
    for left in unfinished.select_related("file").select_for_update(of=("self",)):
        record_step("undo", left, before=left.state, after=State.UNDONE, note=_("导入命令没有完成，同一个文件已重新导入"))
        StagedRegistration.objects.filter(batch=left).delete()
        batches.finish_undo(left)


def removal_of(batch: RegistrationFile) -> Removal:
    """What undoing the batch would do now; nothing where it is not entered."""
    if batch.state != State.ENTERED:
        return Removal()
    with connection.cursor() as cursor:
        cursor.execute(_REMOVAL, {"batch": batch.pk})
        return Removal(*cursor.fetchone())


def why_not_undone(batch: RegistrationFile) -> str:
    """Why an entered batch cannot be taken out any more, in words; empty when it can."""
    if is_out(batch):
        return _("这个考次的成绩已经公布，报考不能再撤销。")
    later = ReplacedRegistration.objects.filter(batch_before=batch).exclude(batch=batch).order_by("batch_id").first()
    if later:
        return _("批次 %(batch)d 改动了这批报考中的座位，请先撤销那个批次。") % {"batch": later.batch_id}
    return ""


def is_out(batch: RegistrationFile) -> bool:
    """Whether marks of the sitting and kind are published."""
    return Publication.objects.filter(sitting=batch.sitting_id, kind=batch.kind, published_at__isnull=False).exists()


def _read_again(batch: RegistrationFile) -> Faults:
    """The reading anew, from the kept file where the staged rows were lost; everything that is wrong by now."""
    faults = Faults()
    if StagedRegistration.objects.filter(batch=batch).count() != batch.preview["rows"]:
        faults = stage(batch).faults
    read_staged(batch)
    find_faults(batch, faults)
    return faults


def count_anew(sitting_id: int, *, practical: bool) -> None:
    """The sitting's figures, also those of a publication that is being made ready; one that two people are at stays as it is."""
    kind = PRACTICAL if practical else WRITTEN
    opened = Publication.objects.filter(sitting=sitting_id, kind=kind, published_at=None, prepared_at=None).first()
    if opened:
        refresh_preview(opened)
    else:
        tallying.refresh(sitting_id, practical=practical)


def _run(batch: RegistrationFile, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters_of(batch))


def _locked(batch: RegistrationFile) -> RegistrationFile:
    """The row as it stands now, locked; with what else the steps ask of it."""
    rows = RegistrationFile.objects.select_related("file", "job", "sitting").select_for_update(of=("self",))
    return rows.get(pk=batch.pk)


def _require_undoable(batch: RegistrationFile) -> None:
    if reason := why_not_undone(batch):
        raise NotNow([Problem("registrations.not-undoable", reason)])

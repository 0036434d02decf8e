"""A checked batch becomes marks of the open publication, all or none; until that publication is out the batch can be undone."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem
from records.imports.batches import is_under_way
from records.imports.faults import Faults
from records.imports.keeping import settle
from records.jobs import running
from records.jobs.models import Job
from records.offices.models import Office
from records.people.models import User
from scores.entry.checking import find_faults
from scores.entry.fresh_eyes import require_fresh_eyes
from scores.entry.importing import judge, preview_of, refuse, report_of, staged_of
from scores.entry.reading import read_staged
from scores.entry.staging import stage
from scores.models import Publication, ReplacedMark, ScoreBatch, Sitting, StagedMark
from scores.publishing.previewing import refresh_preview
from scores.sittings import missing
from scores.trail import record_step
from scores.violations.entering import decided_since, forget_entered, void_entered

State = ScoreBatch.State

_INSERT = """
INSERT INTO scores_mark
       (sitting_id, publication_id, batch_id, candidate_id, course_id, practical, points, grade, flag, site, flag_reason)
SELECT %(sitting)s, %(publication)s, %(batch)s, candidate_id, course_id, %(practical)s, points, grade, reads_as, site,
       COALESCE(void_by, '')
  FROM score_reading WHERE mark_id IS NULL
 ORDER BY candidate_id, course_id
"""

_REMEMBER = """
INSERT INTO scores_replacedmark (batch_id, mark_id, batch_before_id, points, grade, flag, site, flag_reason)
SELECT %(batch)s, m.id, m.batch_id, m.points, m.grade, m.flag, m.site, m.flag_reason
  FROM score_reading r JOIN scores_mark m ON m.id = r.mark_id WHERE r.is_changed
"""

_CHANGE = """
UPDATE scores_mark m
   SET batch_id = %(batch)s, points = r.points, grade = r.grade, flag = r.reads_as, site = r.site,
       flag_reason = COALESCE(r.void_by, '')
  FROM score_reading r WHERE r.mark_id = m.id AND r.is_changed
"""

_RESTORE = """
UPDATE scores_mark m
   SET batch_id = r.batch_before_id, points = r.points, grade = r.grade, flag = r.flag, site = r.site,
       flag_reason = r.flag_reason
  FROM scores_replacedmark r WHERE r.mark_id = m.id AND r.batch_id = %(batch)s
"""

_FORGET = "DELETE FROM scores_replacedmark WHERE batch_id = %(batch)s"
_REMOVE = "DELETE FROM scores_mark WHERE batch_id = %(batch)s"


def start_check(batch: ScoreBatch, *, by: User) -> Job:
    """Have a worker check the batch."""
    title = _("校验成绩文件 %(name)s") % {"name": batch.file.name}
    return _start("scores.check", title, batch, by=by)


@transaction.atomic
def request_entry(batch: ScoreBatch, *, by: User) -> None:
    """Confirm a checked batch and have a worker enter it. NotNow when it is not waiting for that, or was keyed by this person."""
    batch = _locked(batch)
    if batch.state != State.READY or is_under_way(batch):
        raise _moved_on()
    require_fresh_eyes(batch, by)
    _require_open(_open_publication(batch))
    batch.confirmed_by, batch.confirmed_at = by, timezone.now()
    batch.save(update_fields=["confirmed_by", "confirmed_at"])
    _start("scores.enter", _("成绩入库 %(name)s") % {"name": batch.file.name}, batch, by=by)
    record_step("confirm", batch, before=State.READY, details={"rows": batch.preview["rows"]})


def check_and_enter(batch: ScoreBatch) -> ScoreBatch:
    """For who waits for no officer: in one transaction no other batch comes between, so the rows are read once."""
    staged = staged_of(batch)
    if staged is None:
        return batch
    with transaction.atomic():
        Sitting.objects.select_for_update().get(pk=batch.sitting_id)
        batch = judge(batch, staged)
        return enter(batch, is_just_read=True) if batch.state == State.READY else batch


@transaction.atomic
def enter(batch: ScoreBatch, *, is_just_read: bool = False) -> ScoreBatch:
    """Write a checked batch into the sitting: new marks and changed ones, in one transaction; safe to run again.

    Everything is checked once more, since other batches may have come in: then the batch is ``FAULTY`` and nothing is written.
    ``is_just_read``: it was checked in the caller's transaction, in which the sitting was locked before.
    """
    Sitting.objects.select_for_update().get(pk=batch.sitting_id)  # one batch or publication step of a sitting at a time
    batch = _locked(batch)
    if batch.state != State.READY:
        return batch
    publication = _open_publication(batch)
    _require_open(publication)
    faults = Faults() if is_just_read else _read_again(batch)
    if faults:
        return refuse(batch, list(faults), rows=batch.preview["rows"])
    before = batch.preview
    batch.preview = {
        **before,
        **preview_of(before["rows"], []),
        **missing.counted(batch),
        "warnings": before["warnings"],
    }
    publication.save()
    _write(batch, publication)
    batch.publication, batch.state = publication, State.CONFIRMED
    batch.confirmed_at = batch.confirmed_at or timezone.now()
    batch.save(update_fields=["preview", "publication", "state", "confirmed_at"])
    settle(batch.file, accepted=True, outcome=report_of(batch).as_json())
    StagedMark.objects.filter(batch=batch).delete()
    refresh_preview(publication)
    counts = {key: batch.preview[key] for key in ("new", "changed", "same")}
    record_step("enter", batch, before=State.READY, after=State.CONFIRMED, details=counts)
    return batch


@transaction.atomic
def undo(batch: ScoreBatch, *, by: User, note: str = "") -> None:
    """Give the batch up: at once where nothing of it is in the sitting yet, else by a worker.

    NotNow: its publication is out or asked for, a later batch has changed its marks, or it is undone already.
    """
    batch = _locked(batch)
    if batch.state not in (State.FAULTY, State.READY, State.CONFIRMED) or is_under_way(batch):
        raise _moved_on()
    record_step("undo", batch, before=batch.state, after=State.UNDONE, note=note)
    batch.undone_by = by
    batch.save(update_fields=["undone_by"])
    if batch.state == State.CONFIRMED:
        _require_undoable(batch)
        _start("scores.undo", _("撤销成绩批次 %(name)s") % {"name": batch.file.name}, batch, by=by)
        return
    StagedMark.objects.filter(batch=batch).delete()
    _finish_undo(batch)


@transaction.atomic
def discard_left_behind(batch: ScoreBatch) -> None:
    """Give up earlier batches of the same bytes that a command began and did not finish: ``batch`` brings what they would."""
    same = ScoreBatch.objects.filter(sitting=batch.sitting, kind=batch.kind, file__sha256=batch.file.sha256, pk__lt=batch.pk)
    unfinished = same.filter(state__in=[State.CHECKING, State.READY], job=None)
    for left in unfinished.select_related("file").select_for_update(of=("self",)):
        record_step("undo", left, before=left.state, after=State.UNDONE, note=_("导入命令没有完成，同一个文件已重新导入"))
        StagedMark.objects.filter(batch=left).delete()
        _finish_undo(left)


@transaction.atomic
def take_out(batch: ScoreBatch) -> ScoreBatch:
    """Take an entered batch out of the sitting: what it changed is as before, what it brought is gone; safe to run again."""
    Sitting.objects.select_for_update().get(pk=batch.sitting_id)
    batch = _locked(batch)
    if batch.state != State.CONFIRMED:
        return batch
    _require_undoable(batch)
    forget_entered(batch)
    with connection.cursor() as cursor:
        for statement in (_RESTORE, _FORGET, _REMOVE):
            cursor.execute(statement, {"batch": batch.pk})
    _finish_undo(batch)
    assert batch.publication is not None
    refresh_preview(batch.publication)
    return batch


def is_left_unchecked(batch: ScoreBatch) -> bool:
    """Whether the work of checking the batch ended without a report: it failed, or its starter lost the right to it."""
    return batch.state == State.CHECKING and batch.job is not None and not is_under_way(batch)


def why_not_undone(batch: ScoreBatch) -> str:
    """Why an entered batch cannot be taken out any more, in words; empty when it can."""
    assert batch.publication is not None
    if batch.publication.published_at:
        return _("这批成绩已经公布，不能撤销。如有错误，请办理成绩复核或更正。")
    if batch.publication.prepared_at:
        return _("这批成绩已提出公布。请先退回公布，再撤销批次。")
    if decided_since(batch):
        return _("这批改动过的成绩里，有的已按违规处理决定取消，不能撤销批次。要更正成绩，请上传新的文件。")
    later = ReplacedMark.objects.filter(batch_before=batch).exclude(batch=batch).order_by("batch_id").first()
    if later:
        return _("批次 %(batch)d 改动了这批成绩中的成绩，请先撤销那个批次。") % {"batch": later.batch_id}
    return ""


def _read_again(batch: ScoreBatch) -> Faults:
    """``score_reading`` anew, from the kept file where the staged rows were lost; everything that is wrong by now."""
    faults = Faults()
    if StagedMark.objects.filter(batch=batch).count() != batch.preview["rows"]:
        faults = stage(batch).faults
    read_staged(batch)
    find_faults(batch, faults)
    return faults


def _write(batch: ScoreBatch, publication: Publication) -> None:
    values = {
        "batch": batch.pk,
        "sitting": batch.sitting_id,
        "publication": publication.pk,
        "practical": batch.kind == Publication.Kind.PRACTICAL,
    }
    with connection.cursor() as cursor:
        for statement in (_REMEMBER, _CHANGE, _INSERT):
            cursor.execute(statement, values)
    void_entered(batch)


def _locked(batch: ScoreBatch) -> ScoreBatch:
    """The row as it stands now, locked; with what else the steps ask of it."""
    return (
        ScoreBatch.objects.select_related("file", "job", "publication", "sitting")
        .select_for_update(of=("self",))
        .get(pk=batch.pk)
    )


def _open_publication(batch: ScoreBatch) -> Publication:
    """The publication into which the batch goes: the sitting's open one of its kind, or (not saved yet) the next."""
    mine = Publication.objects.filter(sitting=batch.sitting, kind=batch.kind)
    opened = mine.filter(published_at__isnull=True).first()
    return opened or Publication(sitting=batch.sitting, kind=batch.kind, sequence=mine.count() + 1)


def _require_open(publication: Publication) -> None:
    if publication.prepared_at:
        text = _("%(publication)s成绩已提出公布，正等第二人确认。请先退回公布，再入库这个批次。") % {"publication": publication}
        raise NotNow([Problem("scores.publication-prepared", text)])


def _require_undoable(batch: ScoreBatch) -> None:
    if reason := why_not_undone(batch):
        raise NotNow([Problem("scores.not-undoable", reason)])


def _finish_undo(batch: ScoreBatch) -> None:
    """The same file may come again."""
    batch.state = State.UNDONE
    batch.save(update_fields=["state"])
    batch.file.accepted = False
    batch.file.save(update_fields=["accepted"])


def _start(kind: str, title: str, batch: ScoreBatch, *, by: User) -> Job:
    job = running.start(kind, title, by=by, office=Office.objects.municipality(), batch=batch.pk)
    ScoreBatch.objects.filter(pk=batch.pk).update(job=job)
    return job


def _moved_on() -> NotNow:
    return NotNow([Problem("step.moved-on", _("这个批次已不在这一步，请刷新后查看现在的状态。"))])

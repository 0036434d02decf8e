"""A file of candidates on the pages (U3): checked by a worker, shown, confirmed by a clerk, written by a worker, all or nothing.

``receive`` → ``start_check`` → ``taking_in.check`` → ``confirm`` → ``taking_in.write_batch``; taken back by ``undoing``.
"""

from __future__ import annotations

from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.acting import current
from audit.models import Event
from audit.workflow import NotNow, Problem
from records.imports.batches import is_under_way
from records.imports.faults import ImportReport, Notice
from records.imports.keeping import keep, settle
from records.jobs import running
from records.jobs.models import Job
from records.offices.models import Office
from records.people.models import User
from records.registration.models import CandidateBatch

FILE_KIND = "candidates"
CHECK_JOB, WRITE_JOB, UNDO_JOB = "registration.check", "registration.write", "registration.undo"

State = CandidateBatch.State
BEFORE_THE_WORK = {State.WRITING: State.READY, State.UNDOING: State.WRITTEN}


def receive(sent: File[bytes], university: Office, *, by: User) -> tuple[CandidateBatch, bool]:
    """Keep the file and give its batch and whether it is new; the same bytes lead to the batch that they made before."""
    file = keep(sent, FILE_KIND, university.code, sent_by=by)
    same = CandidateBatch.objects.filter(university=university, file__sha256=file.sha256)
    earlier = same.exclude(state__in=[State.REFUSED, State.UNDONE, State.DISCARDED]).select_related("file", "job").last()
    if earlier is None:
        return CandidateBatch.objects.create(file=file, university=university), True
    if earlier.state in (State.WRITTEN, State.UNDOING):
        rows = earlier.report["rows"]
        text = _("这个文件先前已经导入（批次 %(batch)d），没有再写入任何一行") % {"batch": earlier.pk}
        again = ImportReport(rows, 0, rows, (Notice(0, "", "", "import.same-file", text),))
        settle(file, accepted=True, outcome=again.as_json())
    return earlier, False


def start_check(batch: CandidateBatch, *, by: User) -> Job:
    """Have a worker check the batch."""
    return start(CHECK_JOB, _("核对考生文件 %(name)s") % {"name": batch.file.name}, batch, by=by)


@transaction.atomic
def confirm(batch: CandidateBatch, *, by: User) -> None:
    """Have a worker write what the clerk saw. NotNow when the batch does not wait for that."""
    batch = locked(batch)
    require(batch, State.READY)
    batch.confirmed_by, batch.confirmed_at = by, timezone.now()
    move(batch, State.WRITING, "confirmed_by", "confirmed_at")
    record_step("confirm", batch, before=State.READY, after=State.WRITING, details={"rows": batch.report["rows"]})
    start(WRITE_JOB, _("登记考生 %(name)s") % {"name": batch.file.name}, batch, by=by)


@transaction.atomic
def discard(batch: CandidateBatch, *, by: User, note: str = "") -> None:
    """Give up a batch of which nothing was written. NotNow when it is farther, or a worker is at it."""
    batch = locked(batch)
    require(batch, State.CHECKING, State.REFUSED, State.READY)
    before = batch.state
    batch.undone_by, batch.undone_at, batch.report = by, timezone.now(), {**batch.report, "first": []}
    move(batch, State.DISCARDED, "undone_by", "undone_at", "report")
    record_step("discard", batch, before=before, after=State.DISCARDED, note=note)


def standing(batch: CandidateBatch) -> str:
    """The state from which people go on: work that ended without a result (stopped, failed) leaves the batch where it was."""
    state = State(batch.state)
    return state if is_under_way(batch) else BEFORE_THE_WORK.get(state, state)


def is_left_unchecked(batch: CandidateBatch) -> bool:
    """Whether the work of checking the batch ended without a report."""
    return batch.state == State.CHECKING and not is_under_way(batch)


def require(batch: CandidateBatch, *states: str) -> None:
    """NotNow unless the batch stands in one of the states and no worker is at it."""
    if is_under_way(batch) or standing(batch) not in states:
        raise NotNow([Problem("step.moved-on", _("这个批次已不在这一步，请刷新后查看现在的状态。"))])


def start(kind: str, title: str, batch: CandidateBatch, *, by: User) -> Job:
    """Start a job on the batch, in its university's name."""
    job = running.start(kind, title, by=by, office=batch.university, batch=batch.pk)
    CandidateBatch.objects.filter(pk=batch.pk).update(job=job)
    return job


def locked(batch: CandidateBatch) -> CandidateBatch:
    """The row as it stands now, locked, with what the steps ask of it."""
    rows = CandidateBatch.objects.select_related("file", "job", "university").select_for_update(of=("self",))
    found: CandidateBatch = rows.get(pk=batch.pk)
    return found


def move(batch: CandidateBatch, state: str, *columns: str) -> None:
    """Write the new state and the columns named."""
    batch.state = state
    batch.save(update_fields=["state", *columns])


def record_step(
    verb: str, batch: CandidateBatch, *, before: str = "", after: str = "", note: str = "", details: dict[str, Any] | None = None
) -> Event:
    """Write a step of the acting person about a batch; ``details`` are counts."""
    return Event.objects.create(
        kind=Event.Kind.STEP,
        verb=verb,
        subject_table=CandidateBatch._meta.db_table,
        subject_id=batch.pk,
        before=before,
        after=after,
        note=note,
        details=details or {},
        **current().columns(),
    )

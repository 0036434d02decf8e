"""The work on a batch: check its file, and write it once a clerk has confirmed what was shown.

Nothing of the file waits in the database between the two: writing reads the kept file again and compares it with the register of
that moment. Where the two together would do anything else than the clerk saw, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from records.imports.faults import FileRefused, ImportReport, Notice
from records.imports.keeping import settle
from records.imports.noticing import Notices
from records.imports.reports import fault_report
from records.imports.staging import about_rows
from records.imports.tabular import Table, open_table
from records.jobs.progress import Progress
from records.registration.batches import State, locked, move, record_step
from records.registration.columns import SHAPE
from records.registration.models import CandidateBatch
from records.registration.previewing import Effects, figures_of, preview_of
from records.registration.registering import compared, stage_table
from records.registration.staging import staging
from records.registration.writing import write
from records.settings.values import value_of


class ShownOtherwise(Exception):
    """Writing would do something else than the clerk saw; ``report`` is what it would do now."""

    def __init__(self, report: dict[str, Any]) -> None:
        super().__init__()
        self.report = report


@dataclass(frozen=True)
class Reading:
    """A batch's file, its rows staged."""

    batch: CandidateBatch
    table: Table
    notices: Notices
    is_whole: bool

    def effects(self) -> Effects:
        """What writing would do now; FileRefused with every fault."""
        return compared(self.table, self.batch.university, self.notices, is_whole=self.is_whole)

    @property
    def warnings(self) -> tuple[Notice, ...]:
        return (*self.table.notices(), *self.notices.all())

    def preview(self, found: Effects) -> dict[str, Any]:
        return preview_of(self.table.rows_read, found, self.warnings)

    def outcome(self, found: Effects) -> ImportReport:
        rows = self.table.rows_read
        return ImportReport(rows, found.written, rows - found.written, self.warnings)


def check(batch: CandidateBatch, progress: Progress) -> None:
    """Find every fault; the batch is ``READY`` with its preview afterwards, or ``REFUSED`` with its report. Safe to run again."""
    if batch.state != State.CHECKING:
        return
    try:
        with _reading(batch, progress) as reading, transaction.atomic():
            report = reading.preview(reading.effects())
    except FileRefused as refused:
        _refuse(batch, refused)
    else:
        _change(batch, State.READY, report=report)


def write_batch(batch: CandidateBatch, progress: Progress, still_may: Callable[[], None]) -> None:
    """Write a confirmed batch in one transaction; safe to run again.

    With new faults it is ``REFUSED``, with another effect than was shown ``READY`` again and its report says ``before`` and now.
    ``still_may`` raises, inside the transaction, when the starter has lost the right to it.
    """
    if batch.state != State.WRITING:
        return
    try:
        with _reading(batch, progress) as reading, transaction.atomic():
            _write(reading)
            still_may()
    except FileRefused as refused:
        _refuse(batch, refused)
    except ShownOtherwise as now:
        _change(batch, State.READY, report={**now.report, "before": figures_of(batch.report)})


def _write(reading: Reading) -> None:
    batch = locked(reading.batch)
    if batch.state != State.WRITING:
        return
    found = reading.effects()
    report = reading.preview(found)
    if found.digest != batch.report["digest"]:
        raise ShownOtherwise(report)
    write(batch.university_id, batch.pk)
    batch.report = {**report, "first": []}
    settle(batch.file, accepted=True, outcome=reading.outcome(found).as_json())
    move(batch, State.WRITTEN, "report")
    record_step("write", batch, before=State.WRITING, after=State.WRITTEN, details=figures_of(report))


@contextmanager
def _reading(batch: CandidateBatch, progress: Progress) -> Iterator[Reading]:
    """The file staged piece by piece, outside any transaction, so that its progress is seen."""
    notices, total = Notices(), about_rows(batch.file.path)
    unpacked_limit = value_of("import.max_unpacked_megabytes") * 2**20

    with staging(), open_table(batch.file.path, SHAPE, unpacked_limit=unpacked_limit) as table:
        is_whole = stage_table(table, batch.university, notices, progress, total=total)
        progress(table.rows_read, table.rows_read)
        yield Reading(batch, table, notices, is_whole)


def _refuse(batch: CandidateBatch, refused: FileRefused) -> None:
    report = fault_report(batch.file, refused.faults)
    settle(batch.file, accepted=False, outcome=refused.as_json())
    _change(batch, State.REFUSED, report=report)


@transaction.atomic
def _change(batch: CandidateBatch, state: str, *, report: dict[str, Any]) -> None:
    """Move the batch on, unless it has moved meanwhile."""
    now = locked(batch)
    if now.state != batch.state:
        return
    now.report = report
    if now.state == State.WRITING:
        now.confirmed_by = now.confirmed_at = None
    before = now.state
    move(now, state, "report", "confirmed_by", "confirmed_at")
    if before == State.WRITING:
        record_step("not-written", now, before=before, after=state)

"""What files of marks and files of registrations have in common on their way into a sitting."""

from __future__ import annotations

from typing import Any, Protocol

from django.db import connection
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem
from records.imports.batches import is_under_way
from records.imports.faults import Fault, FileRefused, ImportReport, Notice
from records.imports.keeping import settle
from records.imports.models import ImportFile
from records.imports.reports import fault_report
from records.jobs import running
from records.jobs.models import Job
from records.offices.models import Office
from records.people.models import User

CHECKING, FAULTY, READY, UNDONE = "checking", "faulty", "ready", "undone"
"""The states that both kinds have."""

_COUNTS = """
SELECT o.code, COALESCE(NULLIF(o.short_name, ''), o.name),
       count(*) FILTER (WHERE {known} IS NULL), count(*) FILTER (WHERE is_changed),
       count(*) FILTER (WHERE {known} IS NOT NULL AND NOT is_changed)
  FROM {reading} r JOIN records_office o ON o.id = r.university_id
 GROUP BY o.id ORDER BY o.code
"""


class SittingBatch(Protocol):
    """What is asked of a batch here: a ``ScoreBatch`` or a ``RegistrationFile``."""

    pk: Any
    file: Any
    job: Any
    state: Any
    preview: Any
    confirmed_by: Any
    confirmed_at: Any

    def save(self, *, update_fields: list[str]) -> None: ...


def counts_of(reading: str, known: str) -> dict[str, Any]:
    """``new``, ``changed`` and ``same`` rows of a reading, in all and by university; ``known`` is its column of what is there."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(reading=reading, known=known))
        universities = [dict(zip(("code", "name", "new", "changed", "same"), line, strict=True)) for line in cursor.fetchall()]
    sums = {key: sum(line[key] for line in universities) for key in ("new", "changed", "same")}
    return {**sums, "universities": universities}


def refuse(batch: SittingBatch, faults: list[Fault], *, rows: int) -> None:
    """Write the fault report; what was confirmed is so no more."""
    report = fault_report(batch.file, faults)
    settle(batch.file, accepted=False, outcome=FileRefused(faults).as_json())
    batch.preview = {"rows": rows, **report}
    batch.state, batch.confirmed_by, batch.confirmed_at = FAULTY, None, None
    batch.save(update_fields=["preview", "state", "confirmed_by", "confirmed_at"])


def report_of(batch: SittingBatch) -> ImportReport:
    """What entering the batch did, as the command prints it."""
    preview = batch.preview
    warnings = tuple(Notice(**notice) for notice in preview["warnings"])
    return ImportReport(preview["rows"], preview["new"] + preview["changed"], preview["same"], warnings)


def report_again(batch: SittingBatch) -> ImportReport:
    """The answer to a file that was entered before: every row is unchanged, and the report says why."""
    text = _("这个文件先前已经入库（批次 %(batch)d），没有再写入任何一行") % {"batch": batch.pk}
    rows = batch.preview["rows"]
    return ImportReport(rows, 0, rows, (Notice(0, "", "", "import.same-file", text),))


def is_left_unchecked(batch: SittingBatch) -> bool:
    """Whether the work of checking the batch ended without a report: it failed, or its starter lost the right to it."""
    return batch.state == CHECKING and batch.job is not None and not is_under_way(batch)


def require(batch: SittingBatch, *states: str) -> None:
    """NotNow unless the batch stands in one of the states and no worker is at it."""
    if batch.state not in states or is_under_way(batch):
        raise NotNow([Problem("step.moved-on", _("这个批次已不在这一步，请刷新后查看现在的状态。"))])


def finish_undo(batch: SittingBatch) -> None:
    """The same file may come again."""
    batch.state = UNDONE
    batch.save(update_fields=["state"])
    file: ImportFile = batch.file
    file.accepted = False
    file.save(update_fields=["accepted"])


def start(kind: str, title: str, batch: SittingBatch, *, by: User) -> Job:
    """Start a job on the batch in the municipal office's name."""
    job = running.start(kind, title, by=by, office=Office.objects.municipality(), batch=batch.pk)
    batch.job = job
    batch.save(update_fields=["job"])
    return job

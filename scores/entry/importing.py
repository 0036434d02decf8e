"""Marks come in by batch: a file is kept, staged, checked as a whole, and entered after an officer has seen the report (art. 18).

``receive`` → ``check`` → ``request_entry`` → ``enter`` (``entering.py``). Between the steps a batch waits on a page; the
command takes them one after the other.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.db import connection, transaction
from django.utils.translation import gettext as _

from records.imports.faults import Fault, FileRefused, ImportReport, Notice
from records.imports.keeping import keep, settle
from records.imports.reports import fault_report
from records.jobs.progress import Progress, unseen
from records.people.models import User
from scores.entry.checking import find_faults, find_warnings
from scores.entry.reading import read_staged
from scores.entry.staging import Staged, stage
from scores.models import ScoreBatch, Sitting, StagedMark
from scores.sittings import missing

SITTING_NAME = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
FILE_KIND = "marks"

State = ScoreBatch.State

_COUNTS = """
SELECT o.code, COALESCE(NULLIF(o.short_name, ''), o.name),
       count(*) FILTER (WHERE mark_id IS NULL), count(*) FILTER (WHERE is_changed),
       count(*) FILTER (WHERE mark_id IS NOT NULL AND NOT is_changed)
  FROM score_reading r JOIN records_office o ON o.id = r.university_id
 GROUP BY o.id ORDER BY o.code
"""


def sitting_named(name: str) -> Sitting:
    """The sitting of this year and month (``2026-10``), made when its first file comes. ValueError for any other text."""
    if not SITTING_NAME.fullmatch(name):
        raise ValueError(name)
    return Sitting.objects.get_or_create(name=name)[0]


def receive(
    sent: Path | File[bytes], sitting: Sitting, kind: str, *, by: User | None, also_waiting: bool = False
) -> tuple[ScoreBatch, bool]:
    """Keep the file and give its batch and whether it is new: a new one to be checked, or the one that brought the same bytes in.

    ``also_waiting``: also one of the same bytes that is being checked, or waits for its confirmation.
    """
    file = keep(sent, FILE_KIND, f"{sitting.name} {kind}", sent_by=by)
    entered, waiting = [State.CONFIRMED, State.PUBLISHED], [State.CHECKING, State.READY]
    same = ScoreBatch.objects.filter(sitting=sitting, kind=kind, file__sha256=file.sha256).select_related("file")
    earlier = same.filter(state__in=entered + waiting if also_waiting else entered).last()
    if earlier is None:
        return ScoreBatch.objects.create(sitting=sitting, kind=kind, file=file), True
    if earlier.state in entered:
        settle(file, accepted=True, outcome=report_again(earlier).as_json())
    return earlier, False


def check(batch: ScoreBatch, progress: Progress = unseen) -> ScoreBatch:
    """Stage the file and find every fault; the batch is ``READY`` with its preview afterwards, or ``FAULTY`` with its report.

    Safe to run again after a crash. A batch that is past checking is left alone.
    """
    if batch.state != State.CHECKING:
        return batch
    staged = staged_of(batch, progress)
    return batch if staged is None else judge(batch, staged)


def staged_of(batch: ScoreBatch, progress: Progress = unseen) -> Staged | None:
    """The file's rows, brought into the staging table; None when it could not be read: then the batch is ``FAULTY``."""
    try:
        return stage(batch, progress)
    except FileRefused as refused:
        refuse(batch, list(refused.faults), rows=0)
        return None


@transaction.atomic
def judge(batch: ScoreBatch, staged: Staged) -> ScoreBatch:
    """Find what is wrong with the staged rows; ``score_reading`` stands until the end of the caller's transaction."""
    read_staged(batch)
    find_faults(batch, staged.faults)
    if staged.faults:
        return refuse(batch, list(staged.faults), rows=staged.rows)
    batch.preview = {**preview_of(staged.rows, staged.notices + find_warnings(batch)), **missing.counted(batch)}
    batch.state = State.READY
    batch.save(update_fields=["preview", "state"])
    return batch


def preview_of(rows: int, notices: list[Notice]) -> dict[str, Any]:
    """What entering the batch would do: rows that are new, changed or the same as in the sitting, in all and by university."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        universities = [dict(zip(("code", "name", "new", "changed", "same"), line, strict=True)) for line in cursor.fetchall()]
    sums = {key: sum(line[key] for line in universities) for key in ("new", "changed", "same")}
    return {"rows": rows, **sums, "universities": universities, "warnings": [notice.as_json() for notice in notices]}


def refuse(batch: ScoreBatch, faults: list[Fault], *, rows: int) -> ScoreBatch:
    """Write the fault report; nothing of the file stays in the staging table."""
    report = fault_report(batch.file, faults)
    with transaction.atomic():
        settle(batch.file, accepted=False, outcome=FileRefused(faults).as_json())
        batch.preview = {"rows": rows, **report}
        batch.state, batch.confirmed_by, batch.confirmed_at = State.FAULTY, None, None
        batch.save(update_fields=["preview", "state", "confirmed_by", "confirmed_at"])
        StagedMark.objects.filter(batch=batch).delete()
    return batch


def report_of(batch: ScoreBatch) -> ImportReport:
    """What entering the batch did, as the command prints it."""
    preview = batch.preview
    warnings = tuple(Notice(**notice) for notice in preview["warnings"])
    return ImportReport(preview["rows"], preview["new"] + preview["changed"], preview["same"], warnings)


def report_again(batch: ScoreBatch) -> ImportReport:
    """The answer to a file that was entered before: every row is unchanged, and the report says why."""
    text = _("这个文件先前已经入库（批次 %(batch)d），没有再写入任何一行") % {"batch": batch.pk}
    rows = batch.preview["rows"]
    return ImportReport(rows, 0, rows, (Notice(0, "", "", "import.same-file", text),))

"""A file of registrations into its staging table (``records/imports/staging.py``)."""

from __future__ import annotations

from records.imports.staging import Staged, stage_file
from records.imports.tabular import TableShape
from records.jobs.progress import Progress, unseen
from scores.models import RegistrationFile, StagedRegistration

TICKET, COURSE, SITE, ROOM, SEAT = "准考证号", "课程代码", "考点", "考场", "座位号"
SHAPE = TableShape(
    required=(TICKET, COURSE, SITE),
    optional=(ROOM, SEAT),
    identifiers=frozenset({TICKET, COURSE, ROOM, SEAT}),
)


def stage(batch: RegistrationFile, progress: Progress = unseen) -> Staged:
    """Bring the batch's file into the staging table, instead of what a run before left there.

    FileRefused: the file cannot be read or its header is wrong. Every piece is a transaction of its own outside the caller's.
    """
    StagedRegistration.objects.filter(batch=batch).delete()
    columns = ("ticket", "course", "site", "room", "seat")
    return stage_file(batch.file, SHAPE, "scores_stagedregistration", columns, batch.pk, progress)

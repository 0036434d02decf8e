"""A file of marks into its staging table (``records/imports/staging.py``)."""

from __future__ import annotations

from records.imports.staging import Staged, stage_file
from records.imports.tabular import TableShape
from records.jobs.progress import Progress, unseen
from scores.models import ScoreBatch, StagedMark

__all__ = ["COURSE", "FLAG", "MARK", "SHAPE", "SITE", "TICKET", "Staged", "stage"]

TICKET, COURSE, MARK, FLAG, SITE = "准考证号", "课程代码", "成绩", "标记", "考点"
SHAPE = TableShape(
    required=(TICKET, COURSE, MARK, FLAG, SITE),
    identifiers=frozenset({TICKET, COURSE}),
    numbers=frozenset({MARK}),
)


def stage(batch: ScoreBatch, progress: Progress = unseen) -> Staged:
    """Bring the batch's file into the staging table, instead of what a run before left there.

    FileRefused: the file cannot be read or its header is wrong. Every piece is a transaction of its own outside the caller's.
    """
    StagedMark.objects.filter(batch=batch).delete()
    columns = ("ticket", "course", "mark", "flag", "site")
    return stage_file(batch.file, SHAPE, "scores_stagedmark", columns, batch.pk, progress)

"""Files of marks as the office gets them, and the short way of one into the sitting."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from records.models import Candidate, User
from scores import tasks  # noqa: F401 - registers the work that ``running.run`` does
from scores.entry.entering import enter
from scores.entry.importing import check, receive, sitting_named
from scores.models import Publication, ScoreBatch
from scores.publishing.publication import enter_credits, prepare, publish

HEADER = ("准考证号", "课程代码", "成绩", "标记", "考点")
SITTING = "2026-10"


def ticket_of(candidate: Candidate) -> str:
    """The number of the current ticket."""
    return candidate.tickets.get(is_current=True).number


def marks_file(folder: Path, rows: Iterable[Iterable[object]], *, name: str = "marks.csv", encoding: str = "utf-8") -> Path:
    """A .csv with the header of the contract; short rows are filled up with empty cells."""
    path = folder / name
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows([*row, *[""] * (len(HEADER) - len(tuple(row)))] for row in map(tuple, rows))
    return path


def checked(path: Path, *, sitting: str = SITTING, practical: bool = False) -> ScoreBatch:
    """A new batch with its report."""
    kind = Publication.Kind.PRACTICAL if practical else Publication.Kind.WRITTEN
    return check(receive(path, sitting_named(sitting), kind, by=None)[0])


def entered(path: Path, *, sitting: str = SITTING, practical: bool = False) -> ScoreBatch:
    """A batch whose marks are in the sitting; AssertionError when the file is refused."""
    batch = enter(checked(path, sitting=sitting, practical=practical))
    assert batch.state == ScoreBatch.State.CONFIRMED, batch.preview
    return batch


def published(batch: ScoreBatch, first: User, second: User) -> Publication:
    """The batch's publication, out by both people and with its credits entered."""
    assert batch.publication is not None
    prepare(batch.publication, by=first, note="已核对")
    job = publish(batch.publication, by=second)
    publication = Publication.objects.select_related("sitting").get(pk=batch.publication.pk)
    enter_credits(publication, job)
    publication.refresh_from_db()
    return publication


def codes(batch: ScoreBatch) -> list[str]:
    """The codes of the faults of a refused file, in its order."""
    return [fault["code"] for fault in batch.file.outcome["faults"]]


def warnings(batch: ScoreBatch) -> list[str]:
    """The codes of the warnings of a file that can be taken."""
    return [warning["code"] for warning in batch.preview["warnings"]]

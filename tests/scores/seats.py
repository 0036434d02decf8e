"""Files of registrations as the office gets them, and the short way of one into the sitting."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from scores import tasks  # noqa: F401 - registers the work that ``running.run`` does
from scores.entry.importing import sitting_named
from scores.models import RegistrationFile, SittingRegistration
from scores.sittings.entering import enter
from scores.sittings.importing import check, receive
from tests.scores.files import SITTING, ticket_of

HEADER = ("准考证号", "课程代码", "考点", "考场", "座位号")

Row = tuple[str, ...]


def seats_file(folder: Path, rows: Iterable[Sequence[object]], *, name: str = "seats.csv", columns: int = 5) -> Path:
    """A .csv with the first ``columns`` of the header; short rows are filled up with empty cells."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER[:columns])
        writer.writerows([*row, *[""] * (columns - len(row))] for row in rows)
    return path


def checked(path: Path, *, sitting: str = SITTING, practical: bool = False) -> RegistrationFile:
    """A new batch with its report."""
    return check(receive(path, sitting_named(sitting), practical=practical, by=None)[0])


def entered(path: Path, *, sitting: str = SITTING, practical: bool = False) -> RegistrationFile:
    """A batch that is in the sitting; AssertionError when the file is refused."""
    batch = enter(checked(path, sitting=sitting, practical=practical))
    assert batch.state == RegistrationFile.State.ENTERED, batch.preview
    return batch


def codes(batch: RegistrationFile) -> list[str]:
    """The codes of the faults of a refused file, in its order."""
    assert batch.state == RegistrationFile.State.FAULTY, batch.preview
    return [fault["code"] for fault in batch.preview["first"]]


def warnings(batch: RegistrationFile) -> list[str]:
    """The codes of the warnings of a file that is taken."""
    assert batch.state != RegistrationFile.State.FAULTY, batch.preview
    return [warning["code"] for warning in batch.preview["warnings"]]


def places(sitting: str = SITTING) -> dict[Row, Row]:
    """Who is registered for what: (ticket, course) → (site, room, seat)."""
    found = SittingRegistration.objects.filter(sitting__name=sitting).select_related("candidate", "course")
    return {(ticket_of(each.candidate), each.course.code): (each.site, each.room, each.seat) for each in found}

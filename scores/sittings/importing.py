"""Who sits what where comes in by file: kept, staged, checked as a whole, and entered after an officer has seen the report.

``receive`` → ``check`` → ``request_entry`` → ``enter`` (``entering.py``), as with files of marks (``scores/entry``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.db import transaction

from records.imports.faults import Fault, FileRefused, Notice
from records.imports.keeping import keep, settle
from records.jobs.progress import Progress, unseen
from records.people.models import User
from scores import batches
from scores.models import RegistrationFile, Sitting, StagedRegistration
from scores.sittings.checking import find_faults, find_warnings
from scores.sittings.reading import READING, read_staged
from scores.sittings.staging import stage

FILE_KIND = "registrations"

State = RegistrationFile.State


def receive(
    sent: Path | File[bytes], sitting: Sitting, *, practical: bool, by: User | None, also_waiting: bool = False
) -> tuple[RegistrationFile, bool]:
    """Keep the file and give its batch and whether it is new: a new one to be checked, or the one that brought the same bytes in.

    ``also_waiting``: also one of the same bytes that is being checked, or waits for its confirmation.
    """
    kind = "practical" if practical else "written"
    file = keep(sent, FILE_KIND, f"{sitting.name} {kind}", sent_by=by)
    states = [State.ENTERED, State.CHECKING, State.READY] if also_waiting else [State.ENTERED]
    same = RegistrationFile.objects.filter(sitting=sitting, practical=practical, file__sha256=file.sha256, state__in=states)
    earlier = same.select_related("file", "sitting", "job").last()
    if earlier is None:
        return RegistrationFile.objects.create(sitting=sitting, practical=practical, file=file), True
    if earlier.state == State.ENTERED:
        settle(file, accepted=True, outcome=batches.report_again(earlier).as_json())
    return earlier, False


def check(batch: RegistrationFile, progress: Progress = unseen) -> RegistrationFile:
    """Stage the file and find every fault; the batch is ``READY`` with its preview afterwards, or ``FAULTY`` with its report.

    Safe to run again after a crash. A batch that is past checking is left alone.
    """
    if batch.state != State.CHECKING:
        return batch
    try:
        staged = stage(batch, progress)
    except FileRefused as refused:
        return refuse(batch, list(refused.faults), rows=0)
    with transaction.atomic():
        read_staged(batch)
        find_faults(batch, staged.faults)
        if staged.faults:
            return refuse(batch, list(staged.faults), rows=staged.rows)
        batch.preview = preview_of(staged.rows, staged.notices + find_warnings(batch))
        batch.state = State.READY
        batch.save(update_fields=["preview", "state"])
    return batch


def preview_of(rows: int, notices: list[Notice]) -> dict[str, Any]:
    """What entering the batch would do: rows that are new, changed or the same as in the sitting, in all and by university."""
    return {"rows": rows, **batches.counts_of(READING, "registration_id"), "warnings": [each.as_json() for each in notices]}


@transaction.atomic
def refuse(batch: RegistrationFile, faults: list[Fault], *, rows: int) -> RegistrationFile:
    """Write the fault report; nothing of the file stays in the staging table."""
    batches.refuse(batch, faults, rows=rows)
    StagedRegistration.objects.filter(batch=batch).delete()
    return batch

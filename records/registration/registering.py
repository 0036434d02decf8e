"""Registering candidates (duty U3): the person, the major, the ticket, by file or at the counter, by the same checks.

The same person is one candidate whatever arrives, by kind and number of the identity document: a second major is added to the
first record without a new ticket. Nothing that the register knows about a person is changed here (corrections have their case);
what it does not know yet of 前置学历, 前置专业 and 加考 is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connection, transaction
from django.utils import timezone

from records.candidates.models import Candidate
from records.imports.faults import FileRefused, ImportReport
from records.imports.lines import Line
from records.imports.noticing import Notices
from records.imports.tabular import Table
from records.jobs.progress import Progress, unseen
from records.offices.models import Office
from records.registration.columns import SHAPE
from records.registration.comparing import compare
from records.registration.majors import choices
from records.registration.models import CandidateBatch
from records.registration.newcomers import Newcomer, Reading
from records.registration.previewing import Effects, effects
from records.registration.staging import stage
from records.registration.writing import write

SEEN_EVERY = 1000
_THE_PERSON = "SELECT candidate_id FROM newcomers"


@transaction.atomic
def register_table(table: Table, university: Office, batch: CandidateBatch | None = None) -> ImportReport:
    """Register everybody in a table at a university, or nobody: FileRefused with every fault. Memory stays constant."""
    notices = Notices()
    found = compared(table, university, notices, is_whole=stage_table(table, university, notices))
    write(university.pk, batch.pk if batch else None)
    return ImportReport(table.rows_read, found.written, table.rows_read - found.written, (*table.notices(), *notices.all()))


def stage_table(
    table: Table, university: Office, notices: Notices, progress: Progress = unseen, *, total: int | None = None
) -> bool:
    """Read and check every row by itself and stage the sound ones; False when what follows in the file cannot be read.

    ``progress`` is told now and then how many rows there were, of about ``total``.
    """
    try:
        stage(_newcomers(table, university, notices, progress, total))
    except FileRefused as refused:
        for fault in refused.faults:
            table.faults.add(fault)
        return False
    return True


def compared(table: Table, university: Office, notices: Notices, *, is_whole: bool) -> Effects:
    """What writing the staged rows would do, by the register as it stands until this transaction ends.

    FileRefused with all that is wrong with the table, its rows and between them and the register.
    """
    if is_whole:
        compare(university.pk, table, notices)
    table.faults.refuse_if_any()
    return effects()


@transaction.atomic
def register_person(cells: Mapping[str, str], university: Office) -> tuple[Candidate, ImportReport]:
    """Register one person from the columns of a form (absent ones are empty); FileRefused with what is wrong in which column."""
    names = [*SHAPE.columns]
    rows: list[tuple[int, list[object]]] = [(1, [cells.get(name, "") for name in names])]
    report = register_table(Table(iter(rows), names, SHAPE, is_sparse=False), university)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute(_THE_PERSON)
        return Candidate.objects.get(pk=cursor.fetchone()[0]), report


def _newcomers(table: Table, university: Office, notices: Notices, progress: Progress, total: int | None) -> Iterator[Newcomer]:
    """The rows that are sound by themselves; what is wrong with the others is in the table's faults."""
    reading = Reading(choices(), university.pk, timezone.localdate(), notices)
    for row, cells in table:
        if not table.rows_read % SEEN_EVERY:
            progress(table.rows_read, total)
        newcomer = reading.newcomer(Line(table, row, cells))
        if newcomer is not None:
            yield newcomer

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
from records.offices.models import Office
from records.registration.columns import SHAPE
from records.registration.comparing import compare
from records.registration.majors import choices
from records.registration.newcomers import Newcomer, Reading
from records.registration.staging import stage
from records.registration.writing import write

_THE_PERSON = "SELECT candidate_id FROM newcomers"


@transaction.atomic
def register_table(table: Table, university: Office) -> ImportReport:
    """Register everybody in a table at a university, or nobody: FileRefused with every fault. Memory stays constant."""
    notices = Notices()
    try:
        stage(_newcomers(table, university, notices))
    except FileRefused as refused:  # what follows in the file cannot be read
        for fault in refused.faults:
            table.faults.add(fault)
    else:
        compare(university.pk, table, notices)
    table.faults.refuse_if_any()
    written = write(university.pk)
    return ImportReport(table.rows_read, written, table.rows_read - written, (*table.notices(), *notices.all()))


@transaction.atomic
def register_person(cells: Mapping[str, str], university: Office) -> tuple[Candidate, ImportReport]:
    """Register one person from the columns of a form (absent ones are empty); FileRefused with what is wrong in which column."""
    names = [*SHAPE.columns]
    rows: list[tuple[int, list[object]]] = [(1, [cells.get(name, "") for name in names])]
    report = register_table(Table(iter(rows), names, SHAPE, is_sparse=False), university)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute(_THE_PERSON)
        return Candidate.objects.get(pk=cursor.fetchone()[0]), report


def _newcomers(table: Table, university: Office, notices: Notices) -> Iterator[Newcomer]:
    """The rows that are sound by themselves; what is wrong with the others is in the table's faults."""
    reading = Reading(choices(), university.pk, timezone.localdate(), notices)
    for row, cells in table:
        newcomer = reading.newcomer(Line(table, row, cells))
        if newcomer is not None:
            yield newcomer

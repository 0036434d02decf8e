"""A file of candidates, as a university sends it: kept, recognised when it comes again, taken whole or refused."""

from __future__ import annotations

from pathlib import Path

from django.core.files.base import File

from records.imports.faults import ImportReport
from records.imports.tabular import Table
from records.imports.taking import take
from records.offices.models import Office
from records.people.models import User
from records.registration.columns import SHAPE
from records.registration.registering import register_table

KIND = "candidates"


def import_candidates(sent: Path | File[bytes], university: Office, *, sent_by: User | None = None) -> ImportReport:
    """Register everybody in a file at a university. FileRefused with every fault; the file is kept either way."""

    def register(table: Table) -> ImportReport:
        return register_table(table, university)

    return take(sent, KIND, university.code, SHAPE, register, sent_by=sent_by)

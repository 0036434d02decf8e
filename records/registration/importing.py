"""A file of candidates from the command line: kept, recognised when it comes again, taken whole or refused.

It makes a batch like one from the pages, so that it stands in their list and is undone there.
"""

from __future__ import annotations

from pathlib import Path

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from records.imports.faults import FileRefused, ImportReport
from records.imports.keeping import keep, same_file_before, settle
from records.imports.models import ImportFile
from records.imports.noticing import Notices
from records.imports.reports import fault_report
from records.imports.tabular import open_table
from records.imports.taking import unchanged
from records.offices.models import Office
from records.people.models import User
from records.registration.batches import FILE_KIND, State, record_step
from records.registration.columns import SHAPE
from records.registration.models import CandidateBatch
from records.registration.previewing import figures_of, preview_of
from records.registration.registering import compared, stage_table
from records.registration.writing import write
from records.settings.values import value_of


def import_candidates(sent: Path | File[bytes], university: Office, *, sent_by: User | None = None) -> ImportReport:
    """Register everybody in a file at a university. FileRefused with every fault; the file is kept either way."""
    file = keep(sent, FILE_KIND, university.code, sent_by=sent_by)
    earlier = same_file_before(FILE_KIND, university.code, file.sha256)
    if earlier:
        report = unchanged(earlier)
        settle(file, accepted=True, outcome=report.as_json())
        return report
    try:
        return _registered(file, university)
    except FileRefused as refused:
        batch = CandidateBatch.objects.create(file=file, university=university, state=State.REFUSED)
        batch.report = fault_report(file, refused.faults)
        batch.save(update_fields=["report"])
        settle(file, accepted=False, outcome=refused.as_json())
        raise


@transaction.atomic
def _registered(file: ImportFile, university: Office) -> ImportReport:
    """The report, once everything is written: batch, people and the file's outcome together."""
    notices = Notices()
    with open_table(file.path, SHAPE, unpacked_limit=value_of("import.max_unpacked_megabytes") * 2**20) as table:
        found = compared(table, university, notices, is_whole=stage_table(table, university, notices))
        rows, warnings = table.rows_read, (*table.notices(), *notices.all())
    preview = {**preview_of(rows, found, warnings), "first": []}
    batch = CandidateBatch.objects.create(
        file=file,
        university=university,
        state=State.WRITTEN,
        report=preview,
        confirmed_by=file.sent_by,
        confirmed_at=timezone.now(),
    )
    write(university.pk, batch.pk)
    report = ImportReport(rows, found.written, rows - found.written, warnings)
    settle(file, accepted=True, outcome=report.as_json())
    record_step("write", batch, after=State.WRITTEN, details=figures_of(preview))
    return report

"""Taking a file in one go: keep it, know it again, read it, note what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.core.files.base import File
from django.utils import timezone
from django.utils.translation import gettext as _

from records.imports.faults import FileRefused, ImportReport, Notice
from records.imports.keeping import keep, same_file_before, settle
from records.imports.models import ImportFile
from records.imports.tabular import Table, TableShape, open_table
from records.people.models import User
from records.settings.values import value_of


def take(
    sent: Path | File[bytes],
    kind: str,
    scope: str,
    shape: TableShape,
    bring_in: Callable[[Table], ImportReport],
    *,
    sent_by: User | None = None,
) -> ImportReport:
    """Keep a file and hand its table to ``bring_in``; a file that was taken before brings nothing new, and the report says so.

    FileRefused as ``bring_in`` raises it, or for what cannot be read; the file is kept with its faults.
    """
    file = keep(sent, kind, scope, sent_by=sent_by)
    try:
        earlier = same_file_before(kind, scope, file.sha256)
        report = unchanged(earlier) if earlier else _read(file, shape, bring_in)
    except FileRefused as refused:
        settle(file, accepted=False, outcome=refused.as_json())
        raise
    settle(file, accepted=True, outcome=report.as_json())
    return report


def _read(file: ImportFile, shape: TableShape, bring_in: Callable[[Table], ImportReport]) -> ImportReport:
    limit = value_of("import.max_unpacked_megabytes") * 2**20
    with open_table(file.path, shape, unpacked_limit=limit) as table:
        return bring_in(table)


def unchanged(earlier: ImportFile) -> ImportReport:
    """The report on a file that was taken before as ``earlier``: nothing is written, and it says when it was."""
    day = timezone.localdate(earlier.sent_at).isoformat()
    text = _("同一个文件已于 %(day)s 导入，本次没有改动") % {"day": day}
    rows = earlier.outcome["rows"]
    return ImportReport(rows, 0, rows, (Notice(0, "", "", "import.same-file", text),))

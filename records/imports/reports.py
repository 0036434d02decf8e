"""What a batch keeps of its file to be read: the report on a faulty one, and the table that is mended and sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from records.imports.faults import Fault, Notice
from records.imports.mending import write_fault_workbook
from records.imports.models import ImportFile
from records.settings.values import value_of

FAULTS_SHOWN = 500


def fault_report(file: ImportFile, faults: Sequence[Fault]) -> dict[str, Any]:
    """``faults`` (how many), ``faulty_rows``, their ``kinds`` and the ``first`` 500; the whole list goes into a workbook."""
    unpacked_limit = value_of("import.max_unpacked_megabytes") * 2**20
    write_fault_workbook(file.path, faults, fault_workbook(file), unpacked_limit=unpacked_limit)
    return {
        "faults": len(faults),
        "faulty_rows": len({fault.row for fault in faults if fault.row}),
        "kinds": kinds_of(faults),
        "first": [fault.as_json() for fault in faults[:FAULTS_SHOWN]],
    }


def fault_workbook(file: ImportFile) -> Path:
    """Where the table to be mended lies: the rows of a refused file as they came, with what is wrong."""
    return file.path.with_name(f"{file.pk}-faults.xlsx")


def kinds_of(findings: Sequence[Fault | Notice]) -> list[dict[str, Any]]:
    """How many of each kind (``code``, ``text``, ``count``), the most frequent first, in the words of the first of them."""
    words: dict[str, str] = {}
    for finding in findings:
        words.setdefault(finding.code, _short(finding))
    counts = Counter(finding.code for finding in findings)
    return [{"code": code, "text": words[code], "count": count} for code, count in counts.most_common()]


def _short(finding: Fault | Notice) -> str:
    wrong = finding.message.partition("。")[0]
    return _("%(column)s：%(wrong)s") % {"column": finding.column, "wrong": wrong} if finding.column else wrong

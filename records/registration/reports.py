"""What a batch keeps to be read: the preview of a sound file, the report on a faulty one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from records.imports.faults import Fault, Notice
from records.imports.mending import write_fault_workbook
from records.registration.models import CandidateBatch
from records.registration.previewing import Effects, first_rows
from records.settings.values import value_of

FAULTS_SHOWN = 500
FIGURES = ("new", "second", "filled", "tickets", "records", "same")


def preview_of(rows: int, found: Effects, warnings: Sequence[Notice]) -> dict[str, Any]:
    """``rows`` read, the figures and digest of ``Effects``, ``warnings``, their ``kinds``, the ``first`` rows masked.

    Made while the rows are staged.
    """
    figures = {**asdict(found), "rows": rows, "same": rows - found.written}
    return {
        **figures,
        "kinds": _kinds(warnings),
        "warnings": [notice.as_json() for notice in warnings],
        "first": first_rows(),
    }


def figures_of(report: dict[str, Any]) -> dict[str, int]:
    """The counts of a preview alone."""
    return {name: report[name] for name in FIGURES}


def fault_report(batch: CandidateBatch, faults: Sequence[Fault]) -> dict[str, Any]:
    """``faults`` (how many), ``faulty_rows``, their ``kinds`` and the ``first`` 500; the whole list goes into a workbook."""
    unpacked_limit = value_of("import.max_unpacked_megabytes") * 2**20
    write_fault_workbook(batch.file.path, faults, fault_workbook(batch), unpacked_limit=unpacked_limit)
    return {
        "faults": len(faults),
        "faulty_rows": len({fault.row for fault in faults if fault.row}),
        "kinds": _kinds(faults),
        "first": [fault.as_json() for fault in faults[:FAULTS_SHOWN]],
    }


def fault_workbook(batch: CandidateBatch) -> Path:
    """Where the report of a refused batch lies: the rows as they came, with what is wrong."""
    return batch.file.path.with_name(f"{batch.file.pk}-faults.xlsx")


def _kinds(findings: Sequence[Fault | Notice]) -> list[dict[str, Any]]:
    """How many of each kind, the most frequent first, in the words of the first of them."""
    words: dict[str, str] = {}
    for finding in findings:
        words.setdefault(finding.code, _short(finding))
    counts = Counter(finding.code for finding in findings)
    return [{"code": code, "text": words[code], "count": count} for code, count in counts.most_common()]


def _short(finding: Fault | Notice) -> str:
    wrong = finding.message.partition("。")[0]
    return _("%(column)s：%(wrong)s") % {"column": finding.column, "wrong": wrong} if finding.column else wrong

"""What the importing commands have in common: one JSON object on standard output, exit 1 for a refused file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from records.imports.faults import FileRefused, ImportReport, refusal


class ImportCommand(BaseCommand):
    """A command that brings in a file: subclasses say how in ``bring_in``.

    Prints the report as one JSON line; a refused file prints ``{"faults": […]}`` and exits 1.
    """

    requires_system_checks: list[str] = []

    def bring_in(self, **options: Any) -> ImportReport:
        """Bring in what the command line names; FileRefused when it cannot be taken."""
        raise NotImplementedError

    def handle(self, **options: Any) -> None:
        """Print what came of it."""
        try:
            report = self.bring_in(**options)
        except FileRefused as refused:
            self._print(refused.as_json())
            sys.exit(1)
        self._print(report.as_json())

    def _print(self, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def give_up(self, reason: str) -> NoReturn:
        """Something that the command line names is unknown: one plain line on standard error, exit 2."""
        self.stderr.write(reason, str)
        sys.exit(2)


def existing_file(path: str) -> Path:
    """The path, if there is a file; FileRefused otherwise."""
    file = Path(path)
    if not file.is_file():
        raise refusal("table.no-such-file", _("没有这个文件"), value=path)
    return file

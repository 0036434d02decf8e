"""``manage.py import_registrations FILE --sitting 2026-10 [--practical]``: who sits what where, all or nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from records.imports.commands import ImportCommand, existing_file
from records.imports.faults import Fault, FileRefused, ImportReport
from scores.batches import report_again, report_of
from scores.entry.importing import sitting_named
from scores.models import RegistrationFile
from scores.sittings.entering import discard_left_behind, enter
from scores.sittings.importing import check, receive

State = RegistrationFile.State


class Command(ImportCommand):
    """Brings the registrations in, in this process."""

    help = "Import a file of registrations (.csv, .xlsx or .dbf) for a sitting: who sits what, at which site, room and seat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--sitting", required=True, metavar="YYYY-MM")
        parser.add_argument("--practical", action="store_true", help="for practical links, not for written papers")

    def bring_in(self, **options: Any) -> ImportReport:
        try:
            sitting = sitting_named(options["sitting"])
        except ValueError:
            self.give_up(_("考次应写成 2026-10 的样子"))
        path = existing_file(options["file"])
        batch, is_new = receive(path, sitting, practical=options["practical"], by=None)
        return _brought_in(batch) if is_new else report_again(batch)


def _brought_in(batch: RegistrationFile) -> ImportReport:
    discard_left_behind(batch)
    batch = check(batch)
    if batch.state == State.READY:
        batch = enter(batch)
    if batch.state == State.FAULTY:
        raise FileRefused(Fault(**fault) for fault in batch.file.outcome["faults"])
    return report_of(batch)

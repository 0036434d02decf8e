"""``manage.py import_credits FILE``: credits that candidates of an existing city already have."""

from argparse import ArgumentParser
from typing import Any

from records.imports.commands import ImportCommand, existing_file
from records.imports.faults import ImportReport
from records.ledger.importing import import_credits


class Command(ImportCommand):
    """Takes over what candidates passed, were exempted from or brought along; the columns are those of docs/FORMATS.md."""

    help = "Take over credits from a .csv or .xlsx file; records are opened for first passes by examination."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def bring_in(self, **options: Any) -> ImportReport:
        return import_credits(existing_file(options["file"]))

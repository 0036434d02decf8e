"""``manage.py snapshot_marks --year 2026``: a signed snapshot of all published marks up to the end of the year, made at once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scores.preservation.snapshots import create, make


class Command(BaseCommand):
    """Makes the snapshot in this process and prints where it lies and its SHA-256."""

    help = "Make a signed snapshot of all published marks of the sittings up to the end of a year (docs/SNAPSHOTS.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, required=True, metavar="YYYY")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            snapshot = make(create(options["year"], by=None))
        except ValueError as error:
            raise CommandError(f"no marks of the year {options['year']}: it is before the first sittings or to come") from error
        self.stdout.write(f"{snapshot.path}\n{snapshot.sha256}  {snapshot.marks} marks, {snapshot.revisions} revisions")

"""``manage.py load_catalogue FOLDER``: the six files of a catalogue, all or nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from config.catalogue import load_catalogue
from records.imports.commands import ImportCommand
from records.imports.faults import ImportReport


class Command(ImportCommand):
    """The plan versions, groups and replacement rows of the majors in the folder become what the files say."""

    help = "Load universities, majors, plans and replacement tables from a folder with the six files of a catalogue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")

    def bring_in(self, **options: Any) -> ImportReport:
        return load_catalogue(options["folder"])

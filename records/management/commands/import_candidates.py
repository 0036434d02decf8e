"""``manage.py import_candidates FILE --university CODE``: everybody in a file, or nobody."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from records.imports.commands import ImportCommand, existing_file
from records.imports.faults import ImportReport
from records.offices.models import Office
from records.registration.importing import import_candidates


class Command(ImportCommand):
    """Registers at the university that the option names; the columns are those of docs/FORMATS.md."""

    help = "Register the candidates of a .csv, .xlsx or .dbf file at a host university."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--university", required=True, metavar="CODE", help="code of the host university")

    def bring_in(self, **options: Any) -> ImportReport:
        university = Office.objects.universities().filter(code=options["university"]).first()
        if university is None:
            self.give_up(_("没有代码为 %(code)s 的主考院校") % {"code": options["university"]})
        return import_candidates(existing_file(options["file"]), university)

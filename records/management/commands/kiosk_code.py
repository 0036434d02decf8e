"""``manage.py kiosk_code NAME``: a new set-up code for a terminal, as its head gets one on the page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from records.kiosks import devices
from records.kiosks.models import Kiosk


class Command(BaseCommand):
    """Prints where the code is typed, and the code, once."""

    help = "Print a new set-up code for a terminal (L4); the browser that served as it until now is none any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the terminal's name")
        parser.add_argument("--office", default="", help="the code of its office, where several have a terminal of this name")

    def handle(self, *, name: str, office: str, **_options: Any) -> None:
        kiosks = Kiosk.objects.filter(name=name, closed_at__isnull=True).select_related("office")
        found = list(kiosks.filter(office__code=office) if office else kiosks)
        if len(found) != 1:
            offices = ", ".join(kiosk.office.code for kiosk in found)
            raise CommandError(f"{len(found)} terminals are called {name}" + (f": say --office ({offices})" if found else ""))
        code = devices.renew(found[0], by=None)
        self.stdout.write(f"{reverse('kiosk-setup')} {code}  ({found[0]}, {devices.CODE_MINUTES} min)")

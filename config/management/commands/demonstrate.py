"""``manage.py demonstrate``: the real catalogue and a synthetic city, in a database that knows no candidate yet."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from config import demonstration
from records.candidates.models import Candidate


class Command(BaseCommand):
    """Makes the city whole or not at all, so that a first start that was killed is simply repeated."""

    help = "Load the catalogue and make a synthetic city, unless there are candidates already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--candidates", type=int, default=2000)

    def handle(self, *, candidates: int, **_: Any) -> None:
        if Candidate.objects.exists():
            if demonstration.is_here():
                demonstration.prepare()  # windows as of today
            return
        self.stdout.write(f"First start: loading the catalogue and making a city of {candidates} candidates ...")
        self.stdout.flush()
        with transaction.atomic():
            call_command("load_catalogue", str(settings.BASE_DIR / "data" / "catalogue"), stdout=self.stdout)
            call_command("make_city", candidates=candidates, stdout=self.stdout)

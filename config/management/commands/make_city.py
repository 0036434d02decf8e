"""``manage.py make_city --candidates N [--sittings M] [--seed S]``: a synthetic city (FORMATS)."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.city.building import CannotBuild, build

SITTINGS, SEED = 6, 1


class Command(BaseCommand):
    """Invented people with marks, credits and cases, into a database that has a catalogue and no candidates."""

    help = "Build a synthetic city of N candidates with M sittings of marks, reproducibly from the seed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--candidates", type=int, required=True, metavar="N")
        parser.add_argument("--sittings", type=int, default=SITTINGS, metavar="M", help=f"sittings of marks (default {SITTINGS})")
        parser.add_argument("--seed", type=int, default=SEED, metavar="S", help=f"what everything follows from (default {SEED})")

    def handle(self, *, candidates: int, sittings: int, seed: int, verbosity: int, **_: Any) -> None:
        try:
            build(candidates=candidates, sittings=sittings, seed=seed, say=partial(self._say, aloud=verbosity > 1))
        except CannotBuild as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(f"A city of {candidates} candidates is here.")

    def _say(self, line: str, *, aloud: bool) -> None:
        if aloud:
            self.stdout.write(line)
            self.stdout.flush()

"""``manage.py seal_trail``: seals what is final now (FORMATS)."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from audit.seals import OutOfStep, seal_trail


class Command(BaseCommand):
    """Prints ``{"seal", "entries", "hash"}``: the newest seal, how many events were sealed now, its hash."""

    help = "Seal the events of the trail that have become final."
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        try:
            sealed = seal_trail()
        except OutOfStep as reason:
            self.stderr.write(str(reason), str)
            sys.exit(1)
        self.stdout.write(json.dumps({"seal": sealed.number, "entries": sealed.entries, "hash": sealed.hash.hex() or None}))

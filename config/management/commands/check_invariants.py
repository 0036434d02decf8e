"""``manage.py check_invariants``: whether everything that must hold does; exit 1 when something is broken."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from audit.invariants import examine


class Command(BaseCommand):
    """Prints ``{"checked": {code: rows}, "broken": [{"code", "message", "table", "id"}]}`` as one JSON line."""

    help = "Check what must hold in the database whatever happened."
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        answer = examine()
        self.stdout.write(json.dumps(answer, ensure_ascii=False))
        if answer["broken"]:
            sys.exit(1)

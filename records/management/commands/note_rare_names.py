"""``manage.py note_rare_names``: go through all names for rare characters."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from records.rare_names.noting import note_everybody


class Command(BaseCommand):
    """May be run at any time and as often as one likes: after an installation took over a city, after the font was replaced."""

    help = "Brings the register of rare names in step with all names; prints how many it holds."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps({"rare_names": note_everybody()}))

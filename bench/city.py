"""The city that the benchmarks run on: made once in a home of its own, ``.kaoji-bench`` unless ``KAOJI_HOME`` says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
CANDIDATES = int(os.environ.get("KAOJI_BENCH_CANDIDATES", "5000"))


def stand() -> None:
    """Bring up the servers, the catalogue and the city, and set Django up on them."""
    os.environ.setdefault("KAOJI_HOME", str(BASE / ".kaoji-bench"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    _manage("load_catalogue", str(BASE / "data" / "catalogue"))
    import django

    django.setup()
    from records.models import Candidate

    if not Candidate.objects.exists():
        _manage("make_city", "--candidates", str(CANDIDATES))


def _manage(*arguments: str) -> None:
    subprocess.run([sys.executable, str(BASE / "manage.py"), *arguments], check=True, stdout=subprocess.DEVNULL)

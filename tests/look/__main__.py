"""Serves the style pages until Ctrl-C: ``python -m tests.look``."""

import os
import signal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.look.server import style_pages  # noqa: E402 - it reads the settings

with style_pages() as address:
    print(f"{address}/pages/components/", flush=True)
    signal.pause()

"""``manage.py stop``: ends what ``manage.py run`` started for this home, then its embedded servers."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import running, servers
from config.home import Home


class Command(BaseCommand):
    """Stops this home and no other."""

    help = "Stop web, worker and beat of this home, then its embedded database and broker."
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        ended = ["web, worker and beat"] if running.end(settings.KAOJI_HOME) else []
        ended += servers.stop(Home(settings.KAOJI_HOME))
        self.stdout.write(f"Stopped: {', '.join(ended)}." if ended else "Nothing was running.")

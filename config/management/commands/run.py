"""``manage.py run``: everything of one machine, from nothing to a page in the browser; Ctrl-C ends it."""

import os
import subprocess
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from config import static_files
from config.environment import LOCAL_HOSTS
from config.ports import free_port
from config.processes import Child, Family, GivenUp, python
from config.running import AlreadyRunning, only_one

PORT = 8000
MANAGE = str(settings.BASE_DIR / "manage.py")


class Command(BaseCommand):
    """Servers, tables, demonstration, static files, then web, workers and beat under this process."""

    help = "Start everything on this machine: database, broker, web, worker, beat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=PORT, help="port of the web process; the next free one if taken")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen at")
        parser.add_argument("--candidates", type=int, default=2000, help="size of the demonstration city made at first start")
        parser.add_argument(
            "--demonstration",
            action="store_true",
            default="DATABASE_URL" not in os.environ,
            help="make the demonstration city in an empty database that DATABASE_URL names, too",
        )

    def handle(self, *, port: int, host: str, candidates: int, demonstration: bool, **_: Any) -> None:
        try:
            with only_one(settings.KAOJI_HOME) as note_address:
                self._prepare(candidates if demonstration else 0, _environment(_address(host, port)))
                self._serve(host, port, note_address)
        except AlreadyRunning as running:
            raise CommandError(str(running)) from running
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    def _prepare(self, candidates: int, environment: dict[str, str]) -> None:
        """Tables, city and static files; whatever is there already stays, whatever an earlier start left undone is done.

        The city's certificates bear the portal's address, so its makers get the ``environment`` of the portal.
        """
        self._manage("migrate", "--verbosity", "0")
        if candidates:
            self._manage("demonstrate", "--candidates", str(candidates), environment=environment)
        static_files.collect()

    def _serve(self, host: str, wanted: int, note_address: Callable[[str], None]) -> None:
        port = free_port(host, wanted)
        if port != wanted:
            self.stdout.write(f"Port {wanted} is taken; using {port}.")
        address = _address(host, port)
        note_address(address)
        family = Family(_children(host, port), _environment(address), self.stdout.write)
        family.listen()
        try:
            family.start()
            if family.watch(until=lambda: _answers(host, port)):
                self._announce(address)
                family.watch()
        except GivenUp as fault:
            raise CommandError(str(fault)) from fault
        finally:
            family.stop()
        self.stdout.write("\nStopped. The database and the broker keep running until: make stop")

    def _announce(self, address: str) -> None:
        self.stdout.write(f"\nKaoji runs at {address}\nLogs: {_logs()}\nCtrl-C stops it.\n")
        if "show_logins" in get_commands():
            call_command("show_logins", stdout=self.stdout)
        self.stdout.flush()

    def _manage(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        """A management command of its own process: another database role, and its memory is given back."""
        done = subprocess.run(
            python(MANAGE, *arguments), stdin=subprocess.DEVNULL, start_new_session=True, check=False, env=environment
        )
        if done.returncode:
            raise CommandError(f"manage.py {arguments[0]} failed", returncode=done.returncode)


def _logs() -> Path:
    return settings.KAOJI_HOME / "logs"


def _address(host: str, port: int) -> str:
    return f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"


def _environment(address: str) -> dict[str, str]:
    """The children's environment. Plain HTTP, and ``address`` as the portal's, are for a machine that serves itself only."""
    local = set(settings.ALLOWED_HOSTS) <= set(LOCAL_HOSTS)
    own = {"KAOJI_PLAIN_HTTP": "1", "KAOJI_ADDRESS": os.environ.get("KAOJI_ADDRESS", address)}
    return os.environ | {"PYTHONUNBUFFERED": "1"} | (own if local else {})


def _children(host: str, port: int) -> list[Child]:
    celery = python("-m", "celery", "-A", "config.celery")
    cores = str(os.cpu_count() or 1)
    web = python("-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port))
    web += ["--workers", os.environ.get("KAOJI_WEB_WORKERS", cores)]
    web += ["--blocking-threads", os.environ.get("KAOJI_WEB_THREADS", "4")]  # each holds a database connection
    web += ["--workers-kill-timeout", "5s", "--respawn-failed-workers", "config.wsgi:application"]
    worker = [*celery, "worker", "--concurrency", os.environ.get("KAOJI_WORKERS", cores), "--without-mingle", "--without-gossip"]
    clock = [
        *celery,
        "worker",
        "--queues",
        "clock",
        "--pool",
        "solo",
        "--hostname",
        "clock@%h",
        "--without-mingle",
        "--without-gossip",
    ]
    beat = [*celery, "beat", "--pidfile", ""]
    programs = {"web": web, "worker": worker, "clock": clock, "beat": beat}
    return [Child(name, command, _logs() / f"{name}.log") for name, command in programs.items()]


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

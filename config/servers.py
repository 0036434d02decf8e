"""Bringing up the embedded servers of one home, once, whoever asks, and leaving them running until ``manage.py stop``."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.home import Home, home_of
from config.postgresql import PostgreSQL, programs
from config.valkey import Valkey

BASE_DIR = Path(__file__).resolve().parent.parent
NEED_NO_SERVERS = {
    *("help", "version", "check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "makemessages", "stop"),
}
ASKING = {"-h", "--help", "--version"}
OWNER_COMMANDS = {"dbshell", "flush", "makemigrations", "migrate", "pgtrigger", "showmigrations", "sqlmigrate", "test"}


def ensure(arguments: Sequence[str]) -> None:
    """Before a management command: choose its database role and start what it needs and the environment does not name."""
    command = arguments[0] if arguments else "help"
    if command == "dbshell" and "DATABASE_URL" not in os.environ:
        os.environ["PATH"] += f"{os.pathsep}{programs()}"  # psql
    if command in OWNER_COMMANDS:
        os.environ.setdefault("KAOJI_DATABASE_ROLE", "owner")
    if command not in NEED_NO_SERVERS and not is_question(arguments):
        start(home_of(BASE_DIR))


def is_question(arguments: Sequence[str]) -> bool:
    """Whether the command only explains itself."""
    return bool(ASKING & set(arguments))


def start(home: Home, *, durable: bool = True) -> None:
    """Start the servers that the environment does not name; ``durable=False`` (tests) gives up safety for speed."""
    if {"DATABASE_URL", "REDIS_URL"} <= set(os.environ):
        return
    with _lock(home):
        if "DATABASE_URL" not in os.environ:
            PostgreSQL(home, durable=durable).start()
        if "REDIS_URL" not in os.environ:
            Valkey(home).start()


def stop(home: Home) -> list[str]:
    """Stop the servers of this home and of no other; returns the names of those that were running."""
    if not home.root.exists():
        return []
    with _lock(home):
        running = [server for server in (Valkey(home), PostgreSQL(home)) if server.running_pid()]
        for server in running:
            server.stop()
    return [type(server).__name__ for server in running]


@contextmanager
def _lock(home: Home) -> Iterator[None]:
    home.root.mkdir(parents=True, exist_ok=True)
    with (home.root / "servers.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""At most one ``manage.py run`` for a home, and how ``manage.py stop`` finds it."""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

STOP_SECONDS = 30


class AlreadyRunning(Exception):
    """Another process runs this home; the text gives its address."""


@contextmanager
def only_one(home: Path) -> Iterator[Callable[[str], None]]:
    """Hold the home for this process; yields a function that notes the address for whoever comes second."""
    with (home / "run.lock").open("a+") as file:
        if not _take(file):
            raise AlreadyRunning(f"Kaoji runs already: {_read(file)[1] or 'it is starting'} (make stop ends it)")
        _write(file, "")
        yield lambda address: _write(file, address)


def end(home: Path) -> bool:
    """Ask the process that runs this home to stop and wait for it; False when there is none."""
    path = home / "run.lock"
    if not path.exists():
        return False
    with path.open("a+") as file:
        if _take(file):
            return False
        os.kill(_read(file)[0], signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while not _take(file) and time.monotonic() < deadline:
            time.sleep(0.1)
    return True


def _take(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(file: TextIO, address: str) -> None:
    file.truncate(0)
    file.write(f"{os.getpid()} {address}\n")
    file.flush()


def _read(file: TextIO) -> tuple[int, str]:
    file.seek(0)
    pid, _, address = file.read().strip().partition(" ")
    return int(pid), address

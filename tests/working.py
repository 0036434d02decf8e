"""A real worker for tests of jobs: a process of its own, over the real broker, in the database of the running test."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from redis import Redis

from config.health import broker_url

READY_SECONDS = 60
FINISH_SECONDS = 60
PAUSE_SECONDS = 0.02
QUEUE, UNACKNOWLEDGED = "celery", "unacked"  # the broker's keys: messages waiting, and messages that a worker has not finished


class Worker:
    """``celery worker`` with two processes, in the application's database role as in production."""

    def __init__(self, number: int) -> None:
        self.log = Path(settings.KAOJI_HOME) / "logs" / f"test-worker-{number}.log"
        self.broker = Redis.from_url(broker_url())
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it takes messages."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--include", "tests.tasks"]
        command += ["--concurrency", "2", "--without-mingle", "--without-gossip"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment(), stdout=log, stderr=log, start_new_session=True)
        self.see(" ready.", READY_SECONDS)

    def see(self, text: str, seconds: float = FINISH_SECONDS) -> None:
        """Wait until it has logged ``text``."""
        self._wait(lambda: text in self.log.read_text(), seconds, f"does not come to {text!r}")

    def finish(self, seconds: float = FINISH_SECONDS) -> None:
        """Wait until every message sent so far, and every one sent by those, has been worked off."""
        self._wait(lambda: self.is_idle() and not time.sleep(PAUSE_SECONDS) and self.is_idle(), seconds, "does not finish")

    def is_idle(self) -> bool:
        """Nothing waits and nothing is being worked on."""
        return not self.broker.llen(QUEUE) and not self.broker.hlen(UNACKNOWLEDGED)

    def pause(self) -> None:
        """From now on it does nothing, and whatever is asked of it waits."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Work again after a pause."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGCONT)

    @contextmanager
    def held(self) -> Iterator[None]:
        """A pause as long as the block runs."""
        self.pause()
        try:
            yield
        finally:
            self.go_on()

    def kill(self) -> None:
        """Kill it with everything in its hands, as a power cut would."""
        if self.process:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None

    def forget(self) -> None:
        """Throw away what waits, so that no later test works on it."""
        self.broker.delete(QUEUE)
        self._wait(lambda: self.process is None or not self.broker.hlen(UNACKNOWLEDGED), FINISH_SECONDS, "does not finish")
        self.broker.flushdb()

    def _wait(self, holds: Callable[[], bool], seconds: float, fault: str) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            if self.process and self.process.poll() is not None:
                raise AssertionError(f"the worker ended:\n{self.log.read_text()[-3000:]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"the worker {fault}:\n{self.log.read_text()[-3000:]}")
            time.sleep(PAUSE_SECONDS)


def environment() -> dict[str, str]:
    """For a process of Kaoji on the database and the broker of the running test, as the application."""
    changes = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "KAOJI_HOME": str(settings.KAOJI_HOME),
        "KAOJI_DATABASE": str(connection.settings_dict["NAME"]),
        "KAOJI_DATABASE_ROLE": "application",
        "KAOJI_VISIBILITY_SECONDS": "2",
        "REDIS_URL": settings.CELERY_BROKER_URL,
    }
    return os.environ | changes

"""Kaoji as ``manage.py run`` serves it, on the database of the running test: granian, plain HTTP, hashed static files."""

import fcntl
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from django.conf import settings

from config.ports import free_port
from tests.working import environment

HOST = "127.0.0.1"
FIRST_PORT = 8300
PORTS = 50  # for each parallel process of pytest
READY_SECONDS = 60
PAUSE_SECONDS = 0.05
COLLECT = "import django; django.setup(); from config import static_files; static_files.collect()"


class Web:
    """The web process of one test, in the application's database role. It starts anew for each: it remembers content types."""

    def __init__(self, number: int) -> None:
        self.log = Path(settings.KAOJI_HOME) / "logs" / f"test-web-{number}.log"
        self.port = free_port(HOST, FIRST_PORT + PORTS * number)
        self.address = f"http://{HOST}:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(self.port)]
        command += ["--workers", "1", "--blocking-threads", "4", "config.wsgi:application"]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=_environment(), stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the web process does not answer:\n{self.log.read_text()[-3000:]}")
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """End it at once: it holds connections to the test's database."""
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def collect_static_files() -> None:
    """Hash and compress them once for all, one process at a time."""
    with (Path(settings.KAOJI_HOME) / "static.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([sys.executable, "-c", COLLECT], env=_environment(), check=True, timeout=120)


def _environment() -> dict[str, str]:
    return environment() | {"KAOJI_PLAIN_HTTP": "1"}

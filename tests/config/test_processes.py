"""Programs under one parent: restarted when they die, gone when it goes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.ports import free_port
from config.processes import MOST_FAILURES, Child, Family, GivenUp, python

SLEEPS = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (15, 3)]; print('up', flush=True); time.sleep(600)"
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, '-c', sys.argv[1]])
print('up', child.pid, flush=True)
child.wait()
"""


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Callable[..., Family]]:
    """Makes a family of programs, each given by name and command line; ended whatever the test does."""
    families: list[Family] = []

    def make(**programs: list[str]) -> Family:
        children = [Child(name, python("-c", *arguments), tmp_path / f"{name}.log") for name, arguments in programs.items()]
        families.append(Family(children, os.environ, finish_seconds=0.3, abandon_seconds=0.3, shortest_pause=0.05))
        return families[-1]

    yield make
    for each in families:
        each.stop()


def is_up(family: Family) -> bool:
    return all(child.log.exists() and "up" in child.log.read_text() for child in family.children)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pids(family: Family) -> list[int]:
    return [child.process.pid for child in family.children if child.process]


@pytest.mark.parametrize("program", [SLEEPS, STUBBORN], ids=["willing", "stubborn"])
def test_after_stopping_nobody_is_left(family: Callable[..., Family], program: str):
    members = family(one=[program], two=[program])
    members.start()
    assert members.watch(until=lambda: is_up(members))
    running = pids(members)

    members.stop()

    assert not [pid for pid in running if is_alive(pid)]


def test_what_a_program_started_goes_with_it(family: Callable[..., Family]):
    members = family(one=[PARENT, STUBBORN])
    members.start()
    members.watch(until=lambda: is_up(members))
    grandchild = int(members.children[0].log.read_text().split()[1])
    assert is_alive(grandchild)

    members.stop()

    wait_for(lambda: not is_alive(grandchild))


def test_a_program_that_dies_starts_again(family: Callable[..., Family]):
    said: list[str] = []
    members = family(one=[SLEEPS], two=[SLEEPS])
    members.say = said.append
    members.start()
    members.watch(until=lambda: is_up(members))
    one, two = pids(members)

    os.kill(one, signal.SIGKILL)
    members.watch(until=lambda: pids(members)[0] != one)

    assert is_alive(pids(members)[0])
    assert pids(members)[1] == two
    assert len(said) == 1
    assert said[0].startswith("one died")


def test_a_program_that_cannot_live_ends_the_trying(family: Callable[..., Family]):
    members = family(one=["raise SystemExit(1)"])
    members.say = [].append
    members.start()

    with pytest.raises(GivenUp, match=f"one died {MOST_FAILURES} times"):
        members.watch()


def test_a_parent_that_is_killed_takes_everybody_along(tmp_path: Path):
    code = f"""
import os
from pathlib import Path
from config.processes import Child, Family, python
child = Child("one", python("-c", {SLEEPS!r}), Path({str(tmp_path / "log")!r}))
family = Family([child], os.environ)
family.start()
family.watch(until=lambda: "up" in child.log.read_text())
print(child.process.pid, flush=True)
family.watch()
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert is_alive(child)

    parent.kill()
    parent.wait()

    wait_for(lambda: not is_alive(child))


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert port < free_port("127.0.0.1", port) <= port + 100


def test_a_port_that_browsers_would_find_taken_is_passed_over():
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()

        assert free_port("127.0.0.1", taken.getsockname()[1]) != taken.getsockname()[1]


def test_a_free_port_is_kept():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert free_port("127.0.0.1", port) == port

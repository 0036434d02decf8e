"""The page of the result day (L8) on a real server, with another person at every request.

First what it carries, against a view with the same query behind the same middleware on the same server, in turns; then, offered
three times as much, that who is not let in is told when to come again, that nobody gets an error, and that nobody gets anybody
else's marks. ``KAOJI_BENCH_SECONDS`` (default 5) for each of the runs. The load comes from the same machine.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command

from bench.city import BASE
from bench.result_load import HOST
from config.ports import free_port
from records.jobs.models import Job
from records.models import Candidate
from scores.models import Mark, ResultSheet
from scores.results import following
from scores.results.looking_up import latest_sitting
from scores.tasks import make_sheets

SECONDS = float(os.environ.get("KAOJI_BENCH_SECONDS", "5"))
PEOPLE = 3000
CONNECTIONS = 6
TURNS = 3
TIMES = 3
RATE_GOAL = 0.7
P99_GOAL = 1.0
READY_SECONDS = 60

Figures = dict[str, Any]


def run() -> None:
    """Print the figures; ends with exit code 1 beyond a goal, at any error, and at any answer that was not the asker's."""
    call_command("collectstatic", interactive=False, verbosity=0)
    with tempfile.TemporaryDirectory() as folder, _server() as port:
        file = Path(folder) / "people.json"
        file.write_text(json.dumps(_people()), encoding="utf-8")
        page, bare = _in_turns(file, port)
        carried = statistics.median(each["rate"] for each in page)
        most = statistics.median(each["rate"] for each in bare)
        p95 = statistics.median(each["p95"] for each in page)
        print(
            f"page {carried:,.0f}/s, p95 {p95 * 1000:.0f} ms; a view with its query alone {most:,.0f}/s:"
            f" {carried / most:.0%} (goal {RATE_GOAL:.0%})"
        )
        flood = _load(file, port, "/results/", "open", TIMES * carried)
    _print_flood(flood)
    faults = [each for each in [*page, *bare, flood] if each["wrong"] or each["broken"] or _errors(each)]
    if faults or carried / most < RATE_GOAL or flood["p99"] > P99_GOAL or not flood["statuses"].get("429"):
        sys.exit(1)


def _print_flood(flood: Figures) -> None:
    let_in, waiting = flood["statuses"].get("200", 0), flood["statuses"].get("429", 0)
    print(
        f"offered {TIMES} times that ({flood['asked']:,.0f}/s): let in {let_in:,} ({flood['rate']:,.0f}/s, p99"
        f" {flood['p99'] * 1000:.0f} ms, goal {P99_GOAL * 1000:.0f}), told to wait {waiting:,}, errors {_errors(flood)},"
        f" unanswered {flood['broken']}, not the asker's {flood['wrong']}"
    )


def _errors(figures: Figures) -> int:
    return sum(count for status, count in figures["statuses"].items() if status not in ("200", "429"))


def _in_turns(file: Path, port: int) -> tuple[list[Figures], list[Figures]]:
    """The page and the bare view, one after the other, several times; the first run of each warms up."""
    page: list[Figures] = []
    bare: list[Figures] = []
    for _turn in range(TURNS + 1):
        page.append(_load(file, port, "/results/", "closed", CONNECTIONS))
        bare.append(_load(file, port, "/bare/", "closed", CONNECTIONS))
    return page[1:], bare[1:]


def _load(file: Path, port: int, path: str, mode: str, rate: float) -> Figures:
    cache.clear()  # every run asks about the same people
    command = [sys.executable, "-m", "bench.result_load", str(file), str(port), path, mode, f"{rate:g}", f"{SECONDS:g}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=BASE)
    figures: Figures = json.loads(done.stdout)
    return figures


def _people() -> list[tuple[str, str, list[str]]]:
    """Ticket, identity number and the codes of the courses of those with marks in the latest sitting, as the page lists them."""
    following.make_missing()
    _make_sheets()
    sitting = latest_sitting()
    shown = ResultSheet.objects.filter(sitting=sitting).values("candidate")
    people = Candidate.objects.filter(pk__in=shown, tickets__is_current=True, merged_into=None).order_by("pk")[:PEOPLE]
    marks = Mark.objects.filter(sitting=sitting, candidate__in=list(people)).order_by("practical", "course__code")
    codes: dict[int, list[str]] = {}
    for candidate, code in marks.values_list("candidate", "course__code"):
        codes.setdefault(candidate, []).append(code)
    return [(person.ticket_number, person.identity_number, codes[person.pk]) for person in people.prefetch_related("tickets")]


def _make_sheets() -> None:
    """What a worker does for a city that was made without one."""
    for job in Job.objects.unfinished().filter(kind="scores.make-sheets"):
        make_sheets(job)
        Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)


@contextmanager
def _server() -> Iterator[int]:
    """The portal on one process of granian, places for the result page as by default."""
    port = free_port(HOST, 8600)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", "1"]
    command += ["--blocking-threads", "4", "--log-level", "error", "config.wsgi:application"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.result_settings", "KAOJI_PROXIES": "1"}
    log = Path(settings.KAOJI_HOME) / "logs" / "bench-web.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=BASE)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("the server does not answer")

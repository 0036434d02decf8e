"""Load on the page of the result day: ``python -m bench.result_load FILE PORT PATH MODE RATE SECONDS``, figures as JSON.

``FILE`` holds a line for each person: ticket, identity number, and the lines of marks that belong to them. ``MODE`` is ``closed``
(``RATE`` connections, each asks as soon as it has its answer) or ``open`` (``RATE`` requests a second, whatever the answers).
Every answer is held against the person who asked: marks of anybody else, or of nobody, count as ``wrong``.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import django
from django.core import signing
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.utils.crypto import get_random_string

HOST = "127.0.0.1"
CODE = re.compile(r'<span class="kj-code">(\d+)</span>')
HEADERS = (
    "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n"
    "X-Forwarded-For: {source}\r\nX-Forwarded-Proto: https\r\nOrigin: https://localhost\r\nCookie: __Host-csrf={token}\r\n\r\n"
)


@dataclass
class Person:
    """Who asks, and the codes of the courses in the answer that is theirs."""

    ticket: str
    number: str
    codes: list[str]


@dataclass
class Found:
    """What came back: seconds of the admitted, statuses, answers that were not the asker's, requests that were not answered."""

    path: str
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    broken: int = 0

    def note(self, person: Person, status: int, page: str, seconds: float) -> None:
        """Count one answer."""
        self.statuses[status] += 1
        if status == 200:
            self.seconds.append(seconds)
            right = page == f"{len(person.codes)}" if self.path == "/bare/" else CODE.findall(page) == person.codes
            self.wrong += not right
        elif CODE.search(page) or (status == 429 and person.number not in page):
            self.wrong += 1


def requests(people: list[Person], path: str) -> Iterator[tuple[Person, bytes]]:
    """One request after the other, each of another person from another source; signed as a browser's that has waited."""
    token = get_random_string(CSRF_SECRET_LENGTH)
    for place, person in enumerate(cycle(people)):
        stamp = signing.dumps([f"{os.getpid()}-{place}", int(time.time()) - 60], salt="proof")
        typed = {
            "ticket": person.ticket,
            "number": person.number,
            "proof": "",
            "proof-stamp": stamp,
            "csrfmiddlewaretoken": token,
        }
        body = urlencode(typed)
        source = f"10.{place // 65536 % 256}.{place // 256 % 256}.{place % 256}"
        yield person, (HEADERS.format(path=path, length=len(body), source=source, token=token) + body).encode()


class Connection:
    """One connection that is opened again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, content: bytes) -> tuple[int, str]:
        """Status and body."""
        if self.streams is None:
            self.streams = await asyncio.open_connection(HOST, self.port)
        reader, writer = self.streams
        writer.write(content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1])) if length else b""
        return int(head.split(" ", 2)[1]), body.decode()


async def once(connection: Connection, person: Person, content: bytes, found: Found) -> None:
    """Ask and note the answer."""
    begun = time.perf_counter()
    try:
        status, page = await connection.ask(content)
    except (OSError, asyncio.IncompleteReadError):
        connection.streams = None
        found.broken += 1
        return
    found.note(person, status, page, time.perf_counter() - begun)


async def closed(port: int, load: Iterator[tuple[Person, bytes]], found: Found, connections: int, seconds: float) -> None:
    """Every connection asks again as soon as it has its answer."""
    end = time.perf_counter() + seconds

    async def go_on() -> None:
        connection = Connection(port)
        while time.perf_counter() < end:
            await once(connection, *next(load), found)

    await asyncio.gather(*(go_on() for _ in range(connections)))


async def opened(port: int, load: Iterator[tuple[Person, bytes]], found: Found, rate: float, seconds: float) -> None:
    """So many a second, whether or not the earlier ones have been answered; idle connections are used again."""
    idle: list[Connection] = []
    under_way: set[asyncio.Task[None]] = set()
    begun = time.perf_counter()

    async def one() -> None:
        connection = idle.pop() if idle else Connection(port)
        await once(connection, *next(load), found)
        idle.append(connection)

    for place in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + place / rate - time.perf_counter()))
        task = asyncio.create_task(one())
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)


def main() -> None:
    """Print the figures."""
    file, port, path, mode, rate, seconds = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    people = [Person(*each) for each in json.loads(Path(file).read_text(encoding="utf-8"))]
    found, load, begun = Found(path), requests(people, path), time.perf_counter()
    run = (
        closed(int(port), load, found, int(rate), float(seconds))
        if mode == "closed"
        else opened(int(port), load, found, float(rate), float(seconds))
    )
    asyncio.run(run)
    took = time.perf_counter() - begun
    times = sorted(found.seconds) or [0.0]
    figures = {
        "rate": len(found.seconds) / took,
        "asked": sum(found.statuses.values()) / took,
        "p95": times[int(len(times) * 0.95)],
        "p99": times[int(len(times) * 0.99)],
        "statuses": found.statuses,
        "wrong": found.wrong,
        "broken": found.broken,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

"""The trail: what its triggers cost, how fast it is sealed and verified, and that memory does not grow with it.

In a database of its own beside the city's, made anew and dropped at the end. Each measurement runs in a process of its own, whose
peak memory so is its own. ``KAOJI_BENCH_EVENTS=10000000`` goes on to that many events.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import psycopg2
from django.conf import settings

from bench.city import BASE
from config.environment import owner_database

DATABASE = "kaoji_bench_trail"
SIZES = (100_000, 1_000_000)
MOST = int(os.environ.get("KAOJI_BENCH_EVENTS", "0"))
BULK_GOAL, RATE_GOAL, MEMORY_GOAL_MB = 5.0, 0.8, 64


def run() -> None:
    """Print the figures; ratios are of the same run."""
    _server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
    try:
        _program("manage.py", "migrate", "--verbosity", "0")
        _trail([_measured("verify", str(size)) for size in (*SIZES, *([MOST] if MOST else []))])
        _triggers(_measured("triggers"))
    finally:
        _server(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def _triggers(figures: dict[str, float]) -> None:
    single, bulk = figures["single_with"] / figures["single_without"], figures["bulk_with"] / figures["bulk_without"]
    print(
        f"one row: {figures['single_with']:.2f} ms with the trail, {figures['single_without']:.2f} ms without; ratio {single:.1f}"
    )
    print(
        f"100,000 rows in one statement: {figures['bulk_with']:.0f} ms with the trail, {figures['bulk_without']:.0f} ms without;"
        f" ratio {bulk:.1f} (goal {BULK_GOAL:.0f})"
    )


def _trail(rows: list[dict[str, float]]) -> None:
    for row in rows:
        rate = row["events"] / row["seconds"]
        print(
            f"{row['events']:>12,.0f} events: sealed {row['sealed_per_second']:,.0f} a second,"
            f" verified in {row['seconds']:.1f} s ({rate:,.0f} a second), peak memory {row['megabytes']:.0f} MB"
        )
    first, last = rows[0], rows[-1]
    kept = (last["events"] / last["seconds"]) / (first["events"] / first["seconds"])
    grown = last["megabytes"] - first["megabytes"]
    print(f"rate kept {kept:.2f} (goal {RATE_GOAL}); memory grown by {grown:.0f} MB (goal {MEMORY_GOAL_MB})")
    if last["events"] < 10_000_000:
        print(f"ten millions at this rate: {10_000_000 * last['seconds'] / last['events'] / 60:.1f} minutes")


def _measured(*arguments: str) -> dict[str, float]:
    """What a measurement of ``bench.trail_measures`` prints."""
    figures: dict[str, float] = json.loads(_program("-m", "bench.trail_measures", *arguments))
    return figures


def _program(*arguments: str) -> str:
    environment = os.environ | {"KAOJI_DATABASE": DATABASE, "KAOJI_DATABASE_ROLE": "owner"}
    done = subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True, cwd=BASE, env=environment)
    return done.stdout


def _server(*statements: str) -> None:
    address: dict[str, Any] = owner_database(settings.BASE_DIR)
    connection = psycopg2.connect(
        dbname="postgres", user=address["USER"], password=address["PASSWORD"], host=address["HOST"], port=address["PORT"] or None
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()

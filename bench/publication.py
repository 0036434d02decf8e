"""The job behind a publication against hand-written statements that write the same rows, each in a copy of one database.

``KAOJI_BENCH_PUBLISHED`` marks (default 300,000), three to a candidate, nobody with a record yet. The job goes by portions,
each of which survives a crash; the statements run in one transaction.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from bench.databases import program, server

DATABASE, COPY = "kaoji_bench_publication", "kaoji_bench_publication_plain"
MARKS = int(os.environ.get("KAOJI_BENCH_PUBLISHED", "300000"))
RATIO_GOAL = 2.0
MEMORY_GOAL_MB = 300


def run() -> None:
    """Print the figures; ends with exit code 1 beyond a goal or where the rows differ."""
    _drop()
    server(f"CREATE DATABASE {DATABASE}")
    try:
        program(DATABASE, "manage.py", "migrate", "--verbosity", "0")
        program(DATABASE, "-m", "bench.publication_marks", str(MARKS))
        server(f"CREATE DATABASE {COPY} TEMPLATE {DATABASE}")
        job, plain = _measured(DATABASE, "job"), _measured(COPY, "plain")
    finally:
        _drop()
    ratio = job["seconds"] / plain["seconds"]
    print(
        f"{MARKS:,} marks, {sum(job['rows']):,} rows written: job {job['seconds']:.1f} s, hand-written {plain['seconds']:.1f} s;"
        f" ratio {ratio:.2f} (goal {RATIO_GOAL}); peak memory {job['memory']:.0f} MB (goal {MEMORY_GOAL_MB})"
    )
    if job["rows"] != plain["rows"]:
        sys.exit(f"the rows differ: {job['rows']} by job, {plain['rows']} by hand")
    if ratio > RATIO_GOAL or job["memory"] > MEMORY_GOAL_MB:
        sys.exit(1)


def _measured(database: str, way: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(program(database, "-m", "bench.publication_measures", way).strip().splitlines()[-1])
    return figures


def _drop() -> None:
    server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)")

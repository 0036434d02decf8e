"""Importing a file of candidates: how long, against raw COPY and INSERT of as many rows in the same run, and at what memory."""

from __future__ import annotations

import csv
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection, transaction
from stdnum.iso7064 import mod_11_2

ROWS = int(os.environ.get("KAOJI_BENCH_ROWS", "100000"))
LIMIT_SECONDS = 60 * ROWS / 100_000
LIMIT_RATIO = 120
"""Times that importing may take what the bare statements take: it reads, checks, encrypts, hashes and numbers every row."""

FAMILY, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文辉玉兰"


def run() -> None:
    """Import the file and take everything back; ends with exit code 1 beyond the limit."""
    from records.models import Major

    major = Major.objects.filter(state=Major.State.OPEN, hosts__isnull=False).order_by("code").first()
    assert major is not None
    with tempfile.TemporaryDirectory() as folder:
        small = _file(Path(folder) / "small.csv", major.code, ROWS // 10, 900_000)
        large = _file(Path(folder) / "large.csv", major.code, ROWS, 0)
        bare = _bare(ROWS)
        _import(small, major)
        before = _peak()
        seconds = _import(large, major)
        grown = _peak() - before
    print(f"{ROWS:,} candidates: {seconds:.1f} s (limit {LIMIT_SECONDS:.0f} s)")
    print(f"bare COPY and INSERT {bare:.2f} s, ratio {seconds / bare:.0f} (limit {LIMIT_RATIO})")
    print(f"peak memory {_peak():.0f} MB, {grown:.0f} MB more than for a tenth of the rows")
    if seconds > LIMIT_SECONDS and seconds / bare > LIMIT_RATIO:
        sys.exit(1)


def _import(path: Path, major: object) -> float:
    """Seconds that the file takes; rolled back, so that the next run finds the same register."""
    from records.registration.importing import import_candidates

    started, worked = time.monotonic(), time.process_time()
    with transaction.atomic():
        report = import_candidates(path, major.hosts.first())  # type: ignore[attr-defined]
        seconds = time.monotonic() - started
        transaction.set_rollback(True)
    print(f"{report.rows:,} rows: {seconds:.1f} s, of which this process worked {time.process_time() - worked:.1f} s")
    assert report.written == report.rows
    return seconds


def _bare(rows: int) -> float:
    """Seconds for as many rows through COPY into a staging table and INSERT … SELECT into one with keys."""
    from records.imports.copying import copy_rows

    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("CREATE TEMP TABLE bare (name text, born date, number text) ON COMMIT DROP")
        cursor.execute(
            "CREATE TEMP TABLE kept (id bigserial PRIMARY KEY, name text, born date, number text UNIQUE) ON COMMIT DROP"
        )
        started = time.monotonic()
        copy_rows("bare", ["name", "born", "number"], (["王伟", "1998-03-14", str(row)] for row in range(rows)))
        cursor.execute("INSERT INTO kept (name, born, number) SELECT * FROM bare")
        return time.monotonic() - started


def _peak() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _file(path: Path, major: str, rows: int, first: int) -> Path:
    from records.registration.columns import SHAPE

    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(SHAPE.required)
        writer.writerows(_rows(major, rows, first))
    return path


def _rows(major: str, rows: int, first: int) -> Iterator[list[str]]:
    """Invented people; region 199999 was never given out."""
    for serial in range(first, first + rows):
        born = f"{1970 + serial % 35}{1 + serial // 35 % 12:02}{1 + serial // 420 % 28:02}"
        body = f"{199000 + serial // 11760 % 1000:06}{born}{serial // 7 % 1000:03}"
        number = body + mod_11_2.calc_check_digit(body)
        sex = "男" if int(body[-1]) % 2 else "女"
        name = FAMILY[serial % 15] + GIVEN[serial // 15 % 28] + GIVEN[serial // 420 % 28]
        day = f"{born[:4]}-{born[4:6]}-{born[6:]}"
        yield [name, sex, "汉族", "居民身份证", number, day, f"139{serial:08}", major, "", "2026-09-01", "专科", "", "示例路1号"]

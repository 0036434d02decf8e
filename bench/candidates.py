"""Importing a file of candidates: how long, against the bare statements for the same rows in the same run, and at what memory."""

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
LIMIT_RATIO = 12
"""Times that importing may take what the bare statements take: it reads, checks, encrypts, hashes and numbers every row."""
LIMIT_GROWTH = 64
"""Megabytes that the process may hold more for all rows than for a fifth of them."""

WRITTEN = ("records_candidate", "records_ticket", "records_registration")
FAMILY, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文辉玉兰"


def run() -> None:
    """Import the file and take everything back; ends with exit code 1 beyond a limit."""
    from records.models import Major

    major = Major.objects.filter(state=Major.State.OPEN, hosts__isnull=False).order_by("code").first()
    assert major is not None
    with tempfile.TemporaryDirectory() as folder:
        small = _file(Path(folder) / "small.csv", major.code, ROWS // 5, 900_000)
        large = _file(Path(folder) / "large.csv", major.code, ROWS, 0)
        _import(small, major)
        before = _peak()
        seconds, bare = _import(large, major)
        grown = _peak() - before
    ratio = seconds / bare
    print(f"{ROWS:,} candidates: {seconds:.1f} s, {seconds / ROWS * 100_000:.1f} s for 100,000")
    print(f"bare COPY and INSERT … SELECT of the same columns and indexes {bare:.1f} s, ratio {ratio:.1f} (limit {LIMIT_RATIO})")
    print(f"peak memory {_peak():.0f} MB, {grown:.0f} MB more than for a fifth of the rows (limit {LIMIT_GROWTH} MB)")
    if ratio > LIMIT_RATIO or grown > LIMIT_GROWTH:
        sys.exit(1)


def _import(path: Path, major: object) -> tuple[float, float]:
    """Seconds that the file takes, and that the bare statements take for what it wrote; rolled back."""
    from records.registration.importing import import_candidates

    started, worked = time.monotonic(), time.process_time()
    with transaction.atomic():
        report = import_candidates(path, major.hosts.first())  # type: ignore[attr-defined]
        seconds, worked = time.monotonic() - started, time.process_time() - worked
        bare = sum(_bare(Path(path.parent), table) for table in WRITTEN)
        transaction.set_rollback(True)
    print(f"{report.rows:,} rows: {seconds:.1f} s, of which this process worked {worked:.1f} s")
    assert report.written == report.rows
    return seconds, bare


def _bare(folder: Path, table: str) -> float:
    """Seconds for the rows that the import wrote: COPY into a bare table, INSERT … SELECT into one with the same indexes."""
    rows = folder / table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bare_{table} AS SELECT * FROM {table} WITH NO DATA")
        cursor.execute(f"CREATE TEMP TABLE kept_{table} (LIKE {table} INCLUDING ALL)")
        with rows.open("wb") as stream:
            written = f"SELECT * FROM {table} WHERE batch_id = (SELECT max(id) FROM records_candidatebatch)"
            cursor.copy_expert(f"COPY ({written}) TO STDOUT", stream)
        names = _columns(table)
        started = time.monotonic()
        with rows.open("rb") as stream:
            cursor.copy_expert(f"COPY bare_{table} FROM STDIN", stream)
        cursor.execute(f"INSERT INTO kept_{table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM bare_{table}")
        return time.monotonic() - started


def _columns(table: str) -> str:
    """The columns that a statement may write, between commas."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        return str(cursor.fetchone()[0])


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

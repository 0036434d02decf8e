"""Importing a file of marks end to end: how long, against bare statements on the same tables in the same run, at what memory."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path

from django.db import connection, transaction

from bench.city import BASE

ROWS = int(os.environ.get("KAOJI_BENCH_ROWS", "1000000"))
LIMIT_RATIO = 2
"""Times that the command may take what the bare statements take: it checks every row, and keeps the file and its report."""
LIMIT_MEMORY = 300
"""Megabytes that the command may hold."""
SITTING = "2091-04"

_COPY = "COPY scores_stagedmark (batch_id, row, ticket, course, mark, flag, site) FROM STDIN WITH (FORMAT csv, HEADER)"
_INSERT = """
INSERT INTO scores_mark (sitting_id, publication_id, batch_id, candidate_id, course_id, practical, points, grade, flag, site)
SELECT %(sitting)s, %(publication)s, %(batch)s, t.candidate_id, c.id, false, s.mark::numeric, '', '正常', s.site
  FROM scores_stagedmark s JOIN records_ticket t ON t.number = s.ticket JOIN records_course c ON c.code = s.course
 WHERE s.batch_id = 0
"""


def run() -> None:
    """The statements, the command, the statements again; everything is taken back. Ends with exit code 1 beyond a limit."""
    with tempfile.TemporaryDirectory() as folder:
        plain, numbered = Path(folder) / "marks.csv", Path(folder) / "numbered.csv"
        _write(plain, ("准考证号", "课程代码", "成绩", "标记", "考点"), _rows())
        _write(
            numbered,
            ("batch", "row", "ticket", "course", "mark", "flag", "site"),
            ((0, line, *row) for line, row in enumerate(_rows(), 2)),
        )
        before = _bare(numbered)
        seconds, memory = _command(plain)
        _take_back()
        bare = (before + _bare(numbered)) / 2
    print(f"{ROWS:,} marks: {seconds:.1f} s from the file to the sitting, peak memory {memory:.0f} MB (limit {LIMIT_MEMORY} MB)")
    print(f"bare COPY and INSERT … SELECT on the same tables {bare:.1f} s, ratio {seconds / bare:.2f} (limit {LIMIT_RATIO})")
    if seconds > LIMIT_RATIO * bare or memory > LIMIT_MEMORY:
        sys.exit(1)


def _write(path: Path, header: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def _rows() -> Iterator[tuple[object, ...]]:
    """Every candidate of the city in as many courses as make the rows."""
    from records.models import Course, Ticket

    tickets = dict(Ticket.objects.order_by("candidate_id", "number").values_list("candidate_id", "number")).values()
    courses = list(Course.objects.filter(practical=False).order_by("code").values_list("code", flat=True))
    assert len(tickets) * len(courses) >= ROWS, "the city is too small: set KAOJI_BENCH_CANDIDATES"
    pairs = islice(product(courses, tickets), ROWS)
    return ((ticket, course, (serial * 37) % 101, "正常", f"{serial % 40:02}") for serial, (course, ticket) in enumerate(pairs))


def _bare(path: Path) -> float:
    """Seconds that the two statements take; rolled back."""
    from scores.entry.importing import receive, sitting_named
    from scores.models import Publication

    with transaction.atomic():
        batch, _is_new = receive(path, sitting_named(SITTING), Publication.Kind.WRITTEN, by=None)
        publication, _is_new = Publication.objects.get_or_create(sitting=batch.sitting, kind=batch.kind, defaults={"sequence": 1})
        started = time.monotonic()
        with connection.cursor() as cursor, path.open("rb") as stream:
            cursor.copy_expert(_COPY, stream)
            cursor.execute("ANALYZE scores_stagedmark")
            cursor.execute(_INSERT, {"sitting": batch.sitting_id, "publication": publication.pk, "batch": batch.pk})
            assert cursor.rowcount == ROWS
        connection.check_constraints()
        seconds = time.monotonic() - started
        transaction.set_rollback(True)
    return seconds


def _command(path: Path) -> tuple[float, float]:
    """Seconds from starting the command to its end, and the megabytes that its process held at most."""
    started = time.monotonic()
    arguments = [sys.executable, str(BASE / "manage.py"), "import_scores", str(path), "--sitting", SITTING]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "the command refused the file"
    return time.monotonic() - started, usage.ru_maxrss / 1024


def _take_back() -> None:
    from scores.entry.entering import take_out
    from scores.models import Mark, ScoreBatch

    batch = ScoreBatch.objects.filter(sitting__name=SITTING, state=ScoreBatch.State.CONFIRMED).get()
    assert Mark.registry.filter(batch=batch).count() == ROWS
    take_out(batch)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM scores_mark")
        cursor.execute("VACUUM scores_stagedmark")

"""One measurement of the trail in a process of its own: ``python -m bench.trail_measures triggers`` or ``verify EVENTS``."""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.db import connection, transaction

ROWS, SINGLES, ROUNDS = 100_000, 400, 5

OFFICE = (
    "INSERT INTO records_office (id, kind, code, name, short_name) VALUES (1, 'university', '1', '', '') ON CONFLICT DO NOTHING"
)
CANDIDATES = """
    INSERT INTO records_candidate (id, name, name_key, name_initials, sex, ethnicity, document_kind, identity_number,
        identity_hash, identity_mask, birth_date, phone, phone_mask, registration_number, prior_education, prior_major,
        address, postcode, political_status, occupation, education, household, exam_area, candidate_kind, study_support,
        created_at, managing_university_id)
    SELECT n, '考生' || n, 'kao sheng', 'ks', '男', '汉族', '居民身份证', sha256(n::text::bytea), sha256(n::text::bytea),
           '3201**********' || n %% 10, '1990-01-01', '', '138****0000', 'B' || n, '', '', '人民路' || n || '号', '210000',
           '群众', '职员', '高中', '南京', '', '', '', now(), 1
      FROM generate_series(1, %s) n ON CONFLICT DO NOTHING
"""
BULK = "UPDATE records_candidate SET occupation = '职员' || %s, address = '人民路' || (id + %s) || '号'"
ONE = "UPDATE records_candidate SET occupation = '职员' || %s WHERE id = %s"


def triggers() -> dict[str, float]:
    """Milliseconds of a single update and of one of all rows, with the triggers and without, by turns."""
    times: dict[str, list[float]] = {"single_with": [], "single_without": [], "bulk_with": [], "bulk_without": []}
    for number in range(ROUNDS):
        for name, passed in (("with", False), ("without", True)):
            times[f"bulk_{name}"].append(_milliseconds(_bulk, number, passed))
            execute("VACUUM records_candidate")
            times[f"single_{name}"].append(_milliseconds(_singles, number, passed) / SINGLES)
    return {name: statistics.median(values) for name, values in times.items()}


def verify(events: int) -> dict[str, float]:
    """Grow the trail to so many events by way of the triggers, seal it, verify it: the best of three rounds."""
    from audit.seals import seal_trail
    from audit.verification import verify as verify_trail

    while (there := execute("SELECT count(*) FROM audit_event")[0][0]) < events:
        _bulk(there, passed=False, rows=min(ROWS, events - there))
    execute("VACUUM (ANALYZE) audit_event")
    begun = time.perf_counter()
    sealed = seal_trail()
    sealing = time.perf_counter() - begun
    seconds = []
    for _round in range(3):
        begun = time.perf_counter()
        verdict = verify_trail()
        seconds.append(time.perf_counter() - begun)
    if verdict.first_fault or verdict.unsealed or sealed.entries == 0:
        sys.exit(f"not intact: {verdict}")
    return {
        "events": verdict.entries,
        "sealed_per_second": sealed.entries / sealing,
        "seconds": min(seconds),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _bulk(number: int, passed: bool, rows: int = ROWS) -> None:
    with _transaction(passed):
        execute(f"{BULK} WHERE id <= %s", [number, number, rows])


def _singles(number: int, passed: bool) -> None:
    for row in range(SINGLES):
        with _transaction(passed):
            execute(ONE, [number + row, row * 101 % ROWS + 1])


@contextmanager
def _transaction(passed: bool) -> Iterator[None]:
    """A transaction; ``passed``: the triggers sleep in it. Both kinds say so first and differ in nothing else."""
    with transaction.atomic():
        execute(f"SET LOCAL session_replication_role = {'replica' if passed else 'origin'}")
        yield


def execute(statement: str, params: list[Any] | None = None) -> list[Any]:
    """Rows of a statement, none where it gives none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def _milliseconds(work: Callable[[int, bool], None], number: int, passed: bool) -> float:
    begun = time.perf_counter()
    work(number, passed)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Print the figures as one JSON line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    execute(OFFICE)
    execute(CANDIDATES, [ROWS])
    print(json.dumps(triggers() if sys.argv[1] == "triggers" else verify(int(sys.argv[2]))))


if __name__ == "__main__":
    main()

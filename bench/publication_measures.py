"""A publication in a process of its own: ``python -m bench.publication_measures job`` or ``plain`` prints JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable

import django
from django.db import connection, transaction

from bench.statistics_measures import PLAIN as FIGURES

PASSED = "flag = '正常' AND points >= 60"
PLAIN = (
    "UPDATE scores_publication SET approved_at = now(), published_at = now(), sheets_through = 1, sheets_made_at = now()",
    """INSERT INTO scores_resultsheet (publication_id, sitting_id, candidate_id, key, lines)
       SELECT 1, 1, c.id, sha256(c.identity_hash || convert_to(t.number, 'UTF8')), b.lines
         FROM (SELECT m.candidate_id, jsonb_agg(jsonb_build_array(k.code, k.name, m.practical,
                          CASE WHEN m.flag = '正常' THEN m.grade ELSE m.flag END, m.points::text) ORDER BY k.code) AS lines
                 FROM scores_mark m JOIN records_course k ON k.id = m.course_id GROUP BY m.candidate_id) b
         JOIN records_candidate c ON c.id = b.candidate_id JOIN records_ticket t ON t.candidate_id = c.id""",
    f"""INSERT INTO records_creditentry (candidate_id, course_id, source, mark, grade, rank, "on", document, origin, origin_id)
        SELECT candidate_id, course_id, 'exam', points, '', points, '2026-10-31', '', 'scores.mark', id::text
          FROM scores_mark WHERE {PASSED}""",
    """INSERT INTO records_credit (candidate_id, course_id, source, mark, grade, "on", first_on, latest_on, entry_id)
       SELECT candidate_id, course_id, source, mark, grade, "on", "on", "on", id FROM records_creditentry""",
    """INSERT INTO records_creditchange (candidate_id, course_id, kind)
       SELECT candidate_id, course_id, 'entered' FROM records_credit""",
    """UPDATE records_candidate c SET record_number = lpad(c.id::text, 10, '0'), record_opened_on = '2026-10-31'
        WHERE id IN (SELECT candidate_id FROM records_credit)""",
    f"""INSERT INTO scores_sittingstatistic (sitting_id, university_id, major_id, course_id, registered, present, absent, barred,
            passed, marked, mean, stdev, lowest, highest, q1, median, q3, histogram, distribution)
        SELECT f.sitting_id, f.managing_university_id, f.major_id, f.course_id, f.registered, f.present, f.absent, f.barred,
               f.passed, f.present, f.mean, f.stdev, f.lowest, f.highest, f.q1, f.median, f.q3, to_jsonb(f.bins), '{{}}'
          FROM ({FIGURES}) AS f (sitting_id, managing_university_id, major_id, course_id, registered, present, absent, barred,
                passed, mean, stdev, lowest, highest, q1, median, q3, bins)""",
)
"""The same rows in the same tables with the same triggers, in one transaction that a fault would take back whole."""

WRITTEN = (
    "scores_resultsheet",
    "records_creditentry",
    "records_credit",
    "records_creditchange",
    "scores_sittingstatistic",
    "records_candidate WHERE record_opened_on IS NOT NULL",
)


def plain() -> None:
    """The hand-written statements."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in PLAIN:
            cursor.execute(statement)


def by_job() -> None:
    """As the portal does it: the flip, then the job behind it."""
    from records.jobs import running
    from scores import tasks  # noqa: F401 - registers the work of the job
    from scores.models import Publication
    from scores.publishing.publication import publish_at_once

    job = publish_at_once(Publication.objects.select_related("sitting").get())
    running.run(job.pk)
    job.refresh_from_db()
    if job.state != job.State.DONE:
        sys.exit(f"the job ended {job.state}: {job.error}")


WAYS: dict[str, Callable[[], None]] = {"job": by_job, "plain": plain}


def main() -> None:
    """Print seconds, rows written and peak memory (MB)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    begun = time.perf_counter()
    WAYS[sys.argv[1]]()
    seconds = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in WRITTEN))
        rows = cursor.fetchone()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "rows": rows, "memory": memory}))


if __name__ == "__main__":
    main()

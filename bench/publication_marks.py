"""An office with one unpublished publication, written by the database itself: ``python -m bench.publication_marks MARKS``."""

from __future__ import annotations

import os
import sys

import django
from django.db import connection, transaction

UNIVERSITIES, MAJORS, COURSES, EACH = 30, 60, 300, 3

STATEMENTS = (
    """INSERT INTO records_office (id, kind, code, name, short_name)
       SELECT 999, 'municipal', '00', '市自考办', '' WHERE NOT EXISTS (SELECT FROM records_office WHERE kind = 'municipal')""",
    """INSERT INTO records_office (id, kind, code, name, short_name)
       SELECT 1000 + n, 'university', n::text, '示例大学' || n, '' FROM generate_series(1, %(universities)s) n""",
    """INSERT INTO records_major (id, code, name, level, state, degree)
       SELECT n, 'X' || n, '专业' || n, '专科', '开考', '' FROM generate_series(1, %(majors)s) n""",
    """INSERT INTO records_course (id, code, name, practical, certificate)
       SELECT n, lpad(n::text, 5, '0'), '课程' || n, false, false FROM generate_series(1, %(courses)s) n""",
    """INSERT INTO scores_sitting (id, name) VALUES (1, '2026-10')""",
    """INSERT INTO scores_publication (id, sitting_id, kind, sequence, preview, prepared_at)
       VALUES (1, 1, 'written', 1, '{}', now())""",
    """INSERT INTO records_candidate (id, name, name_key, name_initials, sex, ethnicity, document_kind, identity_number,
           identity_hash, identity_mask, birth_date, phone, phone_mask, registration_number, prior_education, prior_major,
           address, postcode, political_status, occupation, education, household, exam_area, candidate_kind, study_support,
           created_at, managing_university_id)
       SELECT n, '考生' || n, 'kao sheng', 'ks', '男', '汉族', '居民身份证', '', sha256(n::text::bytea),
              '3201**********' || n %% 10, '1990-01-01', '', '', 'B' || n, '', '', '', '', '', '', '', '', '', '', '',
              now(), 1001 + n %% %(universities)s
         FROM generate_series(1, %(candidates)s) n""",
    """INSERT INTO records_ticket (candidate_id, number, is_current, issued_on)
       SELECT n, (260000000000 + n)::text, true, '2026-09-01' FROM generate_series(1, %(candidates)s) n""",
    """INSERT INTO records_registration (candidate_id, major_id, university_id, registered_on)
       SELECT n, 1 + n %% %(majors)s, 1001 + n %% %(universities)s, date '2024-01-01'
         FROM generate_series(1, %(candidates)s) n""",
    """INSERT INTO scores_mark (sitting_id, publication_id, candidate_id, course_id, practical, points, grade, flag)
       SELECT 1, 1, n, 1 + (n %% %(majors)s * 5 + k) %% %(courses)s, false,
              CASE WHEN d.drawn < 0.93 THEN LEAST(100, round((30 + 22 * (random() + random() + random()))::numeric * 2) / 2) END,
              '', CASE WHEN d.drawn < 0.93 THEN '正常' ELSE '缺考' END
         FROM generate_series(1, %(candidates)s) n CROSS JOIN generate_series(1, %(each)s) k
        CROSS JOIN LATERAL (SELECT random() + 0 * (n + k) AS drawn) d""",
)
TABLES = ("records_office", "records_candidate", "records_ticket", "records_registration", "scores_mark", "scores_publication")


def build(marks: int) -> None:
    """Fill an empty database with about as many marks; foreign keys and the trail sleep meanwhile."""
    counts = {"universities": UNIVERSITIES, "majors": MAJORS, "courses": COURSES, "each": EACH, "candidates": marks // EACH}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT setseed(0.5)")
        for statement in STATEMENTS:
            cursor.execute(statement, counts)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def main() -> None:
    """Build as many marks as the first argument says."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    build(int(sys.argv[1]))


if __name__ == "__main__":
    main()

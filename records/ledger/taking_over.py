"""Credits taken over, compared with the register and entered: one statement for each question, however many rows.

Every row becomes an entry of origin ``import.credits``, known again by ticket, course, source and day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from records.imports.copying import copy_rows
from records.imports.faults import FAULT_LIMIT
from records.imports.lines import Refusing
from records.imports.noticing import Notices
from records.ledger.book import enter_selected

ORIGIN = "import.credits"
TICKET, COURSE, SOURCE, MARK, DAY, DOCUMENT = "准考证号", "课程代码", "来源", "成绩", "日期", "文号"
PIECE = 10_000


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A row that is sound by itself: points or a grade or neither, ``source`` as in ``records.ledger.models.Source``."""

    row: int
    ticket: str
    course: str
    source: str
    mark: Decimal | None
    grade: str
    on: dt.date
    document: str


_CREATE = """
CREATE TEMP TABLE taken_over (
    row integer, ticket text, course text, source text, mark numeric(4,1), grade text, "on" date, document text
) ON COMMIT DROP
"""

_RESOLVE = f"""
CREATE TEMP TABLE taken_over_known ON COMMIT DROP AS
SELECT k.*, min(row) OVER (PARTITION BY origin_id) AS first_row,
       row_number() OVER (ORDER BY candidate_id, course_id, row) AS place
  FROM (SELECT n.row, n.ticket, n.course, n.source, n.mark, n.grade, n."on", n.document,
               t.candidate_id, c.id AS course_id, c.name AS course_name, c.practical AS is_practical,
               NULL::bigint AS university_id, '{ORIGIN}' AS origin,
               concat_ws(':', n.ticket, n.course, n.source, n."on") AS origin_id
          FROM taken_over n
          LEFT JOIN records_ticket t ON t.number = n.ticket
          LEFT JOIN records_course c ON c.code = n.course) k
"""


@dataclass(frozen=True)
class Question:
    """A statement that finds rows with a value, and what is said about them."""

    select: str
    column: str
    code: str
    message: Any


def _asked(value: str, condition: str) -> str:
    return f"SELECT n.row, {value} FROM taken_over_known n WHERE {condition}"


def _otherwise(value: str, other: str, joined: str) -> str:
    differs = f"(n.mark, n.grade, n.document) IS DISTINCT FROM ({other}.mark, {other}.grade, {other}.document)"
    return f"SELECT n.row, {value} FROM taken_over_known n JOIN {joined} WHERE {differs}"


_SHOWN_MARK = "COALESCE(n.mark::text, n.grade)"
_HAS_THEORY = "SELECT FROM records_plancourse p WHERE p.course_id = n.course_id AND p.theory_id IS NOT NULL"
_PASSED_THEORY = """
SELECT FROM records_plancourse p
  JOIN (SELECT candidate_id, course_id FROM records_credit
        UNION ALL SELECT candidate_id, course_id FROM taken_over_known) held ON held.course_id = p.theory_id
 WHERE p.course_id = n.course_id AND held.candidate_id = n.candidate_id
"""

FAULTS = (
    Question(_asked("n.ticket", "n.candidate_id IS NULL"), TICKET, "credits.unknown-ticket", _("没有这个准考证号")),
    Question(_asked("n.course", "n.course_id IS NULL"), COURSE, "credits.unknown-course", _("没有这门课程")),
    Question(
        _otherwise(_SHOWN_MARK, "f", "taken_over_known f ON f.row = n.first_row"),
        MARK,
        "credits.contradiction",
        _("表中同一考生、课程、来源和日期的另一行成绩或文号不同"),
    ),
    Question(
        _otherwise(_SHOWN_MARK, "e", f"records_creditentry e ON e.origin = '{ORIGIN}' AND e.origin_id = n.origin_id"),
        MARK,
        "credits.entered-otherwise",
        _("这条学分已导入过，成绩或文号不同；已导入的不能用文件更改"),
    ),
)
NOTICES = (
    Question(
        _asked("n.course", "n.row > n.first_row"), COURSE, "credits.same-row", _("与表中前面的一行完全相同，本行没有新内容")
    ),
    Question(
        _asked("n.course", "n.source = 'exam' AND n.is_practical"),
        COURSE,
        "credits.practical-course",
        _("这是实践课程，来源写的是考试"),
    ),
    Question(
        _asked("n.course", "n.source = 'practical' AND NOT n.is_practical AND n.course_name <> ''"),
        COURSE,
        "credits.theory-course",
        _("这不是实践课程，来源写的是实践"),
    ),
    Question(
        _asked("n.course", f"n.source = 'practical' AND EXISTS ({_HAS_THEORY}) AND NOT EXISTS ({_PASSED_THEORY})"),
        COURSE,
        "credits.theory-missing",
        _("该实践课程对应的理论课程尚未合格"),
    ),
)

_PIECE = """
SELECT candidate_id, course_id, source, mark, grade, "on", university_id, document, origin, origin_id
  FROM taken_over_known WHERE row = first_row AND place BETWEEN %s AND %s
"""


def stage(rows: Iterable[TakenOver]) -> None:
    """Copy the rows into the table ``taken_over``, which lives as long as the transaction, and look up what they name."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.taken_over, pg_temp.taken_over_known")
        cursor.execute(_CREATE)
        columns = ["row", "ticket", "course", "source", "mark", "grade", "on", "document"]
        copy_rows("pg_temp.taken_over", columns, map(astuple, rows), nullable=["mark"])
        cursor.execute("ANALYZE taken_over")
        cursor.execute(_RESOLVE)
        cursor.execute("CREATE INDEX ON taken_over_known (candidate_id, course_id)")
        cursor.execute("CREATE INDEX ON taken_over_known (place)")
        cursor.execute("CREATE INDEX ON taken_over_known (row)")
        cursor.execute("ANALYZE taken_over_known")


def compare(refusing: Refusing, notices: Notices) -> None:
    """Find everything wrong between the staged rows, the register and what was taken over before."""
    for question in FAULTS:
        for row, value in _answers(question):
            refusing.refuse(row, question.column, value, question.code, str(question.message))
    for question in NOTICES:
        for row, value in _answers(question):
            notices.add(row, question.column, value, question.code, str(question.message))


def _answers(question: Question) -> Iterator[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{question.select} ORDER BY n.row LIMIT {FAULT_LIMIT}")
        yield from cursor


def enter() -> int:
    """Enter the staged rows, found sound, candidate by candidate so that locks are taken in one order; how many were new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM taken_over_known")
        (rows,) = cursor.fetchone()
    return sum(enter_selected(_PIECE, [first + 1, first + PIECE]).entries for first in range(0, rows, PIECE))

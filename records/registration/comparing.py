"""Staged newcomers compared with the register and with each other: one statement for each question, however many rows.

``person`` of a staged row is the first row of the same identity; ``candidate_id`` the candidate whom the register knows by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from records.imports.faults import FAULT_LIMIT
from records.imports.lines import Refusing
from records.imports.noticing import Notices
from records.registration import columns
from records.registration.duplicates import notice_duplicates

LOCK = "SELECT pg_advisory_xact_lock(hashtext('kaoji-registration'))"

# Whoever is known by a record that was merged into another one is known by the other
_KNOWN = """
UPDATE newcomers n
   SET person = same.first_row, candidate_id = COALESCE(c.merged_into_id, c.id)
  FROM (SELECT row, min(row) OVER (PARTITION BY document_kind, identity_hash) AS first_row, document_kind, identity_hash
          FROM newcomers) same
  LEFT JOIN records_candidate c USING (document_kind, identity_hash)
 WHERE same.row = n.row
"""

_ELSEWHERE = """
SELECT n.row, n.{column}
  FROM newcomers n
 WHERE n.{column} <> ''
   AND EXISTS (SELECT FROM (SELECT candidate_id AS id FROM records_ticket WHERE number = n.{column}
                            UNION ALL SELECT COALESCE(merged_into_id, id) FROM records_candidate
                                       WHERE record_number = n.{column}
                            UNION ALL SELECT COALESCE(merged_into_id, id) FROM records_candidate
                                       WHERE registration_number = n.{column}) holder
                WHERE holder.id IS DISTINCT FROM n.candidate_id)
"""

_TWICE = """
SELECT n.row, n.{column}
  FROM newcomers n
  JOIN (SELECT number, min(person) AS person
          FROM (SELECT ticket AS number, person FROM newcomers UNION ALL SELECT record, person FROM newcomers) given
         WHERE number <> '' GROUP BY number HAVING count(DISTINCT person) > 1) shared ON shared.number = n.{column}
 WHERE n.person <> shared.person
"""

_DIFFERS = """
SELECT n.row, n.{column}::text
  FROM newcomers n
  JOIN newcomers first ON first.row = n.person
  LEFT JOIN records_candidate c ON c.id = n.candidate_id
 WHERE n.{column} <> COALESCE(c.{column}, first.{column})
"""

_OTHER_RECORD = """
SELECT n.row, n.record
  FROM newcomers n
  LEFT JOIN records_candidate c ON c.id = n.candidate_id
 WHERE n.record <> ''
   AND n.record <> COALESCE(c.record_number, (SELECT f.record FROM newcomers f
                                               WHERE f.person = n.person AND f.record <> '' ORDER BY f.row LIMIT 1))
"""

_OTHER_UNIVERSITY = """
SELECT n.row, m.code
  FROM newcomers n
  JOIN records_registration r ON r.candidate_id = n.candidate_id AND r.major_id = n.major_id AND r.university_id <> %(university)s
  JOIN records_major m ON m.id = n.major_id
"""

_ANOTHER_TICKET = """
SELECT n.row, n.ticket
  FROM newcomers n
  LEFT JOIN records_ticket t ON t.candidate_id = n.candidate_id AND t.is_current
 WHERE n.ticket <> ''
   AND NOT EXISTS (SELECT FROM records_ticket mine WHERE mine.number = n.ticket)
   AND n.ticket <> COALESCE(t.number, (SELECT f.ticket FROM newcomers f
                                        WHERE f.person = n.person AND f.ticket <> '' ORDER BY f.row LIMIT 1))
"""

_OTHER_EDUCATION = """
SELECT n.row, n.prior_education
  FROM newcomers n
  LEFT JOIN records_candidate c ON c.id = n.candidate_id
 WHERE n.prior_education <> ''
   AND n.prior_education <> COALESCE(NULLIF(c.prior_education, ''),
                                     (SELECT f.prior_education FROM newcomers f
                                       WHERE f.person = n.person AND f.prior_education <> '' ORDER BY f.row LIMIT 1))
"""

_OTHER_PHONE = """
SELECT n.row, n.phone_mask
  FROM newcomers n
  JOIN newcomers first ON first.row = n.person
  LEFT JOIN records_candidate c ON c.id = n.candidate_id
 WHERE n.phone_hash IS NOT NULL
   AND n.phone_hash IS DISTINCT FROM CASE WHEN n.candidate_id IS NULL THEN first.phone_hash ELSE c.phone_hash END
"""

_SAME_ROW = """
SELECT n.row, m.code
  FROM newcomers n
  JOIN records_major m ON m.id = n.major_id
 WHERE EXISTS (SELECT FROM newcomers f WHERE f.person = n.person AND f.major_id = n.major_id AND f.row < n.row)
"""


@dataclass(frozen=True)
class Question:
    """A statement that finds rows with a value, and what is said about them."""

    select: str
    column: str
    code: str
    message: Any


FAULTS = (
    Question(_DIFFERS.format(column="name"), columns.NAME, "registration.name-differs", _("与该证件号码已登记的姓名不一致")),
    Question(
        _DIFFERS.format(column="birth_date"),
        columns.BIRTH,
        "registration.birth-date-differs",
        _("与该证件号码已登记的出生日期不一致"),
    ),
    Question(_DIFFERS.format(column="sex"), columns.SEX, "registration.sex-differs", _("与该证件号码已登记的性别不一致")),
    Question(_ELSEWHERE.format(column="ticket"), columns.TICKET, "registration.number-taken", _("这个号码已属于另一名考生")),
    Question(_ELSEWHERE.format(column="record"), columns.RECORD, "registration.number-taken", _("这个号码已属于另一名考生")),
    Question(_TWICE.format(column="ticket"), columns.TICKET, "registration.number-repeated", _("表中另一名考生也用了这个号码")),
    Question(_TWICE.format(column="record"), columns.RECORD, "registration.number-repeated", _("表中另一名考生也用了这个号码")),
    Question(_OTHER_RECORD, columns.RECORD, "registration.other-record-number", _("该考生已有另一个考籍号")),
    Question(
        _OTHER_UNIVERSITY,
        columns.MAJOR,
        "registration.other-university",
        _("该考生已在另一所主考院校报考此专业，变更院校须办理转籍"),
    ),
)
NOTICES = (
    Question(_ANOTHER_TICKET, columns.TICKET, "registration.another-ticket", _("该考生已有准考证号，此号作为曾用号保留")),
    Question(_OTHER_EDUCATION, columns.PRIOR_EDUCATION, "registration.kept", _("与已登记的不同，没有更改；要更改须办理信息更正")),
    Question(_OTHER_PHONE, columns.PHONE, "registration.kept", _("与已登记的不同，没有更改；要更改须办理信息更正")),
    Question(_SAME_ROW, columns.MAJOR, "registration.same-row", _("同一考生的同一专业在表中已经出现，本行没有新内容")),
)


def compare(university_id: int, refusing: Refusing, notices: Notices) -> None:
    """Find everything wrong between the staged rows and the register. Nobody else registers until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(_KNOWN)
        cursor.execute("ANALYZE newcomers")
    for question in FAULTS:
        for row, value in _answers(question, university_id):
            refusing.refuse(row, question.column, _shown(question, value), question.code, str(question.message))
    for question in NOTICES:
        for row, value in _answers(question, university_id):
            notices.add(row, question.column, value, question.code, str(question.message))
    notice_duplicates(notices)


def _answers(question: Question, university_id: int) -> Iterator[tuple[int, str]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"{question.select} ORDER BY n.row LIMIT {FAULT_LIMIT}", {"university": university_id})
        yield from cursor


def _shown(question: Question, value: str) -> str:
    """The value as it stands in the file."""
    if question.column == columns.SEX:
        return {"1": "男", "2": "女"}[value]
    return value

"""What taking the staged rows would bring the register: figures, a digest to tell whether it is still that, the first rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from records.imports.faults import Notice
from records.imports.reports import kinds_of
from records.people.identity import DocumentKind

FIRST_ROWS = 12
FIGURES = ("new", "second", "filled", "tickets", "records", "same")

# One line a row: what of it is new. The first of several rows that say the same brings it
_EFFECTS = """
SELECT n.row, n.person, n.candidate_id, n.major_id,
       n.row = n.person AND n.candidate_id IS NULL AS is_new,
       n.of_major = 1 AND r.id IS NULL AS adds_major,
       n.of_ticket = 1 AND n.ticket <> '' AND t.id IS NULL AS adds_ticket,
       n.of_record = 1 AND n.record <> '' AND c.record_number IS NULL AS adds_record,
       c.id IS NOT NULL
         AND ((n.of_education = 1 AND n.prior_education <> '' AND c.prior_education = '')
              OR (n.of_prior_major = 1 AND n.prior_major <> '' AND c.prior_major = '')
              OR (n.of_decision = 1 AND n.additional_courses IS NOT NULL AND c.additional_courses IS NULL)) AS fills_in
  FROM (SELECT row, person, candidate_id, major_id, ticket, record, prior_education, prior_major, additional_courses,
               row_number() OVER (PARTITION BY person, major_id ORDER BY row) AS of_major,
               row_number() OVER (PARTITION BY person, ticket ORDER BY row) AS of_ticket,
               row_number() OVER (PARTITION BY person, record ORDER BY row) AS of_record,
               row_number() OVER (PARTITION BY person, prior_education = '' ORDER BY row) AS of_education,
               row_number() OVER (PARTITION BY person, prior_major = '' ORDER BY row) AS of_prior_major,
               row_number() OVER (PARTITION BY person, additional_courses IS NULL ORDER BY row) AS of_decision
          FROM newcomers) n
  LEFT JOIN records_candidate c ON c.id = n.candidate_id
  LEFT JOIN records_registration r ON r.candidate_id = n.candidate_id AND r.major_id = n.major_id
  LEFT JOIN records_ticket t ON t.number = n.ticket AND n.ticket <> ''
"""

_COUNTS = f"""
SELECT count(*),
       count(*) FILTER (WHERE is_new),
       count(*) FILTER (WHERE adds_major) - count(*) FILTER (WHERE is_new),
       count(DISTINCT person) FILTER (WHERE fills_in),
       count(*) FILTER (WHERE adds_ticket),
       count(*) FILTER (WHERE adds_record),
       count(*) FILTER (WHERE NOT (adds_major OR adds_ticket OR adds_record OR fills_in)),
       COALESCE(md5(string_agg(concat_ws(',', row, candidate_id, major_id, is_new, adds_major, adds_ticket, adds_record,
                                         fills_in), ';' ORDER BY row)), '')
  FROM ({_EFFECTS}) effects
"""

_FIRST = f"""
SELECT e.row, n.name, n.document_kind, n.identity_mask, n.birth_date, m.code,
       is_new, adds_major, adds_ticket, adds_record, fills_in
  FROM ({_EFFECTS}) e
  JOIN newcomers n ON n.row = e.row
  JOIN records_major m ON m.id = n.major_id
 ORDER BY e.row LIMIT {FIRST_ROWS}
"""


@dataclass(frozen=True)
class Effects:
    """Rows, and what they bring: new people, majors beside somebody's first, people whose data are filled in, numbers brought.

    ``same`` rows bring nothing. ``digest`` differs when any row would bring something else.
    """

    rows: int
    new: int
    second: int
    filled: int
    tickets: int
    records: int
    same: int
    digest: str

    @property
    def written(self) -> int:
        """Rows that bring something."""
        return self.rows - self.same


def effects() -> Effects:
    """What the table ``newcomers``, compared with the register, would bring; nothing is written."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        return Effects(*cursor.fetchone())


def preview_of(rows: int, found: Effects, warnings: Sequence[Notice]) -> dict[str, Any]:
    """``rows`` read, the figures and digest of ``Effects``, ``warnings``, their ``kinds``, the ``first`` rows masked.

    Made while the rows are staged.
    """
    figures = {**asdict(found), "rows": rows, "same": rows - found.written}
    return {
        **figures,
        "kinds": kinds_of(warnings),
        "warnings": [notice.as_json() for notice in warnings],
        "first": first_rows(),
    }


def figures_of(report: dict[str, Any]) -> dict[str, int]:
    """The counts of a preview alone."""
    return {name: report[name] for name in FIGURES}


def first_rows() -> list[dict[str, Any]]:
    """The first rows as a page may show them, numbers masked; ``brings`` says in words what each would do."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST)
        return [_shown(*row) for row in cursor.fetchall()]


def _shown(row: int, name: str, kind: str, mask: str, born: Any, major: str, *brings: bool) -> dict[str, Any]:
    return {
        "row": row,
        "name": name,
        "document": str(DocumentKind(kind).label),
        "mask": mask,
        "born": born.isoformat(),
        "major": major,
        "brings": _in_words(*brings),
    }


def _in_words(is_new: bool, adds_major: bool, adds_ticket: bool, adds_record: bool, fills_in: bool) -> str:
    words = [
        (is_new, _("新考生")),
        (adds_major and not is_new, _("加报专业")),
        (adds_ticket, _("沿用准考证号")),
        (adds_record, _("沿用考籍号")),
        (fills_in, _("补充资料")),
    ]
    return "、".join(word for holds, word in words if holds) or _("没有新内容")

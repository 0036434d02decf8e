"""The paper archive of the city: a file for everybody with a record, numbered by the year of its opening, shelved box by box."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.acting import acting
from config import demonstration
from records.archive import reporting
from records.archive.filing import locked_serial, next_numbers
from records.archive.models import UNPLACED, PaperItem
from records.offices.models import Office
from records.people.models import User

PIECE = 5_000
IN_A_BOX, BOXES_IN_A_CABINET = 40, 10
REGISTRATION_PAGES = 2

_WITHOUT = """
SELECT managing_university_id, extract(year FROM record_opened_on)::int, c.id, max(record_opened_on) OVER ()
  FROM records_candidate c
 WHERE record_opened_on IS NOT NULL AND NOT EXISTS (SELECT FROM records_paperfile f WHERE f.candidate_id = c.id)
 ORDER BY 1, 2, record_opened_on, c.id
"""
_FILES = """
INSERT INTO records_paperfile (candidate_id, university_id, number, place, opened_on)
SELECT c.id, c.managing_university_id, u.number,
       CASE WHEN c.record_opened_on = %(newest)s THEN %(unplaced)s
            ELSE format(%(place)s, lpad(((u.serial - 1) / %(cabinet)s + 1)::text, 3, '0'),
                                   lpad(((u.serial - 1) %% %(cabinet)s / %(box)s + 1)::text, 2, '0')) END,
       c.record_opened_on
  FROM unnest(%(candidates)s::bigint[], %(numbers)s::text[], %(serials)s::int[]) AS u(candidate, number, serial)
  JOIN records_candidate c ON c.id = u.candidate
"""
_PAPERS = """
INSERT INTO records_paperitem (file_id, kind, title, pages, filed_on, filed_by_id, removed_because)
SELECT id, %s, %s, %s, opened_on, %s, '' FROM records_paperfile WHERE university_id = %s ORDER BY id
"""


def shelve(today: dt.date, people: dict[str, User]) -> None:
    """Open the files; where there is staff, with the registration papers and, at the first university, a report handed in."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT)
        found = cursor.fetchall()
    offices = Office.objects.in_bulk({row[0] for row in found})
    for (office, year), rows in groupby(found, _university_and_year):
        candidates = [row[2] for row in rows]
        for first in range(0, len(candidates), PIECE):
            _open(offices[office], year, candidates[first : first + PIECE], found[0][3])
    for university in demonstration.universities():
        _file_registrations(university, people[f"u3.{university.code}"])
    _report(today, people)


def _university_and_year(row: tuple[int, int, int, dt.date]) -> tuple[int, int]:
    return row[0], row[1]


@transaction.atomic
def _open(university: Office, year: int, candidates: list[int], newest: dt.date) -> None:
    """Open files for these candidates; those of the newest records lie on no shelf yet."""
    serial = locked_serial(university)
    first = serial.last
    numbers = next_numbers(serial, len(candidates), dt.date(year, 12, 31))
    words: dict[str, Any] = {
        "candidates": candidates,
        "numbers": numbers,
        "serials": [*range(first + 1, first + 1 + len(candidates))],
        "newest": newest,
        "unplaced": UNPLACED,
        "place": _("档案室-%s柜-%s盒"),
        "cabinet": IN_A_BOX * BOXES_IN_A_CABINET,
        "box": IN_A_BOX,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILES, words)


def _file_registrations(university: Office, clerk: User) -> None:
    with acting(clerk), transaction.atomic(), connection.cursor() as cursor:
        what = (PaperItem.Kind.REGISTRATION.value, _("报名登记表"), REGISTRATION_PAGES)
        cursor.execute(_PAPERS, [*what, clerk.pk, university.pk])


def _report(today: dt.date, people: dict[str, User]) -> None:
    """The report of the half-year before the last: the last one is still owed, so that both can be seen."""
    period = reporting.half_year_before(reporting.half_year_before(reporting.half_year(today)))
    university = demonstration.universities()[0]
    clerk = people[f"u3.{university.code}"]
    with acting(clerk):
        shown = reporting.digest_of(reporting.draw_up(university, period))
        reporting.hand_in(university, period, shown=shown, by=clerk)

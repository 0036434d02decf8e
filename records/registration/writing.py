"""Staged newcomers into the register: candidates, numbers, tickets and registrations, a few statements for any number of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from django.db import connection

from records.candidates.numbering import next_registration_numbers, next_ticket_numbers
from records.rare_names.noting import note_newcomers
from records.registration.duplicates import remember_pairs
from records.registration.staging import TEXT_NAMES

PIECE = 10_000
MANY = 1_000
"""From so many new people on, every table is read once and joined by hash: what PostgreSQL last counted in a register that was
empty a moment ago (or had rows taken back) makes it compare every row with every other, for hours."""

_WITHOUT_NUMBER = """
SELECT row FROM newcomers
 WHERE row = person AND candidate_id IS NULL AND registration_number IS NULL
 ORDER BY row
"""

_GIVE_NUMBERS = """
UPDATE newcomers n SET registration_number = given.number
  FROM unnest(%s::integer[], %s::text[]) AS given(row, number) WHERE n.row = given.row
"""

_PLAIN = [
    *("name", "name_key", "name_initials", "sex", "ethnicity", "document_kind", "identity_number", "identity_hash"),
    *("identity_mask", "birth_date", "phone", "phone_hash", "phone_mask", "registration_number"),
    *(name for name in TEXT_NAMES if name != "prior_major"),
]

# What the rows of a person say together: of each the first that says anything
_TOGETHER = """
SELECT person, candidate_id, max(NULLIF(record, '')) AS record,
       COALESCE((array_agg(prior_education ORDER BY row) FILTER (WHERE prior_education <> ''))[1], '') AS prior_education,
       COALESCE((array_agg(prior_major ORDER BY row) FILTER (WHERE prior_major <> ''))[1], '') AS prior_major,
       (array_agg(additional_courses ORDER BY row) FILTER (WHERE additional_courses IS NOT NULL))[1] AS additional_courses
  FROM newcomers GROUP BY person, candidate_id
"""
_INSERT_CANDIDATES = f"""
INSERT INTO records_candidate ({", ".join(_PLAIN)}, prior_education, prior_major, additional_courses, record_number,
                               managing_university_id, batch_id, created_at)
SELECT {", ".join(f"n.{name}" for name in _PLAIN)}, together.prior_education, together.prior_major,
       together.additional_courses, together.record, %(university)s, %(batch)s, clock_timestamp()
  FROM newcomers n
  JOIN ({_TOGETHER}) together ON together.person = n.row
 WHERE n.row = n.person AND n.candidate_id IS NULL
 ORDER BY n.row
"""

_KNOW_CANDIDATES = """
UPDATE newcomers n SET candidate_id = c.id
  FROM records_candidate c
 WHERE n.candidate_id IS NULL AND c.document_kind = n.document_kind AND c.identity_hash = n.identity_hash
"""

# What is about to be filled in, kept so that undoing the batch can take back exactly that
_REMEMBER = f"""
INSERT INTO records_filledin (batch_id, candidate_id, prior_education, prior_major, additional_courses, record_number)
SELECT %(batch)s, c.id,
       CASE WHEN c.prior_education = '' THEN together.prior_education ELSE '' END,
       CASE WHEN c.prior_major = '' THEN together.prior_major ELSE '' END,
       CASE WHEN c.additional_courses IS NULL THEN together.additional_courses END,
       CASE WHEN c.record_number IS NULL THEN COALESCE(together.record, '') ELSE '' END
  FROM records_candidate c
  JOIN ({_TOGETHER}) together ON c.id = together.candidate_id
 WHERE (c.prior_education = '' AND together.prior_education <> '')
    OR (c.prior_major = '' AND together.prior_major <> '')
    OR (c.additional_courses IS NULL AND together.additional_courses IS NOT NULL)
    OR (c.record_number IS NULL AND together.record IS NOT NULL)
"""

# What the register does not know of somebody it already has; what it does know stays
_FILL_IN = f"""
UPDATE records_candidate c
   SET prior_education = COALESCE(NULLIF(c.prior_education, ''), together.prior_education),
       prior_major = COALESCE(NULLIF(c.prior_major, ''), together.prior_major),
       additional_courses = COALESCE(c.additional_courses, together.additional_courses)
  FROM ({_TOGETHER}) together
 WHERE c.id = together.candidate_id
   AND ((c.prior_education = '' AND together.prior_education <> '')
        OR (c.prior_major = '' AND together.prior_major <> '')
        OR (c.additional_courses IS NULL AND together.additional_courses IS NOT NULL))
"""

_TAKE_OVER_RECORDS = """
UPDATE records_candidate c SET record_number = n.record
  FROM newcomers n
 WHERE n.candidate_id = c.id AND c.record_number IS NULL AND n.record <> ''
"""

_TAKE_OVER_TICKETS = """
INSERT INTO records_ticket (number, candidate_id, is_current, issued_on, batch_id)
SELECT given.ticket, given.candidate_id,
       given.place = 1 AND NOT EXISTS (SELECT FROM records_ticket t WHERE t.candidate_id = given.candidate_id AND t.is_current),
       given.registered_on, %(batch)s
  FROM (SELECT DISTINCT ON (f.candidate_id, f.ticket) f.ticket, f.candidate_id, f.registered_on, f.row,
               dense_rank() OVER (PARTITION BY f.candidate_id ORDER BY f.first_row) AS place
          FROM (SELECT *, min(row) OVER (PARTITION BY candidate_id, ticket) AS first_row
                  FROM newcomers WHERE ticket <> '') f
         ORDER BY f.candidate_id, f.ticket, f.row) given
 WHERE NOT EXISTS (SELECT FROM records_ticket t WHERE t.number = given.ticket)
"""

_WITHOUT_TICKET = """
SELECT n.candidate_id, n.registered_on
  FROM newcomers n
 WHERE n.row = n.person
   AND NOT EXISTS (SELECT FROM records_ticket t WHERE t.candidate_id = n.candidate_id AND t.is_current)
 ORDER BY n.row
"""

_INSERT_TICKETS = """
INSERT INTO records_ticket (number, candidate_id, is_current, issued_on, batch_id)
SELECT given.number, given.candidate_id, true, given.day, %s
  FROM unnest(%s::text[], %s::bigint[], %s::date[]) AS given(number, candidate_id, day)
"""

_CLAIMED = """
SELECT ticket FROM newcomers WHERE ticket <> '' AND ticket = ANY(%(fresh)s)
UNION SELECT record FROM newcomers WHERE record <> '' AND record = ANY(%(fresh)s)
"""

_INSERT_REGISTRATIONS = """
INSERT INTO records_registration (candidate_id, major_id, university_id, registered_on, batch_id)
SELECT candidate_id, major_id, %(university)s, registered_on, %(batch)s
  FROM (SELECT DISTINCT ON (n.candidate_id, n.major_id) n.candidate_id, n.major_id, n.registered_on, n.row
          FROM newcomers n
         WHERE NOT EXISTS (SELECT FROM records_registration r WHERE r.candidate_id = n.candidate_id AND r.major_id = n.major_id)
         ORDER BY n.candidate_id, n.major_id, n.row) first_of_each
 ORDER BY row
"""


def write(university_id: int, batch_id: int | None = None) -> None:
    """Bring the staged rows, found sound by ``comparing``, into the register; what is written names the batch, if any."""
    names = {"university": university_id, "batch": batch_id}
    if batch_id is not None:
        _run(_REMEMBER, names)
    _run(_FILL_IN)
    newcomers = _number_new_people()
    _run(_INSERT_CANDIDATES, names)
    if newcomers >= MANY:
        _run("ANALYZE newcomers, records_candidate, records_registration")
        _run("SET LOCAL enable_nestloop = off")
    _run(_KNOW_CANDIDATES)
    _run(_TAKE_OVER_RECORDS)
    _run(_TAKE_OVER_TICKETS, names)
    _issue_tickets(batch_id)
    _run(_INSERT_REGISTRATIONS, names)
    _run("SET LOCAL enable_nestloop = on")
    note_newcomers()
    remember_pairs()


def _number_new_people() -> int:
    """How many there are."""
    count = 0
    for people in _pieces(_WITHOUT_NUMBER):
        _run(_GIVE_NUMBERS, [[row for (row,) in people], _unclaimed(len(people), next_registration_numbers)])
        count += len(people)
    return count


def _issue_tickets(batch_id: int | None) -> None:
    """A ticket for everybody who has none, numbered by the half-year of registration."""
    for people in _pieces(_WITHOUT_TICKET):
        for _half, group in groupby(sorted(people, key=_half_year), key=_half_year):
            candidates, days = zip(*group, strict=True)
            numbers = _unclaimed(len(days), partial(next_ticket_numbers, on=days[0]))
            _run(_INSERT_TICKETS, [batch_id, numbers, list(candidates), list(days)])


def _half_year(person: tuple[int, dt.date]) -> tuple[int, bool]:
    return person[1].year, person[1].month > 6


def _unclaimed(count: int, issue: Callable[[int], list[str]]) -> list[str]:
    """Fresh numbers, none of which somebody in the staged rows brings along."""
    numbers: list[str] = []
    while len(numbers) < count:
        fresh = issue(count - len(numbers))
        claimed = {number for (number,) in _rows(_CLAIMED, {"fresh": fresh})}
        numbers += [number for number in fresh if number not in claimed]
    return numbers


def _pieces(select: str) -> Iterator[list[Any]]:
    """What a statement finds when it is asked, 10,000 rows at a time: what is written meanwhile does not change it."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(select)
        while piece := cursor.fetchmany(PIECE):
            yield piece


def _rows(select: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(select, params)
        return list(cursor.fetchall())


def _run(statement: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)

"""Bringing the people into the register: drawn, numbered and encrypted in Python, streamed in by COPY, a piece at a time."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection, transaction

from config.city.people import City, Person
from config.city.routes import Route, Study
from records.candidates.models import Candidate, Registration, Ticket
from records.candidates.numbering import next_registration_numbers, next_ticket_numbers
from records.people.encryption import encrypt, lookup_hash
from records.people.identity import mask

PIECE = 5_000
IDENTITY, PHONE = b"candidate.identity", b"candidate.phone"
MAY_BE_NULL = {"additional_courses", "phone_hash", "closed_on"}
WALKER = ("number", "candidate_id", "route", "starts", "part", "ability", "pace", "absence")
STOP = ("route", "place", "course_id", "practical", "thesis", "theory", "first_sitting", "is_last")

_TABLES = """
CREATE TEMP TABLE IF NOT EXISTS city_walker (
    number bigint PRIMARY KEY, candidate_id bigint NOT NULL, route int NOT NULL, starts int NOT NULL, part int NOT NULL,
    ability float8 NOT NULL, pace float8 NOT NULL, absence float8 NOT NULL,
    passed bigint NOT NULL DEFAULT 0, barred_until date);
CREATE TEMP TABLE IF NOT EXISTS city_stop (
    route int, place int, course_id bigint, practical boolean, thesis boolean, theory int, first_sitting text, is_last boolean,
    key bigint, PRIMARY KEY (route, place));
TRUNCATE city_walker, city_stop;
"""
_KEYS = "UPDATE city_stop s SET key = hashtextextended(k.code, %s) >> 2 FROM records_course k WHERE k.id = s.course_id"


def lay_routes(studies: Iterable[Study], seed: int) -> None:
    """The routes as ``city_stop``, for the statements that draw marks; ``city_walker``, who walks them, is made empty."""
    laid = [route for study in studies for routes in study.routes.values() for route in routes]
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        _copy("city_stop", STOP, [row for route in laid for row in _stops_of(route)])
        cursor.execute(_KEYS, [seed])
        cursor.execute("ANALYZE city_stop")


def _stops_of(route: Route) -> Iterator[tuple[Any, ...]]:
    for place, stop in enumerate(route.stops):
        is_last = place == len(route.stops) - 1
        yield route.number, place, stop.course_id, stop.practical, stop.thesis, stop.theory, stop.first_sitting, is_last


def tidy() -> None:
    """Take away what the building needed."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS city_walker, city_stop, city_attempt, city_mark")


def register(city: City) -> None:
    """Bring everybody in; each piece is a transaction of its own, outside the caller's."""
    people = map(city.person, range(1, city.size + 1))
    while piece := list(islice(people, PIECE)):
        with transaction.atomic():
            _bring_in(piece)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE city_walker")


def _bring_in(people: Sequence[Person]) -> None:
    ids = _ids(len(people))
    numbers = next_registration_numbers(len(people))
    tickets = _tickets(people)
    candidates = [_candidate(person, pk, number) for person, pk, number in zip(people, ids, numbers, strict=True)]
    _copy(Candidate._meta.db_table, [*candidates[0]], [[*row.values()] for row in candidates])
    _copy(
        Ticket._meta.db_table,
        ("number", "candidate_id", "is_current", "issued_on"),
        [(ticket, pk, True, person.enrolments[0].on) for person, pk, ticket in zip(people, ids, tickets, strict=True)],
    )
    _copy(
        Registration._meta.db_table,
        ("candidate_id", "major_id", "university_id", "registered_on", "closed_on"),
        [
            (pk, each.study.major.pk, each.university_id, each.on, each.closed_on)
            for person, pk in zip(people, ids, strict=True)
            for each in person.enrolments
        ],
    )
    _copy("city_walker", WALKER, [_walker(person, pk) for person, pk in zip(people, ids, strict=True)])


def _ids(count: int) -> list[int]:
    """Fresh ids of candidates."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [Candidate._meta.db_table, count]
        )
        return [row[0] for row in cursor.fetchall()]


def _tickets(people: Sequence[Person]) -> list[str]:
    """A ticket number for each, of the half-year in which the person registered."""
    by_half: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for place, person in enumerate(people):
        on = person.enrolments[0].on
        by_half[on.year, on.month > 6].append(place)
    numbers = [""] * len(people)
    for places in by_half.values():
        fresh = next_ticket_numbers(len(places), people[places[0]].enrolments[0].on)
        for place, number in zip(places, fresh, strict=True):
            numbers[place] = number
    return numbers


def _candidate(person: Person, pk: int, number: str) -> dict[str, Any]:
    """The candidate's row by column; the row counts as written on the day of registration."""
    first = person.enrolments[0]
    return {
        "id": pk,
        **person.columns,
        "identity_number": _hex(encrypt(person.identity, IDENTITY)),
        "identity_hash": _hex(lookup_hash(person.identity, IDENTITY)),
        "identity_mask": mask(person.identity),
        "phone": _hex(encrypt(person.phone, PHONE) if person.phone else b""),
        "phone_hash": _hex(lookup_hash(person.phone, PHONE)) if person.phone else None,
        "phone_mask": mask(person.phone),
        "registration_number": number,
        "managing_university_id": first.university_id,
        "created_at": dt.datetime.combine(first.on, dt.time(10)),
    }


def _walker(person: Person, pk: int) -> tuple[Any, ...]:
    return (
        *(person.number, pk, person.route.number, person.starts, int(person.part)),
        *(round(person.ability, 6), round(person.pace, 6), round(person.absence, 6)),
    )


def _hex(octets: bytes) -> str:
    return "\\x" + octets.hex()


def _copy(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """COPY rows into a table; None is NULL, an empty text stays a text."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    text.seek(0)
    texts = [name for place, name in enumerate(columns) if isinstance(rows[0][place], str) and name not in MAY_BE_NULL]
    forced = f", FORCE_NOT_NULL ({', '.join(texts)})" if texts else ""
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv{forced})", text)

"""Who has cases in the city: candidates of the universities with staff, found by how far they are; and the staff they meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from config.city.people import Part
from config.demonstration import account_of
from records.candidates.models import Candidate, Registration
from records.offices.models import Office
from records.people.models import User

_OF_PART = """
SELECT w.number, w.candidate_id FROM city_walker w JOIN records_candidate c ON c.id = w.candidate_id
 WHERE w.part = %s AND c.managing_university_id = ANY(%s) AND c.record_opened_on IS NOT NULL
   AND NOT EXISTS (SELECT FROM records_penalty p WHERE p.candidate_id = c.id)
   AND NOT EXISTS (SELECT FROM records_user u WHERE u.candidate_id = c.id)
 ORDER BY w.number
"""


@dataclass(frozen=True)
class Applicant:
    """A candidate with an account, and the registration by which he or she applies; ``number`` is the person's in the city."""

    number: int
    candidate: Candidate
    registration: Registration
    person: User


@dataclass(frozen=True)
class Staff:
    """The people of a demonstration by login name."""

    people: dict[str, User]

    def on_duty(self, duty: str, applicant: Applicant) -> User:
        """Who takes a step that is this duty's (``U4`` at the applicant's university, ``O6``); without one, the applicant."""
        if not duty:
            return applicant.person
        suffix = f".{applicant.registration.university.code}" if duty.startswith("U") else ""
        return self.people[f"{duty.lower()}{suffix}"]


def people_of(part: Part, universities: list[Office]) -> Iterator[Applicant]:
    """Those of this part with a record, an open first registration and no account yet; each gets one when it is their turn."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_PART, [int(part), [office.pk for office in universities]])
        found = cursor.fetchall()
    for number, pk in found:
        candidate = Candidate.objects.get(pk=pk)
        registrations = candidate.registrations.select_related("major", "university").order_by("registered_on", "pk")
        registration = registrations.filter(closed_on__isnull=True).first()
        if registration is not None:
            yield Applicant(number, candidate, registration, account_of(candidate))


def first_of(part: Part) -> Candidate | None:
    """The first person of this part, wherever and however far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT candidate_id FROM city_walker WHERE part = %s ORDER BY number LIMIT 1", [int(part)])
        found = cursor.fetchone()
    return Candidate.objects.get(pk=found[0]) if found else None

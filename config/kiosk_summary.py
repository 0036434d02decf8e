"""What a terminal shows of a record: the name, the numbers, passed and exempted courses; nothing that would help anybody else.

For a person and for nobody the same four statements: how long the answer takes does not tell whether somebody was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.passed import result_in_words
from config.record_parts import STATES
from config.wording import plain_number, written_month
from records.candidates.models import Candidate, Registration, Ticket
from records.catalogue.models import Course
from records.ledger.models import Source
from records.ledger.reading import Held, credits_of

COURSES_A_PAGE = 8
NO_COURSE = ""
SECRETS = ("identity_number", "phone", "email")  # not even decrypted


@dataclass(frozen=True)
class Line:
    """A course as the terminal shows it, everything in words."""

    code: str
    name: str
    credits: str
    source: str
    result: str
    when: str


@dataclass(frozen=True)
class Summary:
    """A record in short; ``pages`` are the passed courses by screens, ``exempted`` those among them by exemption."""

    name: str
    state: Any
    record_number: str
    ticket_number: str
    identity_mask: str
    university: str
    opened_on: Any
    majors: list[str]
    count: int
    credits: str
    pages: list[list[Line]]
    exempted: list[Line]


def summary_of(candidate_id: int) -> Summary | None:
    """The summary; None for nobody, after the same work."""
    person = (
        Candidate.objects.filter(pk=candidate_id).select_related("managing_university").defer("identity_number", "phone", "email")
    )
    ticket = Ticket.objects.filter(candidate=candidate_id, is_current=True).values_list("number", flat=True)
    studied = Registration.objects.filter(candidate=candidate_id, closed_on__isnull=True).select_related("major").order_by("pk")
    found, number, majors = person.first(), ticket.first(), [str(each.major.name) for each in studied]
    lines = _lines(credits_of([candidate_id])[candidate_id])
    return _summary(found, number or "", majors, lines) if found else None


def _lines(held: list[Held]) -> list[tuple[Line, Any]]:
    """Each course with its credits as a number."""
    codes = [NO_COURSE, *(each.course for each in held)]  # never empty: an empty list would save the statement
    known = {course.code: course for course in Course.objects.filter(code__in=codes).only("code", "name", "credits")}
    return [(_line(each, known[each.course]), known[each.course].credits or 0) for each in held]


def _line(held: Held, course: Course) -> Line:
    return Line(
        code=held.course,
        name=course.name,
        credits=plain_number(course.credits) or "—",
        source=str(Source(held.source).label),
        result="—" if held.mark is None else result_in_words(held.mark, ""),
        when=written_month(held.on),
    )


def _summary(found: Candidate, ticket: str, majors: list[str], lines: list[tuple[Line, Any]]) -> Summary:
    exempted = str(Source.EXEMPTION.label)
    courses = [line for line, _credits in lines]
    return Summary(
        name=found.name,
        state=STATES["open" if lines else "empty"],
        record_number=found.record_number or "",
        ticket_number=ticket,
        identity_mask=found.identity_mask,
        university=found.managing_university.name,
        opened_on=found.record_opened_on,
        majors=majors,
        count=len(courses),
        credits=plain_number(sum(credits for _line, credits in lines)),
        pages=[courses[first : first + COURSES_A_PAGE] for first in range(0, len(courses), COURSES_A_PAGE)],
        exempted=[line for line in courses if line.source == exempted],
    )

"""The cases of the city: some at every desk and every end, of every kind, and the showcase's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from audit.workflow import Status
from config import demonstration
from config.city import certifying, correcting, exempting, graduating, looking
from config.city.applicants import Applicant, Staff, first_of, people_of
from config.city.people import Part

SHOWN = 1  # the showcase's number in the city
FEWEST, MOST, ONE_IN = 3, 12, 500  # cases of each kind and status
OF_THE_SHOWCASE = (Status.GRANTED, Status.REFUSED, Status.WITHDRAWN, Status.RETURNED, Status.MUNICIPALITY, Status.DRAFT)


def make_cases(size: int, staff: Staff) -> dict[str, int]:
    """Cases for a city of this size; returns how many of each kind. Where people run out, some of every status are there."""
    times = min(MOST, max(FEWEST, size // ONE_IN))
    universities = demonstration.universities()
    some = _corrections(people_of(Part.ORDINARY, universities), 1, staff)  # first, so that a small city has some of all kinds
    return {
        "exemptions": _exemptions(people_of(Part.ORDINARY, universities), times, staff),
        "graduations": _graduations(people_of(Part.FINISHER, universities), times, staff),
        "corrections": some + _corrections(people_of(Part.ORDINARY, universities), times - 1, staff),
        "looks": looking.make_requests(staff),
    }


def _exemptions(applicants: Iterator[Applicant], times: int, staff: Staff) -> int:
    made = 0
    for status in _rounds(exempting.WAYS, times):
        made += _made(exempting.make_case(applicant, status, staff) for applicant in applicants)
    return made


def _graduations(applicants: Iterator[Applicant], times: int, staff: Staff) -> int:
    made = 0
    for status in _rounds(graduating.WAYS, times):
        made += _made(graduating.make_case(applicant, status, staff) for applicant in applicants)
    return made


def _corrections(applicants: Iterator[Applicant], times: int, staff: Staff) -> int:
    made = 0
    for status in _rounds(correcting.WAYS, times):
        made += _made(correcting.make_case(applicant, status, staff) for applicant in applicants)
    return made


def _rounds(statuses: Iterable[str], times: int) -> Iterator[str]:
    """Every status once, then every status again."""
    for _round in range(times):
        yield from statuses


def _made(tries: Iterable[object]) -> int:
    """1 when one of the tries succeeds; the others are not made."""
    return int(any(case is not None for case in tries))


def make_showcase(staff: Staff) -> None:
    """Graduation in the first major, and exemptions at many desks in the second."""
    candidate = first_of(Part.SHOWCASE)
    if candidate is None:
        return
    person = demonstration.account_of(candidate, with_password=True)
    first, *further = candidate.registrations.select_related("major", "university").order_by("registered_on", "pk")
    graduating.make_case(Applicant(SHOWN, candidate, first, person), Status.GRANTED, staff)
    applicant = Applicant(SHOWN, candidate, (further or [first])[0], person)
    certifying.before_the_exemptions(candidate, person)
    for place, status in enumerate(OF_THE_SHOWCASE):
        exempting.make_case(applicant, status, staff, place)
    certifying.after_the_exemptions(candidate, person, staff)

"""Building a city, part by part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils import timezone

from config import demonstration
from config.city import (
    announcing,
    applicants,
    cases,
    chance,
    counters,
    enlisting,
    keying,
    merging,
    messaging,
    portraying,
    registering,
    releasing,
    reviewing,
    seating,
    shelving,
)
from config.city.calendar import terms
from config.city.people import City, Part
from config.city.publishing import Desk, hold_sitting
from config.city.routes import studies
from records.candidates.models import Candidate
from scores import tasks  # noqa: F401 - registers the work of its jobs
from scores.models import Publication

FEWEST_SITTINGS = 2
Say = Callable[[str], None]


class CannotBuild(Exception):
    """Why there will be no city here; the text is for a person."""


def build(*, candidates: int, sittings: int, seed: int, say: Say) -> None:
    """Make a city in a database that knows a catalogue and no candidate; raises ``CannotBuild``.

    ``say`` gets a line for each part with the seconds that it took. The same seed on the same day makes the same people with the
    same numbers, marks and cases; ids, passwords and moments differ.
    """
    city = _draw_plan(candidates, sittings, seed)
    people = demonstration.prepare()
    with _timed(say, "candidates"):
        chance.teach_database()
        registering.lay_routes(city.studies, city.seed)
        registering.register(city)
    for term in city.terms:
        for kind in Publication.Kind:
            with _timed(say, f"{term.name} {kind.value}"):
                hold_sitting(city, term, kind, Desk(people["o3"], people["o3b"]))
    releasing.release(Desk(people["o3"], people["o3b"]))
    with _timed(say, "paper files"):
        shelving.shelve(city.today, people)
    with _timed(say, "cases"):
        _make_cases(city, applicants.Staff(people))
    with _timed(say, "photos and rare names"):
        portraying.portray(people)
    counters.make(people)
    enlisting.enlist(people)
    merging.merge(people)
    reviewing.review(people)
    seating.seat(city, people["o3"], applicants.first_of(Part.SHOWCASE))
    keying.key_some(people)
    messaging.make(people)
    announcing.announce(city.terms, city.today)
    registering.tidy()


def _draw_plan(candidates: int, sittings: int, seed: int) -> City:
    if Candidate.objects.exists():
        raise CannotBuild("There are candidates in this database already; a synthetic city goes into an empty one only.")
    if sittings < FEWEST_SITTINGS:
        raise CannotBuild(f"A city has {FEWEST_SITTINGS} sittings at least: the marks of the last one are not out yet.")
    today = timezone.localdate()
    held = terms(sittings, today)
    found = studies(seed, held[-2].last_day)
    if not found:
        raise CannotBuild("There is no major that can be studied: load a catalogue first (manage.py load_catalogue FOLDER).")
    favoured = frozenset(university.pk for university in demonstration.universities())
    city = City(seed=seed, size=candidates, terms=held, studies=found, favoured=favoured, today=today)
    if not 1 <= candidates <= len(city.deck):
        raise CannotBuild(f"A city has between 1 and {len(city.deck)} candidates.")
    return city


def _make_cases(city: City, staff: applicants.Staff) -> None:
    cases.make_showcase(staff)
    if nearly := applicants.first_of(Part.SHORT_OF_ONE):
        demonstration.account_of(nearly, with_password=True)
    cases.make_cases(city.size, staff)


@contextmanager
def _timed(say: Say, part: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    say(f"{part}: {time.monotonic() - started:.1f} s")

"""Random heads, deputies and clerks give, take and move duties: everything as a short reference says, nobody rises."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.workflow import Refused
from config.appointing import moves
from config.appointing.duties import Duty, Term
from config.appointing.invariants import people
from config.appointing.places import grants
from records.models import Appointment, Office, User
from tests.factories import DistrictFactory, MunicipalityFactory, UniversityFactory, UserFactory

pytestmark = pytest.mark.django_db

CITY, ONE, TWO, DISTRICT = range(4)
HOMES = (CITY, CITY, CITY, CITY, ONE, ONE, ONE, TWO, TWO, DISTRICT, DISTRICT)
"""The office of each person; the first of each office is its head when a sequence begins."""
HEAD = {CITY: "OH", ONE: "UH", TWO: "UH", DISTRICT: "LH"}
CODES = {CITY: ("OH", "OE", "O4"), ONE: ("UH", "U3"), TWO: ("UH", "U3"), DISTRICT: ("LH", "L6")}
LONGEST = 90


@dataclass(frozen=True)
class Held:
    """An appointment of the reference: people and offices by place, days counted from today."""

    who: int
    code: str
    at: int
    first: int
    last: int | None = None
    deputy: int | None = None
    taken: bool = False

    def on(self, day: int) -> bool:
        return not self.taken and self.first <= day and (self.last is None or day <= self.last)

    def meets(self, first: int, last: int | None) -> bool:
        return not self.taken and (self.last is None or self.last >= first) and (last is None or self.first <= last)


BEGINNING = (
    Held(1, "OH", CITY, -3, 9, deputy=0),
    Held(5, "UH", ONE, -3, 9, deputy=4),
    Held(2, "O4", CITY, -9, -1),
    Held(3, "O4", CITY, -9),
    Held(3, "OE", CITY, -9),
    Held(6, "U3", ONE, -9),
)
"""What else stands when a sequence begins: deputies of two heads, holders of duties, something that is over."""


# The reference: independent of config/appointing, and short enough to be read aloud


def may_touch(book: list[Held], by: int, it: Held) -> bool:
    """Whether ``by`` has any say over this duty."""
    home = HOMES[by]
    leading = [held for held in book if held.who == by and held.code == HEAD[home] and held.at == home and held.on(0)]
    in_person = any(held.deputy is None for held in leading)
    if not leading or it.who == by or it.code[0] != HEAD[it.at][0]:
        return False
    if it.at != home:
        return home == CITY and in_person and it.code == HEAD[it.at]
    if it.code == HEAD[home]:
        return in_person and it.deputy is not None
    return it.deputy != by and (in_person or it.code != "OE")


def may_stand(book: list[Held], by: int, it: Held, moved: Held | None = None) -> bool:
    """Whether a duty that ``by`` has a say over may be held like this; ``moved`` is what it was before its end was moved."""
    others = [held for held in book if held is not moved and (held.code, held.at) == (it.code, it.at)]
    meeting = [held for held in others if held.meets(it.first, it.last)]
    is_headship = it.code == HEAD[it.at]
    if any(held.who == it.who for held in meeting):
        return False
    if it.deputy is None:
        return not (is_headship and any(held.deputy is None for held in meeting))
    if it.last is None or it.last > LONGEST:
        return False
    if moved is not None and moved.last is not None and it.last <= moved.last:
        return True
    day = it.first if moved is None else max(0, it.first)
    stands_for_holder = any(held.who == it.deputy and held.deputy is None and held.on(day) for held in others)
    own = is_headship and it.at == HOMES[by] and moved is None
    return stands_for_holder and it.deputy != it.who and (it.deputy == by or not own)


def after_giving(book: list[Held], by: int, it: Held) -> tuple[str, list[Held]]:
    """What becomes of giving: ``done``, ``barred`` or ``refused``, and the book after it."""
    if not may_touch(book, by, it):
        return "barred", book
    if it in book:
        return "done", book
    in_order = it.first >= 0 and (it.last is None or it.last >= it.first) and HOMES[it.who] == it.at
    return ("done", [*book, it]) if in_order and may_stand(book, by, it) else ("refused", book)


def after_ending(book: list[Held], by: int, place: int, last: int | None) -> tuple[str, list[Held]]:
    """The same of moving the end of what stands at ``place`` of the book."""
    was = book[place]
    if not may_touch(book, by, was):
        return "barred", book
    if was.taken or (was.last is not None and was.last < 0):
        return "refused", book
    becomes = replace(was, last=last)
    in_order = was.last == last or ((last is None or last >= max(0, was.first)) and may_stand(book, by, becomes, was))
    return ("done", [*book[:place], becomes, *book[place + 1 :]]) if in_order else ("refused", book)


def after_taking(book: list[Held], by: int, place: int) -> tuple[str, list[Held]]:
    """The same of taking."""
    was = book[place]
    if not may_touch(book, by, was):
        return "barred", book
    if was.taken or (was.last is not None and was.last < 0):
        return "refused", book
    return "done", [*book[:place], replace(was, taken=True), *book[place + 1 :]]


# The house under test


@pytest.fixture
def town() -> tuple[list[Office], list[User]]:
    offices = [MunicipalityFactory(), UniversityFactory(), UniversityFactory(), DistrictFactory()]
    return offices, [UserFactory(office=offices[home]) for home in HOMES]


class House:
    """The offices and people by place; what stands in the database in the order of the reference's book."""

    def __init__(self, offices: list[Office], people: list[User]) -> None:
        self.offices, self.people = offices, people
        self.rows: list[Appointment] = []
        self.book: list[Held] = []
        for who, home in enumerate(HOMES):
            if HOMES.index(home) == who:
                self._begin(Held(who, HEAD[home], home, -30))
        for it in BEGINNING:
            self._begin(it)

    def _begin(self, it: Held) -> None:
        self.rows.append(moves.enter(self._duty(it), Term(day(it.first), day(it.last)), by=None))
        self.book.append(it)

    def _duty(self, it: Held) -> Duty:
        return Duty(self.people[it.who], it.code, self.offices[it.at], None if it.deputy is None else self.people[it.deputy])

    def give(self, by: int, it: Held) -> None:
        expected, book = after_giving(self.book, by, it)
        found, row = outcome(moves.give, self._duty(it), by=self.people[by], starts_on=day(it.first), ends_on=day(it.last))
        assert found == expected, (by, it, self.book)
        if len(book) > len(self.book):
            self.rows.append(row)
        self.book = book

    def end(self, by: int, place: int, last: int | None) -> None:
        place %= len(self.rows)
        expected, self.book = after_ending(self.book, by, place, last)
        assert outcome(moves.end_on, self._row(place), day(last), by=self.people[by])[0] == expected, (by, last, self.book)

    def take(self, by: int, place: int) -> None:
        place %= len(self.rows)
        expected, self.book = after_taking(self.book, by, place)
        assert outcome(moves.take, self._row(place), by=self.people[by])[0] == expected, (by, place, self.book)

    def _row(self, place: int) -> Appointment:
        return Appointment.objects.select_related("person", "role", "office", "deputy_for").get(pk=self.rows[place].pk)

    def duties(self) -> list[tuple[str, ...]]:
        return [User.objects.get(pk=person.pk).duties for person in self.people]

    def expected_duties(self) -> list[tuple[str, ...]]:
        return [tuple(sorted({held.code for held in self.book if held.who == who and held.on(0)})) for who in range(len(HOMES))]


def day(offset: int | None) -> Any:
    return None if offset is None else timezone.localdate() + dt.timedelta(days=offset)


def outcome(move: Any, *arguments: Any, **more: Any) -> tuple[str, Any]:
    try:
        return "done", move(*arguments, **more)
    except PermissionDenied:
        return "barred", None
    except Refused:
        return "refused", None


def breaches() -> list[str]:
    """The codes of what no longer holds of people and their duties."""
    return [invariant.code for invariant in people() if any(invariant.breaches())]


PERSON = st.sampled_from(range(len(HOMES)))
LEADERS = {CITY: [0, 1], ONE: [4, 5], TWO: [7], DISTRICT: [9]}
ACTOR = st.one_of(st.sampled_from([0, 1, 4, 5, 7, 9]), PERSON)
LAST = st.sampled_from([None, None, -1, 0, 3, LONGEST, LONGEST + 1])
FIRST = st.sampled_from([0, 0, 0, -1, 1, 5])


@st.composite
def duties(draw: st.DrawFn) -> tuple[int, Held]:
    """Somebody gives some duty to somebody; mostly a duty of the person's own office by a leader of it."""
    who = draw(PERSON)
    at = draw(st.sampled_from([HOMES[who], HOMES[who], HOMES[who], draw(st.sampled_from(range(4)))]))
    code = draw(st.sampled_from(CODES[draw(st.sampled_from([at, at, at, CITY, ONE]))]))
    by = draw(st.one_of(st.sampled_from(LEADERS[at]), ACTOR))
    here = [place for place, home in enumerate(HOMES) if home == at]
    deputy = draw(st.one_of(st.none(), st.sampled_from(here), st.just(here[0]), st.just(by)))
    return by, Held(who, code, at, draw(FIRST), draw(LAST), deputy)


MOVE = st.one_of(
    st.tuples(st.just("give"), duties()).map(lambda move: (move[0], *move[1])),
    st.tuples(st.just("give"), duties()).map(lambda move: (move[0], *move[1])),
    st.tuples(st.just("take"), ACTOR, st.integers(0, 20)),
    st.tuples(st.just("end"), ACTOR, st.integers(0, 20), LAST),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sequence=st.lists(MOVE, min_size=10, max_size=24))
def test_whatever_people_try_only_who_may_gets_it_done_and_nobody_rises_by_own_hand(town, sequence):
    with transaction.atomic():
        house = House(*town)
        first_given = max(row.pk for row in house.rows)

        for name, by, *more in sequence:
            getattr(house, name)(by, *more)

        assert house.duties() == house.expected_duties()
        for row in Appointment.objects.filter(pk__gt=first_given).select_related("role", "office"):
            assert row.given_by_id not in (row.person_id, None)
            assert row.taken_by_id != row.person_id
            assert row.role.name[0] == HEAD[house.offices.index(row.office)][0]
        assert [grants().filter(user=person).count() for person in house.people] == [1] * len(HOMES)
        assert breaches() == []
        transaction.set_rollback(True)

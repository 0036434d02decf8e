"""Who may read and do what, through every channel, held against a predicate that knows nothing of the product's code.

Offices, people, appointments with dates, candidates and leaves are made up by Hypothesis; the predicate is the part between the
two rulers, written from the office's rules: *what* is a duty in force, *where* the office that one represents, else a leave.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exemptions.models import ExemptionApplication
from exemptions.workflow import EXEMPTION
from records.models import AccessRequest, Appointment, Candidate, Document, Office, Registration, User
from tests.conftest import SecureClient
from tests.factories import (
    CandidateFactory,
    DistrictFactory,
    DocumentFactory,
    ExemptionFactory,
    MajorFactory,
    MunicipalityFactory,
    UniversityFactory,
    UserFactory,
)

CITY, NORTH, SOUTH, DISTRICT = "city", "north", "south", "district"
PLACES = {CITY: "O", NORTH: "U", SOUTH: "U", DISTRICT: "L"}
DUTIES = {
    "O": ["O1", "O3", "O4", "O6", "O7", "OH", "OV", "OE", "OA", "OS"],
    "U": ["U3", "U4", "U6", "U7", "U8", "UH", "US"],
    "L": ["L6", "LH"],
}


@dataclass(frozen=True)
class Term:
    """A duty from a day on, counted from today; ``taken`` back or not."""

    duty: str
    starts: int
    ends: int | None
    taken: bool


@dataclass(frozen=True)
class Person:
    """Somebody of an office, whose grant may have been taken and whose account may be closed."""

    place: str
    granted: bool
    active: bool
    terms: tuple[Term, ...]
    leave: int | None
    """Until how many hours from now there is leave to look at the candidate; None for no leave."""


@dataclass(frozen=True)
class Learner:
    """A candidate, the university that manages the record, and one with a registration besides."""

    manages: str
    hosts: str
    host_is_open: bool
    case_status: str


# ------------------------------------------------------------------------------------------------- the reference, from the rules
RECORD_STAFF = {"O1", "O3", "O4", "O6", "OH", "OV", "OE", "U3", "U4", "U6", "U7", "UH"}


def holds(person: Person) -> set[str]:
    if not (person.active and person.granted):
        return set()
    return {term.duty for term in person.terms if not term.taken and term.starts <= 0 and (term.ends is None or term.ends >= 0)}


def reaches(person: Person, learner: Learner) -> bool:
    if not (person.active and person.granted):
        return False
    return person.place in {CITY, learner.manages} or (learner.host_is_open and person.place == learner.hosts)


def on_desk(person: Person, learner: Learner) -> bool:
    """The case lies with the managing university and the city; neither sees a draft."""
    return person.active and person.granted and person.place in {CITY, learner.manages} and learner.case_status != "draft"


def looks(person: Person, reach: bool) -> int:
    if not reach:
        return 404
    return 200 if holds(person) & RECORD_STAFF else 403


def opens_record(person: Person, learner: Learner) -> int:
    on_leave = person.active and person.granted and person.leave is not None and person.leave > 0
    ordinarily = looks(person, reaches(person, learner))
    return 200 if on_leave else ordinarily


def serves_at_a_counter(person: Person) -> bool:
    """Whoever of a university or a district office has the duty, for anybody in the city; it opens nothing else."""
    return bool(holds(person) & {"U3", "L6"})


def may_take(person: Person, learner: Learner, step: str) -> bool:
    duty, status, at = {"recommend": ("U4", "university", learner.manages), "grant": ("O4", "municipality", CITY)}[step]
    return duty in holds(person) and person.place == at and learner.case_status == status


# ------------------------------------------------------------------------------------------------------------------------------


def terms(tier: str) -> st.SearchStrategy[Term]:
    length = st.none() | st.integers(0, 3)
    return st.builds(_term, st.sampled_from(DUTIES[tier]), st.integers(-3, 2), length, st.booleans())


def _term(duty: str, starts: int, length: int | None, taken: bool) -> Term:
    return Term(duty, starts, None if length is None else starts + length, taken)


people = st.sampled_from(list(PLACES)).flatmap(
    lambda place: st.builds(
        Person,
        st.just(place),
        st.sampled_from([True, True, True, False]),
        st.sampled_from([True, True, True, False]),
        st.lists(terms(PLACES[place]), min_size=1, max_size=3).map(tuple),
        st.none() | st.sampled_from([-1, 1]),
    )
)
learners = st.builds(
    Learner,
    st.sampled_from([NORTH, SOUTH]),
    st.sampled_from([NORTH, SOUTH]),
    st.booleans(),
    st.sampled_from(["draft", "university", "municipality", "returned", "granted"]),
)


class World:
    """The made-up people and candidates as rows of the database."""

    def __init__(self, everybody: list[Person], learner: Learner) -> None:
        self.offices: dict[str, Office] = {
            CITY: MunicipalityFactory(),
            NORTH: UniversityFactory(),
            SOUTH: UniversityFactory(),
            DISTRICT: DistrictFactory(),
        }
        self.learner = learner
        self.candidate = self._candidate()
        self.users = [(person, self._user(person)) for person in everybody]

    def _candidate(self) -> Candidate:
        candidate = CandidateFactory(managing_university=self.offices[self.learner.manages], name="钟离未央")
        closed = None if self.learner.host_is_open else timezone.localdate()
        Registration.objects.create(
            candidate=candidate,
            major=MajorFactory(),
            university=self.offices[self.learner.hosts],
            registered_on=timezone.localdate() - dt.timedelta(days=9),
            closed_on=closed,
        )
        return candidate

    def _user(self, person: Person) -> User:
        office = self.offices[person.place]
        user: User = UserFactory(is_active=person.active)
        if person.granted:
            assign_perm("records.represent_office", user, office)
        for term in person.terms:
            self._appoint(user, office, term)
        if person.leave is not None:
            self._leave(user, office, person.leave)
        return user

    def _appoint(self, user: User, office: Office, term: Term) -> None:
        today = timezone.localdate()
        Appointment.objects.create(
            person=user,
            role=Group.objects.get(name=term.duty),
            office=office,
            starts_on=today + dt.timedelta(days=term.starts),
            ends_on=None if term.ends is None else today + dt.timedelta(days=term.ends),
            taken_at=timezone.now() if term.taken else None,
        )

    def _leave(self, user: User, office: Office, hours: int) -> None:
        leave = AccessRequest(requester=user, office=office, purpose="核对材料所需", status="granted")
        leave.ends_at = timezone.now() + dt.timedelta(hours=hours)
        leave.save()
        leave.candidates.add(self.candidate)

    @cached_property
    def case(self) -> ExemptionApplication:
        found: ExemptionApplication = ExemptionFactory(candidate=self.candidate, status=self.learner.case_status)
        return found

    @cached_property
    def document(self) -> Document:
        made: Document = DocumentFactory(candidate=self.candidate)
        return made

    @property
    def everybody(self) -> Iterator[tuple[Person, User]]:
        """Read anew: what a user may do is remembered for a request only."""
        for person, user in self.users:
            yield person, User.objects.get(pk=user.pk)


@contextmanager
def made_up(everybody: list[Person], learner: Learner) -> Iterator[World]:
    """The world, gone again afterwards."""
    with transaction.atomic():
        yield World(everybody, learner)
        transaction.set_rollback(True)


def signed_in(user: User) -> Client:
    browser = SecureClient(raise_request_exception=False)
    browser.force_login(user)
    return browser


def page_of_record(browser: Client, world: World) -> int:
    """With a purpose given where the page asks for one."""
    url = reverse("candidates:detail", args=[world.candidate.pk])
    browser.post(url, {"reason": "check", "words": ""})
    return browser.get(url).status_code


any_people = st.lists(people, min_size=1, max_size=5)
hard = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
slow = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@hard
@given(any_people, learners)
def test_reach_and_duty_are_those_of_the_rules(db, everybody, learner):
    with made_up(everybody, learner) as world:
        for person, user in world.everybody:
            assert Candidate.objects.visible_to(user).filter(pk=world.candidate.pk).exists() is reaches(person, learner)
            assert set(user.duties) == holds(person)
            assert user.has_perm("records.read_record") is bool(holds(person) & RECORD_STAFF)


@hard
@given(any_people, learners, st.sampled_from(["recommend", "grant"]))
def test_steps_open_to_people_are_those_of_the_rules(db, everybody, learner, step):
    with made_up(everybody, learner) as world:
        for person, user in world.everybody:
            names = {each.step.name for each in EXEMPTION.open_to(user, world.case)}
            assert (step in names) is may_take(person, learner, step)
            assert (world.case in EXEMPTION.waiting_for(user)) is bool(names)


@slow
@given(any_people, learners)
def test_every_channel_to_a_record_answers_by_the_rules(db, everybody, learner):
    with made_up(everybody, learner) as world:
        for person, user in world.everybody:
            if not person.active:
                continue
            browser = signed_in(user)
            of_record, of_case = looks(person, reaches(person, learner)), looks(person, on_desk(person, learner))
            listed = browser.get(reverse("candidates:list"))
            by_machine = browser.get(reverse("api-exemptions-detail", args=[world.case.pk])).status_code
            document = browser.get(reverse("documents:open", args=[world.document.key])).status_code

            assert page_of_record(browser, world) == opens_record(person, learner)
            assert ("钟离未央" in listed.content.decode()) is (of_record == 200)
            assert browser.get(reverse("exemptions:detail", args=[world.case.pk])).status_code == of_case
            assert by_machine == (of_case if holds(person) & RECORD_STAFF else 403)
            assert document == {200: 404}.get(of_record, of_record)  # the file itself is not there


@slow
@given(any_people, learners)
def test_the_counter_answers_by_the_rules_and_opens_nothing_else(db, everybody, learner):
    with made_up(everybody, learner) as world:
        for person, user in world.everybody:
            if not person.active:
                continue
            browser = signed_in(user)
            number = {"kind": "resident", "number": world.candidate.identity_number, "proof": "resident"}
            answer = browser.post(reverse("counter:lookup"), number)
            served = serves_at_a_counter(person)

            assert answer.status_code == (200 if served else 403)
            assert ("钟离未央" in answer.content.decode()) is served
            assert page_of_record(browser, world) == opens_record(person, learner)
            if person.place == DISTRICT:
                assert not Candidate.objects.visible_to(user).exists()
                assert browser.get(reverse("exemptions:detail", args=[world.case.pk])).status_code == 404
                assert browser.get(reverse("documents:open", args=[world.document.key])).status_code == 404


@slow
@given(any_people, learners, st.sampled_from(["recommend", "grant"]))
def test_every_channel_to_a_step_answers_by_the_rules(db, everybody, learner, step):
    with made_up(everybody, learner) as world:
        for person, user in world.everybody:
            if not person.active or may_take(person, learner, step):
                continue
            before = ExemptionApplication.objects.get(pk=world.case.pk).status
            browser = signed_in(user)
            page = browser.post(reverse("exemptions:step", args=[world.case.pk, step])).status_code
            machine = browser.post(reverse("api-exemptions-steps", args=[world.case.pk, step])).status_code

            assert page in ({403, 409} if on_desk(person, learner) else {404})
            assert machine in {403, 404, 409}
            assert ExemptionApplication.objects.get(pk=world.case.pk).status == before


def test_the_reference_lets_somebody_through_and_keeps_somebody_out():
    clerk = Person(NORTH, True, True, (Term("U4", -1, None, False),), None)
    learner = Learner(NORTH, SOUTH, False, "university")

    assert (opens_record(clerk, learner), may_take(clerk, learner, "recommend")) == (200, True)
    assert opens_record(Person(SOUTH, True, True, clerk.terms, None), learner) == 404
    assert opens_record(Person(NORTH, True, True, (Term("US", -1, None, False),), None), learner) == 403
    assert opens_record(Person(SOUTH, True, True, (Term("US", -1, None, False),), 1), learner) == 200
    assert not may_take(Person(NORTH, True, True, (Term("U4", 1, None, False),), None), learner, "recommend")


@pytest.mark.parametrize("duty", sorted(RECORD_STAFF))
def test_record_staff_are_those_whose_roles_read_records(db, duty):
    assert Group.objects.get(name=duty).permissions.filter(codename="read_record").exists()

"""A step is open to the same people whatever the channel: the door, the page and the machine give the same answer.

For every kind of case, every desk, every step of the table and everybody who could come by. What the door says is the measure;
that the door itself says what the rules say is each workflow's own matrix and ``test_authority``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import reverse

from audit.workflow import Refused
from config.workflows import KINDS, Kind
from records.models import Candidate, Office, User
from tests.conftest import SecureClient
from tests.factories import (
    AccessRequestFactory,
    CandidateFactory,
    CorrectionFactory,
    CourseFactory,
    DistrictFactory,
    ExemptionFactory,
    GraduationFactory,
    MajorFactory,
    MergeRequestFactory,
    MunicipalityFactory,
    PlanFactory,
    ReviewFactory,
    UniversityFactory,
    UserFactory,
)

GONE, DENIED, REFUSED, TAKEN = "out of reach", "without the right", "refused", "taken"
BY_PAGE = {404: GONE, 403: DENIED, 409: REFUSED, 422: REFUSED, 302: TAKEN}
BY_MACHINE = {404: GONE, 403: DENIED, 409: REFUSED, 400: REFUSED, 200: TAKEN}
MACHINES = {
    "exemptions": "api-exemptions",
    "corrections": "api-corrections",
    "merging": "api-mergers",
    "graduation": "api-graduations",
    "reviews": "api-reviews",
    "access": "api-access",
}
KINDS_BY_NAME = {kind.namespace: kind for kind in KINDS}


@dataclass
class World:
    """A candidate's university and another, the city and a district, and one person of every sort that could come by."""

    own: Office
    candidate: Candidate
    people: dict[str, User]

    @classmethod
    def built(cls) -> World:
        own, other, city = UniversityFactory(), UniversityFactory(), MunicipalityFactory()
        candidate = CandidateFactory(managing_university=own)
        clerk, officer = ["U3", "U4", "U7"], ["O3", "O4", "O6", "OV"]
        people = {
            "candidate": UserFactory(candidate=candidate),
            "another candidate": UserFactory(candidate=CandidateFactory()),
            "clerk": UserFactory(office=own, roles=clerk),
            "clerk elsewhere": UserFactory(office=other, roles=clerk),
            "head of the university": UserFactory(office=own, roles=["UH"]),
            "head elsewhere": UserFactory(office=other, roles=["UH"]),
            "not record staff": UserFactory(office=own, roles=["US"]),
            "statistician": UserFactory(office=own, roles=["U8"]),
            "officer": UserFactory(office=city, roles=officer),
            "editor": UserFactory(office=city, roles=["OE"]),
            "another editor": UserFactory(office=city, roles=["OE"]),
            "head of the city": UserFactory(office=city, roles=["OH"]),
            "auditor": UserFactory(office=city, roles=["OA"]),
            "counter": UserFactory(office=DistrictFactory(), roles=["L6"]),
        }
        return cls(own, candidate, people)

    def case(self, name: str, status: str) -> Any:
        """A case of this kind with this status."""
        makers = {
            "exemptions": partial(ExemptionFactory, candidate=self.candidate, major=MajorFactory(), course=CourseFactory()),
            "graduation": partial(GraduationFactory, candidate=self.candidate, plan=PlanFactory()),
            "corrections": partial(CorrectionFactory, candidate=self.candidate, editor=self.people["editor"]),
            "merging": partial(MergeRequestFactory, candidate=self.candidate),
            "reviews": partial(ReviewFactory, mark__candidate=self.candidate),
            "access": partial(AccessRequestFactory, requester=self.people["not record staff"], candidates=[self.candidate]),
        }
        return makers[name](status=status)


@contextmanager
def undone() -> Iterator[None]:
    """What is written within is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def by_the_door(kind: Kind, case: Any, step: str, person: User) -> str:
    user = User.objects.get(pk=person.pk)
    if not kind.workflow.model._default_manager.visible_to(user).filter(pk=case.pk).exists():
        return GONE
    try:
        with undone():
            kind.workflow.take(step, case, by=user, note="材料齐全，经核对无误，予以办理。")
    except PermissionDenied:
        return DENIED
    except Refused:
        return REFUSED
    return TAKEN


def by_page(browser: Client, kind: Kind, case: Any, step: str) -> str:
    with undone():
        url = reverse(f"{kind.namespace}:step", args=[case.pk, step])
        return BY_PAGE[browser.post(url, {"note": "材料齐全，经核对无误，予以办理。", "granted_days": "1"}).status_code]


def by_machine(browser: Client, kind: Kind, case: Any, step: str) -> str:
    with undone():
        url = reverse(f"{MACHINES[kind.namespace]}-steps", args=[case.pk, step])
        body = {"note": "材料齐全，经核对无误，予以办理。"}
        return BY_MACHINE[browser.post(url, body, content_type="application/json").status_code]


def differences(kind: Kind, status: str) -> list[str]:
    """Where a channel answers otherwise than the door, in words."""
    world = World.built()
    case = world.case(kind.namespace, status)
    found = []
    for name, person in world.people.items():
        browser = SecureClient(raise_request_exception=False)
        browser.force_login(person)
        for step in steps_to_try(kind, status):
            door = by_the_door(kind, case, step, person)
            for channel, answer in (
                ("page", by_page(browser, kind, case, step)),
                ("machine", by_machine(browser, kind, case, step)),
            ):
                if not agree(door, answer):
                    found.append(f"{step} at {status} by {name}: {answer} by the {channel}, {door} at the door")
    return found


def steps_to_try(kind: Kind, status: str) -> list[str]:
    """Every step that leads on from this desk, and one that does not: those that do not are all answered alike."""
    leading = [step.name for step in kind.workflow.table if status in step.source]
    return leading + [step.name for step in kind.workflow.table if step.name not in leading][:1]


def agree(door: str, answer: str) -> bool:
    """A channel lets in whom the door lets in and nobody else; it may say no by another word, but tells nothing beyond reach."""
    if door == GONE:
        return answer in (GONE, DENIED)
    return (answer == TAKEN) is (door == TAKEN)


def desks() -> list[tuple[str, str]]:
    return [
        (name, status)
        for name, kind in KINDS_BY_NAME.items()
        for status in sorted({status for step in kind.workflow.table for status in (*step.source, step.target)})
    ]


def test_every_kind_has_a_machine():
    assert set(MACHINES) == set(KINDS_BY_NAME)


@pytest.mark.parametrize(("name", "status"), desks())
def test_every_channel_answers_as_the_door_does(db, name, status):
    assert differences(KINDS_BY_NAME[name], status) == []


def test_the_world_has_people_who_get_through_and_people_who_do_not(db):
    world, kind = World.built(), KINDS_BY_NAME["exemptions"]
    case = world.case("exemptions", "university")
    answers = {name: by_the_door(kind, case, "return", person) for name, person in world.people.items()}

    assert answers["clerk"] == TAKEN
    assert answers["officer"] == DENIED
    assert answers["clerk elsewhere"] == GONE
    assert by_the_door(kind, case, "grant", world.people["officer"]) == REFUSED

"""Nothing of an unpublished mark gets out: one world with and without such marks, every page of it, as everybody outside.

Where a sitting is not published a page must read the same, line by line, whether marks lie behind it or not: so neither a mark
nor an average, a count or a progress that it moves can be told from outside. Lines that differ between two looks at the same
world (a token, the time) say nothing; for them, for logs, caches and messages the planted marks themselves are looked for.
"""

from __future__ import annotations

import copy
import datetime as dt
import io
import json
import logging
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.roles import CITY, ROLES
from records.messages import signature
from records.models import Candidate, Course, IncomingMessage, OutgoingMessage
from scores.models import Mark, Publication, ScoreBatch, Sitting
from scores.publishing.previewing import refresh_preview
from scores.results import sheets
from scores.statistics.refreshing import refresh_statistics
from tests.config.matrix import CANDIDATE, OTHER, OWN, STRANGER, VISITOR, Page
from tests.config.matrix_table import PAGES, PARTS
from tests.config.matrix_world import World
from tests.config.test_reads import BEYOND, text_of
from tests.conftest import SecureClient
from tests.factories import CandidateFactory, CourseFactory, MarkFactory, PublicationFactory, SittingFactory
from tests.records.proving import proof_of

CANARIES = ("87.3", "13.7")
PLANTED = re.compile(r"(?<![\d:.])(87\.3|13\.7)(?!\d)")
"""A planted mark, and no part of a time."""
TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
INSIDE = {200, 409, 422}
MOST_OF_A_KIND = {OWN: 3, OTHER: 1}
"""Of the roles of a university that get a page, so many look at it: those that see the same page need not all."""
KEY = b"the-gateway-of-the-walk"


def outsiders(page: Page) -> list[str]:
    """Who looks at a page: visitor, both candidates, some of each university's and the district's who get in at all."""
    chosen = [column for column in (VISITOR, CANDIDATE, STRANGER) if page.code_for(column) in INSIDE]
    many = {OWN: 0, OTHER: 0, "": 0}
    for role in ROLES.values():
        for place in {CITY: ()}.get(role.tier, (OWN, OTHER) if role.tier == "university" else ("",)):
            column = f"{role.code} {place}".strip()
            if page.code_for(column) in INSIDE and many[place] < MOST_OF_A_KIND.get(place, 1):
                many[place] += 1
                chosen.append(column)
    return chosen


@dataclass
class Walk:
    """One browser for each of the people, and what each page told them."""

    world: World
    browsers: dict[str, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for column, person in self.world.people.items():
            self.browsers[column] = SecureClient(raise_request_exception=False)
            if person is not None:
                self.browsers[column].force_login(person)

    def browser(self, column: str) -> Client:
        """One that has seen nothing yet but the sign-in."""
        browser: Client = SecureClient(raise_request_exception=False)
        browser.cookies = copy.deepcopy(self.browsers[column].cookies)
        return browser

    def told(self, page: Page, column: str) -> tuple[int, list[str]]:
        """The answer's code and its lines; whatever the request wrote is undone."""
        with undone():
            browser = self.browser(column)
            if page.before is not None:
                page.before(browser, self.world)
            response = getattr(browser, page.method)(page.url(self.world), page.body)
            return response.status_code, legible(response).splitlines()

    def asked(self, question: Callable[[World, Client], Any]) -> list[str]:
        """The lines that a visitor gets for a question that takes a form."""
        with undone():
            answer = question(self.world, self.browser(VISITOR))
            return (answer if isinstance(answer, str) else legible(answer)).splitlines()


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def legible(response: Any) -> str:
    """The words of an answer, a PDF's as well, without times of day; its length says nothing that the words do not."""
    response.headers.pop("Content-Length", None)
    return TIME.sub("", words_of(response))


def words_of(response: Any) -> str:
    if response.status_code == 200 and response.headers.get("Content-Type", "").startswith("application/pdf"):
        octets = b"".join(response.streaming_content) if response.streaming else response.content
        return subprocess.run(["pdftotext", "-", "-"], input=octets, capture_output=True, check=False).stdout.decode()
    return text_of(response)


@pytest.fixture
def world(db, tmp_path, settings) -> World:
    """The matrix's world with two sittings under way of which nothing is out, one of them announced; no marks in them yet."""
    settings.SMS_INBOUND_KEY = KEY
    built = World.built(tmp_path)
    soon = timezone.now() + dt.timedelta(hours=3)
    asked_for = {"prepared_at": timezone.now(), "approved_at": timezone.now(), "announced_at": soon, "is_announced": True}
    Publication.objects.filter(pk=built.publication.pk).update(**asked_for)
    PublicationFactory(sitting=SittingFactory(name="2026-11"), **asked_for)
    PublicationFactory(sitting=built.sitting, kind=Publication.Kind.PRACTICAL)
    for place in range(3):
        CourseFactory(code=f"C{place}")
    for _each in range(8):
        CandidateFactory(managing_university=built.own)
    for sitting in Sitting.objects.all():
        refresh_statistics(sitting)
    return built


def plant(world: World) -> None:
    """Marks in everything that is not out: the candidate's, the stranger's and others', with all that is made of them."""
    courses = Course.objects.filter(code__startswith="C") | Course.objects.filter(pk=Mark.objects.earliest("pk").course_id)
    everybody = Candidate.objects.all()
    for publication in Publication.objects.filter(published_at__isnull=True).select_related("sitting"):
        batch = ScoreBatch.objects.create(
            sitting=publication.sitting,
            kind=publication.kind,
            file=world.batch.file.__class__.objects.create(kind="marks", name="13.7.csv", sha256="1" * 64, size=1),
            publication=publication,
            state=ScoreBatch.State.CONFIRMED,
            preview={"rows": 87, "new": 87, "changed": 0, "same": 0, "universities": [], "warnings": []},
        )
        practical = publication.kind == Publication.Kind.PRACTICAL
        for course, person in product(courses, everybody):
            common = {"publication": publication, "course": course, "candidate": person}
            if not Mark.registry.filter(sitting=publication.sitting, course=course, candidate=person).exists():
                points = Decimal(CANARIES[course.pk % 2])
                MarkFactory(batch=batch, points=points, practical=practical, **common)
        refresh_preview(publication)
        sheets.prepare(publication)
    for sitting in Sitting.objects.all():
        refresh_statistics(sitting)


def looked_up(world: World, browser: Client) -> Any:
    """L8."""
    return browser.post(reverse("scores-lookup"), numbers_of(world) | proof_of(browser, reverse("scores-lookup")))


def record_looked_up(world: World, browser: Client) -> Any:
    """L1."""
    fields = {"name": world.candidate.name, "number": world.candidate.identity_number}
    return browser.post(reverse("lookup"), fields | proof_of(browser, reverse("lookup")))


def asked_by_message(sitting: str) -> Callable[[World, Client], str]:
    """L5: the latest sitting's marks, or those of one named."""

    def ask(world: World, browser: Client) -> str:
        ticket = world.candidate.tickets.get(is_current=True).number
        text = f"成绩 {ticket} {sitting}".strip()
        body = json.dumps({"id": f"walk-{sitting}", "from": world.candidate.phone, "text": text}).encode()
        answer = browser.post("/sms/inbound/", body, content_type="application/json", headers=signature.signed(body, KEY))
        asked = IncomingMessage.objects.order_by("pk").last()
        assert asked is not None
        told = OutgoingMessage.objects.get(pk=asked.answer_id).text
        return f"{answer.status_code} {answer.content.decode()} {asked.outcome}\n{told}"

    return ask


def numbers_of(world: World) -> dict[str, str]:
    return {"ticket": world.candidate.tickets.get(is_current=True).number, "number": world.candidate.identity_number}


QUESTIONS = {
    "L8": looked_up,
    "L1": record_looked_up,
    "L5": asked_by_message(""),
    "L5 2026-11": asked_by_message("2026-11"),
}


def differences(before: list[str], after: list[str], again: list[str]) -> list[str]:
    """The lines that the planted marks changed; what differs between two looks at the same world is no difference."""
    moving = {place for place, lines in enumerate(zip(after, again, strict=False)) if lines[0] != lines[1]}
    if len(after) != len(before):
        return [f"{len(before)} lines, then {len(after)}"] if len(after) == len(again) else []
    pairs = enumerate(zip(before, after, strict=True))
    return [f"{was} → {line}" for place, (was, line) in pairs if was != line and place not in moving]


def named(lines: list[str]) -> list[str]:
    """The lines in which a planted mark stands."""
    return [line for line in lines if PLANTED.search(line)]


def held_against(world: World, pages: list[Page], planting: Callable[[World], None]) -> tuple[list[str], int]:
    """What the pages and questions tell of marks planted meanwhile, in words; and how many answers were compared."""
    walk = Walk(world)
    looks = [(page, column) for page in pages for column in outsiders(page)]
    before = [walk.told(page, column) for page, column in looks]
    answers = {name: walk.asked(question) for name, question in QUESTIONS.items()}
    planting(world)
    found = []
    for (page, column), (code_before, lines_before) in zip(looks, before, strict=True):
        code, lines = walk.told(page, column)
        what = f"{page.method} {page.name} as {column}"
        if lines != lines_before:
            changed = differences(lines_before, lines, walk.told(page, column)[1])
            found += [f"{what}: {line}" for line in changed]
        if code != code_before:
            found.append(f"{what}: {code_before}, then {code}")
        found += [f"{what} names a mark: {line[:300]}" for line in named(lines)]
    for name, question in QUESTIONS.items():
        lines = walk.asked(question)
        found += [f"{name}: {line}" for line in differences(answers[name], lines, walk.asked(question))]
        found += [f"{name} names a mark: {line[:300]}" for line in named(lines)]
    return found, len(looks)


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """What the log says from now on."""
    text = io.StringIO()
    [handler] = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    stream = handler.setStream(text)
    yield text.getvalue
    handler.setStream(stream)


def cached() -> bytes:
    """Everything in the cache, keys and values."""
    server = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
    keys = list(server.scan_iter())
    return b"\n".join([*keys, *(server.get(key) or b"" for key in keys if server.type(key) == b"string")])


@pytest.mark.parametrize("part", [*sorted(PARTS), "beyond"])
def test_no_page_tells_of_marks_that_are_not_out(world, part, logged):
    pages = BEYOND_OUTSIDE if part == "beyond" else PARTS[part]

    found, _looks = held_against(world, pages, plant)

    assert found == []
    assert named(logged().splitlines()) == []
    assert named(cached().decode("utf-8", "replace").splitlines()) == []


BEYOND_OUTSIDE = [page for page in BEYOND if page.before is None]


def test_every_page_that_somebody_outside_gets_is_walked():
    """What the walk would reach only as missing or elsewhere fails it: it would look at nothing there."""
    unreached = {page.name for page in PAGES} - {page.name for page in PAGES if outsiders(page)}
    others = {code for page in PAGES if page.name in unreached for column in page_columns() for code in [page.code_for(column)]}

    assert others <= {302, 403, 404, 405, 400, 429, 201, 204}
    assert len(unreached) < len({page.name for page in PAGES}) / 2


def page_columns() -> list[str]:
    places = {"university": (f" {OWN}", f" {OTHER}"), "district": ("",), CITY: ()}
    return [VISITOR, CANDIDATE, STRANGER, *(role.code + place for role in ROLES.values() for place in places[role.tier])]


def come_out(world: World) -> None:
    """The same marks, and their publications out."""
    plant(world)
    Publication.objects.filter(published_at__isnull=True).update(
        published_at=timezone.now(), credits_entered_at=timezone.now(), announced_at=None
    )
    for sitting in Sitting.objects.all():
        refresh_statistics(sitting)


@pytest.mark.parametrize("part", ["space", "scores", "open"])
def test_the_walk_does_see_marks_that_are_out(world, part):
    found, looks = held_against(world, PARTS[part], come_out)

    assert looks >= 3
    assert any(fault.startswith("L8 names a mark") for fault in found)
    assert any(fault.startswith("L5 names a mark") for fault in found)
    if part != "open":
        assert any(fault.startswith("get ") for fault in found)


def test_no_table_outside_the_office_copies_unpublished_marks(world):
    """Whatever is planted stands in the tables of marks alone: nothing else in the database holds it before the minute."""
    plant(world)
    own = {"scores_mark", "scores_resultsheet", "scores_scorebatch", "scores_publication", "records_importfile"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = sorted(name for (name,) in cursor.fetchall() if name not in own)
        holders = [name for name in tables if holds(cursor, name)]

    assert holders == []


def holds(cursor: Any, table: str) -> bool:
    cursor.execute(
        f'SELECT EXISTS (SELECT 1 FROM "{table}" r WHERE to_jsonb(r)::text LIKE ANY(%s))', [[f"%{mark}%" for mark in CANARIES]]
    )
    return bool(cursor.fetchone()[0])

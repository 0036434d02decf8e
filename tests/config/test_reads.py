"""No page shows anybody's data to others unless its view says so and the trail has the line: every page × everybody."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, include, path, resolve

from audit.models import Event
from audit.reads import COUNTED, declared_by, reads, reads_nothing
from audit.trail import GATHERED, record_list, record_read
from records.models import Candidate, User
from tests.config import matrix_table
from tests.config.matrix import Page
from tests.config.matrix_table import PARTS
from tests.config.matrix_world import World
from tests.conftest import SecureClient

OPAQUE = ("application/pdf", "image/")  # nobody can look for words in them: what their address names, else one's own
WHOLE_NUMBERS = {("corrections:print", "U3 own")}
"""Who sees a whole identity number where: the clerk who prints the form of a correction, to be signed on paper."""
ANYBODY = {"*": 200}


def purpose_given(browser: Any, world: World) -> None:
    """The page of a record behind the question for the purpose."""
    browser.post(matrix_url("candidates:detail", world), {"reason": "visit"})


def matrix_url(name: str, world: World) -> str:
    return next(page for pages in PARTS.values() for page in pages if page.name == name).url(world)


BEYOND = [
    Page("candidates:detail", ANYBODY, matrix_table.candidate, before=purpose_given),
    Page("candidates:list", ANYBODY, body={"q": "雀"}),
    Page("candidates:list", ANYBODY, body={"q": "雀", "after": "0"}),
    Page("exemptions:list", ANYBODY, body={"q": "雀"}),
    Page("graduation:list", ANYBODY, body={"q": "雀"}),
]
"""What the table cannot reach by address alone."""


@pytest.fixture
def world(db, tmp_path) -> World:
    """The matrix's world with names that occur nowhere by chance."""
    built = World.built(tmp_path)
    for person in Candidate.objects.all():
        unmistakable = {
            "name": f"雀{person.pk:06}鹳",
            "address": f"鹳雀巷{person.pk:06}弄",
            "record_number": f"77{person.pk:06}13",
        }
        Candidate.objects.filter(pk=person.pk).update(record_opened_on="2025-06-30", **unmistakable)
    built.candidate.refresh_from_db()
    return built


def canaries() -> dict[str, set[int]]:
    """What must not be shown unseen, and whose it is."""
    whose: dict[str, set[int]] = defaultdict(set)
    for person in Candidate.objects.prefetch_related("tickets"):
        numbers = (person.record_number, person.registration_number, *(ticket.number for ticket in person.tickets.all()))
        masked = (person.identity_mask, person.phone_mask)
        for text in (person.name, person.address, person.identity_number, person.phone, *numbers, *masked):
            if text:
                whose[text].add(person.pk)
    return whose


def text_of(response: Any) -> str:
    """Everything legible in an answer: as it is, and without tags and blanks; of a workbook what its parts hold."""
    octets = b"".join(response.streaming_content) if response.streaming else response.content
    if octets.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(octets)) as parts:
            octets = b"\n".join(parts.read(name) for name in parts.namelist())
    told = octets.decode("utf-8", "ignore") + " ".join(map(str, response.headers.values()))
    bare = html.unescape(re.sub(r"<[^>]*>", "", told))
    return "\n".join([told, bare, re.sub(r"[\s,]", "", bare)])


def shown_in(response: Any, text: str, world: World, whose: dict[str, set[int]], own: int | None = None) -> set[int]:
    """Whose data the answer shows (one of them where a text is several people's)."""
    if response.status_code == 200 and response.headers.get("Content-Type", "").startswith(OPAQUE):
        return {own or world.candidate.pk}
    return {min(owners) for canary, owners in whose.items() if canary in text}


def faults(view: Any, shown: set[int], reader: User | None, events: Iterable[Event]) -> list[str]:
    """What is wrong with showing these people to this reader; [] if it is declared and written down."""
    declared = declared_by(view)
    if declared is None:
        return ["says nothing of what it lets people read"]
    others = shown - {reader.candidate_id if reader else None}
    if not others:
        return []
    fitting = [event for event in events if event.verb in declared and event.actor_id == (reader.pk if reader else None)]
    if reader is None or not fitting:
        return [f"shows {len(others)} without a line of {sorted(declared)}"]
    if any(not event.note for event in fitting):
        return ["writes a line without a purpose"]
    if not others <= {event.candidate_id for event in fitting} and not any(is_about_many(event, others) for event in fitting):
        return ["does not write whose record it shows"]
    return []


def is_about_many(event: Event, others: set[int]) -> bool:
    """A list, or a case about several records, which says of how many."""
    return event.verb in GATHERED or event.details.get("records", 0) >= len(others)


def ask(world: World, page: Page, person: User | None) -> tuple[Any, list[Event]]:
    """The answer and the reads that were written for it."""
    browser: Client = SecureClient(raise_request_exception=False)
    if person is not None:
        browser.force_login(person)
    if page.before is not None:
        page.before(browser, world)
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    response = getattr(browser, page.method)(page.url(world), page.body)
    written = Event.objects.filter(pk__gt=last, kind=Event.Kind.READ, outcome=Event.Outcome.DONE)
    return response, list(written)


def held_against(world: World, page: Page) -> list[str]:
    """Every fault of a page, in words."""
    whose, view, found = canaries(), resolve(page.url(world)).func, []
    whole = {person.identity_number for person in Candidate.objects.all()}
    for column, person in world.people.items():
        response, written = ask(world, page, person)
        text = text_of(response)
        own = person.candidate_id if person is not None and page.arguments is None else None
        wrong = faults(view, shown_in(response, text, world, whose, own), person, written)
        told = any(event.details.get("numbers_in_full") for event in written)
        if any(number in text for number in whole) and not (told and (page.name, column) in WHOLE_NUMBERS):
            wrong.append("shows a whole identity number")
        found += [f"{page.method} {page.name} as {column}: {each}" for each in wrong]
    return found


@pytest.mark.parametrize("part", [*sorted(PARTS), "beyond"])
def test_whoever_sees_somebodys_data_leaves_a_line(world, part):
    pages = BEYOND if part == "beyond" else PARTS[part]

    assert [fault for page in pages for fault in held_against(world, page)] == []


def views(resolver: URLResolver, prefix: str = "") -> Iterable[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from views(entry, f"{prefix}{entry.pattern}")
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.pattern}", entry.callback


def test_every_view_says_what_it_lets_people_read():
    assert [address for address, view in views(get_resolver()) if declared_by(view) is None] == []


def test_the_pages_that_staff_read_most_do_show_somebody(world):
    """The test above sees something: without canaries on these pages it would see nothing anywhere."""
    whose = canaries()
    for page, column in [(BEYOND[0], "U3 own"), (BEYOND[1], "O3"), (BEYOND[3], "U4 own"), (BEYOND[4], "U7 own")]:
        response, _written = ask(world, page, world.people[column])
        assert world.candidate.pk in shown_in(response, text_of(response), world, whose), page.name


@reads("record")
def honest(request: HttpRequest) -> HttpResponse:
    person = Candidate.objects.earliest("pk")
    record_read("record", person, candidate_id=person.pk, purpose="核对")
    return HttpResponse(f"<b>{person.name[:3]}</b>{person.name[3:]}")


@reads("list")
def honest_list(request: HttpRequest) -> HttpResponse:
    people = Candidate.objects.all()
    record_list("candidates", Candidate, len(people), purpose="核对")
    return HttpResponse(" ".join(person.identity_mask for person in people))


@reads("record")
def silent(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Candidate.objects.earliest("pk").name)


@reads("record")
def of_another_verb(request: HttpRequest) -> HttpResponse:
    person = Candidate.objects.earliest("pk")
    record_read("case", person, candidate_id=person.pk, purpose="核对")
    return HttpResponse(person.name)


@reads("record")
def about_somebody_else(request: HttpRequest) -> HttpResponse:
    person, other = Candidate.objects.order_by("pk")[:2]
    record_read("record", other, candidate_id=other.pk, purpose="核对")
    return HttpResponse(person.name)


@reads_nothing
def liar(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Candidate.objects.earliest("pk").tickets.get().number)


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nobody")


@login_not_required
@reads(COUNTED)
def open_to_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Candidate.objects.earliest("pk").address)


@reads("export")
def pdf_without_a_line(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"%PDF-1.4", content_type="application/pdf")


@reads("record")
def whole_number(request: HttpRequest) -> HttpResponse:
    person = Candidate.objects.earliest("pk")
    record_read("record", person, candidate_id=person.pk, purpose="核对")
    return HttpResponse(person.identity_number)


SMALL = {
    "honest": (honest, []),
    "honest-list": (honest_list, []),
    "silent": (silent, ["shows 1 without a line of ['record']"]),
    "of-another-verb": (of_another_verb, ["shows 1 without a line of ['record']"]),
    "about-somebody-else": (about_somebody_else, ["does not write whose record it shows"]),
    "liar": (liar, ["shows 1 without a line of []"]),
    "undeclared": (undeclared, ["says nothing of what it lets people read"]),
    "open-to-all": (open_to_all, ["shows 1 without a line of ['counted']"]),
    "pdf": (pdf_without_a_line, ["shows 1 without a line of ['export']"]),
    "whole-number": (whole_number, ["shows a whole identity number"]),
}
urlpatterns = [
    *(path(f"{name}/", view, name=name) for name, (view, _wrong) in SMALL.items()),
    path("", include("records.certificates.urls")),  # the world's certificate bears the address of verification
    path("scores/lookup/", silent, name="scores-lookup"),  # whose address the middleware of the result day compares
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("name", SMALL)
def test_a_view_that_hides_what_it_shows_is_found(world, name):
    world.people = {"O3": world.people["O3"]}

    assert held_against(world, Page(name, ANYBODY)) == [f"get {name} as O3: {wrong}" for wrong in SMALL[name][1]]


@pytest.mark.urls(__name__)
def test_ones_own_data_need_no_line(world):
    world.people = {"candidate": world.people["candidate"]}
    assert world.candidate == Candidate.objects.earliest("pk")

    assert held_against(world, Page("silent", ANYBODY)) == []

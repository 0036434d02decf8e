"""L8, the result day: who holds both numbers sees the published marks, anybody else the same page without them."""

from __future__ import annotations

import time
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from records.lookups.proof import SALT
from records.models import Candidate
from scores.models import Publication
from scores.results import sheets
from scores.results.looking_up import latest_sitting, results_of
from tests.factories import CandidateFactory, CourseFactory, MarkFactory, PublicationFactory, SittingFactory
from tests.scores.files import ticket_of

pytestmark = pytest.mark.django_db

CANARY = Decimal("83.7")


@pytest.fixture
def latest() -> Publication:
    return PublicationFactory(sitting=SittingFactory(name="2026-10"), published_at=timezone.now())


def marked(publication: Publication, candidate: Candidate, **mark: Any) -> None:
    """A mark of the publication, with its sheet."""
    MarkFactory(publication=publication, candidate=candidate, **mark)
    Publication.objects.filter(pk=publication.pk).update(sheets_through=0, sheets_made_at=None)
    sheets.prepare(publication)


def ask(client: Client, ticket: str, number: str) -> HttpResponse:
    """Send the form as a browser without script does that has waited long enough."""
    stamp = signing.dumps([f"{time.monotonic_ns()}", int(time.time()) - 60], salt=SALT)
    answer: Any = client.post(reverse("scores-lookup"), {"ticket": ticket, "number": number, "proof": "", "proof-stamp": stamp})
    return answer


class Frame(HTMLParser):
    """The elements of a page outside the answer, with the texts; what is typed or signed anew each time left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._answer = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._answer or dict(attrs).get("id") == "answer":
            self._answer += tag == "div"
        else:
            self.parts.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._answer -= bool(self._answer) and tag == "div"

    def handle_data(self, data: str) -> None:
        if not self._answer and data.strip() and not data.strip()[-4:].isalnum():
            self.parts.append(data.strip())


def test_the_holder_sees_the_marks_of_the_latest_sitting(client: Client, candidate: Candidate, latest: Publication) -> None:
    marked(latest, candidate, course=CourseFactory(code="00015"), points=CANARY)
    before = PublicationFactory(sitting=SittingFactory(name="2026-04"), published_at=timezone.now())
    marked(before, candidate, course=CourseFactory(code="00016"), points=91)

    page = ask(client, ticket_of(candidate), candidate.identity_number).content.decode()

    assert "83.7" in page
    assert "00015" in page
    assert "2026年10月" in page
    assert "00016" not in page


def test_unpublished_marks_are_not_shown_to_their_holder(client: Client, candidate: Candidate, latest: Publication) -> None:
    sheets.prepare(latest)
    unpublished = PublicationFactory(sitting=latest.sitting, sequence=2)
    marked(unpublished, candidate, points=CANARY)
    later = PublicationFactory(sitting=SittingFactory(name="2027-04"))
    marked(later, candidate, points=CANARY)

    page = ask(client, ticket_of(candidate), candidate.identity_number).content.decode()

    assert "83.7" not in page
    assert "没有查到这个考次的成绩" in page
    assert latest_sitting() == latest.sitting


def test_both_numbers_must_be_of_one_person(client: Client, candidate: Candidate, latest: Publication) -> None:
    marked(latest, candidate, points=CANARY)
    other = CandidateFactory()

    for ticket, number in [
        (ticket_of(candidate), other.identity_number),
        (ticket_of(other), candidate.identity_number),
        ("999999999999", candidate.identity_number),
        (candidate.registration_number, candidate.identity_number),
    ]:
        page = ask(client, ticket, number).content.decode()
        assert "83.7" not in page
        assert "没有查到" in page


def test_hit_and_miss_have_one_status_one_address_and_one_frame(
    client: Client, candidate: Candidate, latest: Publication
) -> None:
    marked(latest, candidate, points=CANARY)

    hit = ask(client, ticket_of(candidate), candidate.identity_number)
    miss = ask(client, "999999999999", candidate.identity_number)

    assert hit.status_code == miss.status_code == 200
    changing = {"Content-Length", "Content-Security-Policy"}
    assert {key for key in hit.headers if key not in changing} == {key for key in miss.headers if key not in changing}
    assert "no-store" in hit["Cache-Control"]
    assert Frame(hit.content.decode()).parts == Frame(miss.content.decode()).parts


def test_hit_and_miss_take_the_same_statements(candidate: Candidate, latest: Publication) -> None:
    marked(latest, candidate, points=CANARY)
    ticket, counts = ticket_of(candidate), []
    for number in (candidate.identity_number, "999999199803140000"):
        with CaptureQueriesContext(connection) as queries:
            results_of(ticket, number)
        counts.append(len(queries))

    assert counts == [1, 1]


@pytest.mark.parametrize("spell", [str.lower, lambda number: f" {number[:6]} {number[6:]} "])
def test_the_identity_number_may_be_spelt_freely(candidate: Candidate, latest: Publication, spell: Any) -> None:
    marked(latest, candidate, points=CANARY)

    assert results_of(ticket_of(candidate), spell(candidate.identity_number)).marks


def test_an_address_with_numbers_in_it_looks_nothing_up(client: Client, candidate: Candidate, latest: Publication) -> None:
    marked(latest, candidate, points=CANARY)
    numbers = {"ticket": ticket_of(candidate), "number": candidate.identity_number}

    page = client.get(reverse("scores-lookup"), numbers).content.decode()

    assert "83.7" not in page
    assert 'id="answer"' not in page


def test_the_page_is_open_and_shows_the_number_masked(client: Client, candidate: Candidate, latest: Publication) -> None:
    page = ask(client, ticket_of(candidate), candidate.identity_number).content.decode()

    assert candidate.identity_number not in page
    assert candidate.identity_mask in page


def test_before_any_publication_the_page_says_so(client: Client, candidate: Candidate) -> None:
    assert "还没有公布过成绩" in client.get(reverse("scores-lookup")).content.decode()
    assert "还没有公布过成绩" in ask(client, ticket_of(candidate), candidate.identity_number).content.decode()


def test_a_sitting_that_cannot_be_looked_up_yet_is_not_named(client: Client, candidate: Candidate, latest: Publication) -> None:
    assert latest_sitting() is None
    assert "2026年10月" not in client.get(reverse("scores-lookup")).content.decode()
    sheets.prepare(latest)
    assert "现在可以查2026年10月的成绩" in client.get(reverse("scores-lookup")).content.decode()


def test_who_asks_too_often_is_held_back(client: Client, candidate: Candidate, latest: Publication) -> None:
    statuses = [ask(client, ticket_of(candidate), candidate.identity_number).status_code for _ in range(22)]

    assert statuses[:20] == [200] * 20
    assert statuses[-1] == 429

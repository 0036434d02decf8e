"""In front of the result page: beyond the places there are people wait, keep what they typed, and never see anybody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from scores.results.admission import LONGEST, SOONEST, SPREAD, AdmissionMiddleware

TYPED = {
    "ticket": "999000000001",
    "number": "999999199803140000",
    "proof": "",
    "proof-stamp": "wpK4xQ",
    "csrfmiddlewaretoken": "tO9z",
}


class Page:
    """What lies behind: as many as come in stay until they are let go."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.inside = 0

    def __call__(self, _request: HttpRequest) -> HttpResponse:
        self.inside += 1
        self.go_on.wait(timeout=20)
        return HttpResponse("成绩")


@pytest.fixture
def behind() -> Iterator[Page]:
    page = Page()
    yield page
    page.go_on.set()


def request(method: str = "post", path: str = "", **typed: str) -> HttpRequest:
    asked: HttpRequest = getattr(RequestFactory(), method)(path or reverse("scores-lookup"), typed or TYPED)
    return asked


def fill(middleware: AdmissionMiddleware, page: Page, count: int) -> ThreadPoolExecutor:
    """``count`` requests inside, each in a thread of its own."""
    pool = ThreadPoolExecutor(count)
    for _ in range(count):
        pool.submit(middleware, request())
    while page.inside < count:
        pass
    return pool


@pytest.mark.parametrize("places", [1, 3])
def test_the_last_place_is_given_and_one_more_waits(settings: Any, behind: Page, places: int) -> None:
    settings.LOOKUPS_AT_ONCE = places
    middleware = AdmissionMiddleware(behind)

    with fill(middleware, behind, places):
        turned_away = middleware(request())
        behind.go_on.set()

    assert behind.inside == places
    assert turned_away.status_code == 429
    assert middleware(request()).status_code == 200


def test_who_waits_is_told_when_to_come_again_and_finds_the_frame_of_the_page(settings: Any, behind: Page) -> None:
    settings.LOOKUPS_AT_ONCE = 1
    middleware = AdmissionMiddleware(behind)
    with fill(middleware, behind, 1):
        answers = [middleware(request()) for _ in range(60)]
        behind.go_on.set()

    after = {int(answer["Retry-After"]) for answer in answers}
    assert after <= set(range(SOONEST, SOONEST + SPREAD))
    assert len(after) > 1
    assert all("no-store" in answer["Cache-Control"] for answer in answers)
    assert not any(answer.cookies for answer in answers)
    page = answers[0].content.decode()
    assert 'id="main"' in page
    assert "查询的人很多，请稍候" in page
    assert "http-equiv" not in page


def test_what_was_typed_goes_back_to_who_typed_it_and_to_nobody_else(settings: Any, behind: Page) -> None:
    settings.LOOKUPS_AT_ONCE = 1
    middleware = AdmissionMiddleware(behind)
    with fill(middleware, behind, 1):
        mine = middleware(request()).content.decode()
        another = middleware(request(ticket="1", number='"><script>alert(1)</script>', more="x")).content.decode()
        behind.go_on.set()

    assert dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', mine)) == TYPED
    assert not any(value in another for value in TYPED.values() if len(value) > 1)
    assert "<script>alert" not in another
    assert "more" not in another


def test_nothing_overlong_is_sent_back(settings: Any, behind: Page) -> None:
    settings.LOOKUPS_AT_ONCE = 1
    middleware = AdmissionMiddleware(behind)
    with fill(middleware, behind, 1):
        page = middleware(request(ticket="9" * (LONGEST + 1))).content.decode()
        behind.go_on.set()

    assert "9" * LONGEST in page
    assert "9" * (LONGEST + 1) not in page


def test_the_form_itself_comes_again_without_script(settings: Any, behind: Page) -> None:
    settings.LOOKUPS_AT_ONCE = 1
    middleware = AdmissionMiddleware(behind)
    with fill(middleware, behind, 1):
        page = middleware(request("get")).content.decode()
        behind.go_on.set()

    assert '<noscript><meta http-equiv="refresh"' in page
    assert "hidden" not in page.replace("data-waiting-said hidden", "").replace("visually-hidden", "").replace("aria-hidden", "")


def test_other_pages_need_no_place(settings: Any, behind: Page) -> None:
    settings.LOOKUPS_AT_ONCE = 1
    middleware = AdmissionMiddleware(behind)
    with fill(middleware, behind, 1):
        behind.go_on.set()
        assert middleware(request("get", "/lookup/")).status_code == 200


def test_a_place_is_free_again_after_an_error(settings: Any) -> None:
    settings.LOOKUPS_AT_ONCE = 1

    def fails(_request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    middleware = AdmissionMiddleware(fails)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            middleware(request())


def test_as_many_as_come_at_once_as_places_are_never_turned_away(settings: Any) -> None:
    settings.LOOKUPS_AT_ONCE = 3
    start = Barrier(3)

    def together(_request: HttpRequest) -> HttpResponse:
        start.wait(timeout=20)
        return HttpResponse("成绩")

    middleware = AdmissionMiddleware(together)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(middleware, [request() for _ in range(30)]))

    assert {answer.status_code for answer in answers} == {200}


def test_the_waiting_page_has_the_headers_of_every_page(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the whole chain, with no place at all."""
    monkeypatch.setattr("scores.results.admission.BoundedSemaphore", NoPlace)
    usual = Client().get(reverse("lookup"), secure=True)
    answer = client.post(reverse("scores-lookup"), TYPED)

    assert answer.status_code == 429
    for header in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Strict-Transport-Security"):
        assert answer.has_header(header) == usual.has_header(header) is True


class NoPlace:
    """A count of places that are all taken."""

    def __init__(self, _places: int) -> None:
        self.taken = True

    def acquire(self, *, blocking: bool) -> bool:
        return blocking and self.taken

    def release(self) -> None:
        raise AssertionError

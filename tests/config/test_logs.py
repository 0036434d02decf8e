"""Logs tell what happened, not to whom."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from audit.models import Event
from config.logs import RequestMiddleware
from records.models import User

PERSON = "11010519491231002X"


@pytest.fixture
def logged() -> Any:
    """What the root handler writes from now on, line by line."""
    handler = logging.getLogger().handlers[0]
    handlers = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    [handler] = handlers
    text = io.StringIO()
    stream = handler.setStream(text)
    yield lambda: [json.loads(line) for line in text.getvalue().splitlines()]
    handler.setStream(stream)


def fail_over(person: str) -> None:
    try:
        int(person)
    except ValueError as error:
        raise LookupError(f"no candidate {person}") from error


@pytest.mark.parametrize("logger", [structlog.get_logger("a"), logging.getLogger("b")], ids=["structlog", "standard"])
def test_an_exception_is_logged_by_its_place_and_not_by_its_text(logged: Callable[[], list[dict[str, Any]]], logger: Any):
    try:
        fail_over(PERSON)
    except LookupError:
        logger.exception("look_up_failed")

    [line] = logged()
    assert (line["event"], line["level"]) == ("look_up_failed", "error")
    assert line["exception"] == ["LookupError", "ValueError"]
    assert "fail_over" in line["lines"][-1]
    assert PERSON not in json.dumps(line)


def test_a_request_is_logged_without_its_query_string(logged: Callable[[], list[dict[str, Any]]]):
    RequestMiddleware(lambda _: HttpResponse())(RequestFactory().get(f"/records/?name={PERSON}"))

    started, finished = logged()
    assert (started["request"], finished["request"]) == ("GET /records/", "GET /records/")
    assert started["request_id"] == finished["request_id"]
    assert PERSON not in json.dumps([started, finished])


def test_a_failing_page_is_logged_once_without_what_it_stumbled_over(logged: Callable[[], list[dict[str, Any]]]):
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(int(PERSON))

    middleware = RequestMiddleware(page)
    request = RequestFactory().post("/records/", {"number": PERSON})
    with pytest.raises(ValueError, match=PERSON):
        middleware(request)

    assert PERSON not in json.dumps(logged())


@pytest.mark.parametrize("typed", ["欧阳若川", "260000000123", PERSON])
def test_what_was_searched_for_is_in_no_log_no_cache_and_no_trail(
    logged: Callable[[], list[dict[str, Any]]], client: Client, clerk: User, typed: str
):
    client.force_login(clerk)
    for name in ("candidates:list", "exemptions:list", "graduation:list"):
        assert client.get(reverse(name), {"q": typed}).status_code == 200

    store = cache._cache.get_client(None)  # type: ignore[attr-defined]
    cached = [text for key in store.keys("*") for text in (key, store.get(key))]
    lines = json.dumps(logged(), ensure_ascii=False)
    assert "/candidates/" in lines
    assert typed not in lines
    assert not any(typed.encode() in text for text in cached)
    assert typed not in json.dumps(list(Event.objects.values("note", "details", "capacity")), ensure_ascii=False)

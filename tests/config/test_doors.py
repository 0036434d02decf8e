"""Whatever takes something from a visitor is limited: every open page that answers a POST stands in the table of doors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from records.lookups import limits
from records.lookups.limits import Door, Limit
from records.people import activation, slips
from tests.conftest import SecureClient
from tests.factories import PASSWORD, CandidateFactory, identity_number
from tests.records.proving import proof_of

NUMBER = {"number": "999999999999", "birth_date": "1998-03-14"}
TWICE = {"password": PASSWORD, "repeated": PASSWORD}
DOORS: dict[str, tuple[Door | Limit, dict[str, str]]] = {
    "lookup": (limits.LOOKUP, {"name": "林疏桐", "kind": "resident", "number": identity_number(1)}),
    "scores-lookup": (limits.SCORES, {"ticket": "999999999999", "number": identity_number(1)}),
    "sign-in": (limits.SIGN_IN, {"number": "999999999999", "password": "x"}),
    "first-sign-in": (limits.FIRST_SIGN_IN, NUMBER),
    "forgotten": (limits.FORGOTTEN, NUMBER),
    "slip": (limits.SLIP, NUMBER | TWICE | {"code": slips.new_code()}),
    "first-sign-in-code": (limits.CODE_TRIES, TWICE | {"code": "000000"}),
    "forgotten-code": (limits.CODE_TRIES, TWICE | {"code": "000000"}),
    "verify": (limits.VERIFY, {"name": "林疏桐", "number": "2026000000001"}),
}
"""The address, its limits, and a form that gets as far as them."""
ELSEWHERE = {
    "theme": "a cookie of the visitor's own",
    "sign-out": "ends the visitor's own session",
    "kiosk": "a terminal that an office has set up, with limits by terminal and by person",
    "kiosk-setup": "limits by source and altogether",
    "verify-file": "the door of the form beside it",
    "sms-inbound": "a gateway that signs what it sends",
}
"""What has no door of its own, and why."""
NOT_FOR_VISITORS = ("sign-in-", "api-")
"""What the right password, or a key of the office, has opened before."""
PROVEN = {"lookup", "scores-lookup", "first-sign-in", "forgotten", "slip", "verify"}


def patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield f"{space}{each.name or each.pattern}", each
        else:
            yield from patterns(each, f"{space}{each.namespace}:" if each.namespace else space)


def open_to_a_post() -> set[str]:
    """The open pages that take a POST and need no password and no key before."""
    found = set()
    for name, pattern in patterns(get_resolver()):
        if getattr(pattern.callback, "login_required", True) or pattern.pattern.converters or name.startswith(NOT_FOR_VISITORS):
            continue
        if SecureClient().post(reverse(name), {}).status_code != 405:
            found.add(name)
    return found


def test_every_open_page_that_takes_a_post_has_a_door(db: None) -> None:
    open_pages = open_to_a_post()

    assert open_pages - set(DOORS) - set(ELSEWHERE) == set()
    assert set(DOORS) <= open_pages


def limits_of(door: Door | Limit) -> list[Limit]:
    return [door] if isinstance(door, Limit) else [door.source, door.person]


@pytest.mark.parametrize("page", sorted(DOORS))
def test_the_door_is_shut_when_either_count_is_full(db: None, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    door, form = DOORS[page]
    CandidateFactory()
    real = limits.take_all
    for shut in limits_of(door):
        browser = SecureClient()
        session = browser.session
        session[activation.FIRST] = session[activation.FORGOTTEN] = "begun"
        session.save()
        fields = form | (proof_of(browser, reverse(page)) if page in PROVEN else {})

        def take_all(counted: Sequence[tuple[Limit, str]], full: Limit = shut) -> None:
            if any(limit == full for limit, _whom in counted):
                raise limits.TooMany(60)
            real(counted)

        monkeypatch.setattr(limits, "take_all", take_all)
        answer: Any = browser.post(reverse(page), fields)
        monkeypatch.setattr(limits, "take_all", real)

        assert (answer.status_code, answer["Retry-After"]) == (429, "60"), shut.name

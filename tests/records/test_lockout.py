"""How often somebody may be wrong: one name from one source, one name from everywhere, and what a locked page tells."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
import time_machine
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.core.cache import cache
from django.urls import reverse

from audit.models import Event
from records.lookups import limits
from records.models import User
from records.people import lockout
from records.people.sign_in_trail import LOCKED, REFUSED
from tests.conftest import SecureClient
from tests.factories import PASSWORD, CandidateFactory, UserFactory, identity_number
from tests.second_factor import current_code, with_factor

SIGN_IN = reverse("sign-in")
NUMBER, TICKET = identity_number(7), "260000000077"
MOST = 10


@pytest.fixture
def somebody(db) -> User:
    candidate = CandidateFactory(number=NUMBER, ticket=TICKET)
    return UserFactory(candidate=candidate, password=PASSWORD)


def try_it(client, number, password="wrong-wrong-wrong"):
    return client.post(SIGN_IN, {"number": number, "password": password})


def wrong(client, number, times):
    return [try_it(client, number).status_code for _ in range(times)]


def test_the_tenth_wrong_password_locks_the_name_and_the_right_one_helps_no_more(client, somebody):
    assert wrong(client, TICKET, MOST) == [200] * (MOST - 1) + [429]
    assert try_it(client, TICKET, PASSWORD).status_code == 429
    assert "_auth_user_id" not in client.session


def test_nine_wrong_passwords_do_not_lock(client, somebody):
    wrong(client, TICKET, MOST - 1)

    assert try_it(client, TICKET, PASSWORD).status_code == 302


def test_the_right_password_takes_the_wrong_ones_back(client, somebody):
    for _ in range(2):
        wrong(client, TICKET, MOST - 1)
        assert try_it(client, TICKET, PASSWORD).status_code == 302
        client.logout()


def test_for_staff_only_the_second_factor_takes_the_wrong_ones_back(client, clerk):
    clerk.set_password(PASSWORD)
    clerk.save()
    with_factor(clerk)
    wrong(client, clerk.username, MOST - 1)
    assert try_it(client, clerk.username, PASSWORD).status_code == 302
    assert client.post(reverse("sign-in-factor"), {"code": current_code(clerk)}).status_code == 302
    client.logout()
    wrong(client, clerk.username, MOST - 1)
    assert try_it(client, clerk.username, PASSWORD).status_code == 302
    client.logout()

    assert wrong(client, clerk.username, 1) == [429]


def test_the_locked_page_says_when_it_ends_and_what_to_do(client, somebody):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False) as clock:
        wrong(client, TICKET, MOST)
        clock.shift(dt.timedelta(minutes=4))
        page = try_it(client, TICKET)

    assert (page.status_code, page["Retry-After"]) == (429, str(11 * 60))
    assert "约11分钟后可以再试" in page.content.decode()
    assert "找本单位负责人" in page.content.decode()


def locks() -> dict[bytes, int]:
    """The counts of the lockout in the cache, with the seconds that each has left."""
    connection = cache._cache.get_client()
    return {key: connection.ttl(key) for key in connection.keys("*axes-*")}


def test_the_lock_ends_by_itself_after_a_quarter_of_an_hour(client, somebody, settings):
    wrong(client, TICKET, MOST)
    (key, left), *others = locks().items()
    assert (0 < left <= settings.AXES_COOLOFF_TIME.total_seconds() == 900, others) == (True, [])
    assert try_it(client, TICKET, PASSWORD).status_code == 429

    cache._cache.get_client().expire(key, 0)

    assert try_it(client, TICKET, PASSWORD).status_code == 302


def test_trying_while_locked_does_not_make_the_lock_longer(client, somebody):
    wrong(client, TICKET, MOST)
    (key,) = locks()
    cache._cache.get_client().expire(key, 300)

    wrong(client, TICKET, 3)

    assert locks()[key] <= 300


def test_a_lock_holds_for_one_source_and_one_name(client, somebody, clerk):
    wrong(client, TICKET, MOST)

    assert try_it(SecureClient(REMOTE_ADDR="203.0.113.9"), TICKET, PASSWORD).status_code == 302
    assert try_it(client, clerk.username).status_code == 200


def test_names_that_nobody_has_are_locked_alike_with_the_same_page(client, somebody):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        known, unknown = wrong(client, TICKET, MOST), wrong(client, "9999999999", MOST)
        pages = [try_it(client, number).content for number in (TICKET, "9999999999")]

    assert known == unknown
    assert pages[0] == pages[1]


def test_one_name_is_limited_from_everywhere(somebody, monkeypatch):
    few = limits.Door(limits.SIGN_IN.source, limits.Limit("sign-in-person", 3, limits.HOUR), limits.SIGN_IN.unproven)
    monkeypatch.setattr(limits, "SIGN_IN", few)
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        statuses = [try_it(SecureClient(REMOTE_ADDR=f"203.0.113.{n}"), TICKET).status_code for n in range(4)]

    assert statuses == [200, 200, 200, 429]


def test_refusals_and_one_lock_stand_in_the_trail_as_nobodys_doing(client, clerk):
    wrong(client, clerk.username, MOST + 2)

    refused, locked = Event.objects.filter(verb=REFUSED), Event.objects.filter(verb=LOCKED)
    assert (refused.count(), locked.count()) == (MOST + 2, 1)
    assert set(refused.values_list("actor", "subject_id", "office_id")) == {(None, clerk.pk, clerk.office_id)}
    assert locked.get().outcome == "denied"


def test_a_refusal_of_nobody_is_about_nobody(client, db):
    wrong(client, "9999999999", 1)

    assert Event.objects.filter(verb=REFUSED).values_list("subject_id", "office_id", "candidate_id").get() == (None, None, None)


def test_what_was_typed_is_kept_nowhere(client, somebody, caplog):
    caplog.set_level(logging.DEBUG)
    wrong(client, NUMBER, MOST + 1)

    connection = cache._cache.get_client()
    keys = b"".join(connection.keys("*"))
    values = b"".join(connection.get(key) or b"" for key in connection.keys("*") if connection.type(key) == b"string")
    written = str(list(Event.objects.values()))
    for place in (caplog.text, keys.decode(errors="replace"), values.decode(errors="replace"), written):
        assert NUMBER not in place
        assert "wrong-wrong-wrong" not in place
    assert "127.0.0.1" not in keys.decode(errors="replace") + written


def test_the_tables_of_the_lockout_stay_empty(client, somebody):
    wrong(client, TICKET, MOST + 1)
    try_it(SecureClient(REMOTE_ADDR="203.0.113.9"), TICKET, PASSWORD)

    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        assert not model.objects.exists()


def test_a_name_is_counted_as_one_however_it_is_typed():
    assert lockout.hashed(" 2041 826 753") == lockout.hashed("２０４１８２６７５３") != lockout.hashed("2041826754")
    assert "2041826753" not in lockout.hashed("2041826753")

"""Looking up a record number without an account (L1): one page for hit and miss, limits, the human check."""

from __future__ import annotations

import datetime as dt
import logging
import re

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from records.lookups import counting, limits
from records.lookups.limits import Limit, TooMany
from records.lookups.proof import VALID_SECONDS, WAIT_SECONDS, Proof, ProofField
from records.models import Candidate, LookupCount
from records.people.encryption import lookup_hash
from tests.factories import CandidateFactory, identity_number
from tests.records.proving import page_fields, proof_of, solved

LOOKUP = reverse("lookup")
NOBODY = identity_number(499, dt.date(1990, 1, 1))
RESULT = re.compile(
    r'<div class="kj-answer">.*?</div>|data-copy="\d*"|nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"', re.S
)


def person(**fields) -> Candidate:
    return CandidateFactory(name="林疏桐", number=identity_number(7), **fields)


def asked(client, *, name="林疏桐", number=None, **fields):
    given = {"name": name, "kind": "resident", "number": number or identity_number(7), **proof_of(client, LOOKUP)}
    return client.post(LOOKUP, given | fields)


def answer(response) -> str:
    found = re.search(r"<output[^>]*>(.*?)</output>", response.content.decode(), re.S)
    return re.sub(r"<[^>]*>", "", found[1])


def test_name_and_identity_number_give_the_record_number(client, db):
    person(record_number="2041826753")

    response = asked(client)

    assert response.status_code == 200
    assert answer(response) == "2041826753"
    assert 'data-copy="2041826753"' in response.content.decode()


def test_the_registration_number_comes_only_for_the_ticked_box(client, db):
    person(record_number="2041826753", registration_number="9123456789")

    assert "9123456789" not in asked(client).content.decode()
    assert answer(asked(client, wants_registration="on")) == "9123456789"
    assert "checked" not in client.get(LOOKUP).content.decode()


def test_who_has_no_record_yet_is_told_so_and_pointed_to_the_registration_number(client, db):
    person(registration_number="9123456789")

    response = asked(client)

    assert answer(response) == "尚未建立考籍"
    assert "现在可以改查报名号" in response.content.decode()
    assert "9123456789" not in response.content.decode()


@pytest.mark.parametrize("name", ["阿依努尔·买买提", "阿依努尔•买买提", "阿依努尔 · 买买提", "阿依努尔．买买提"])
def test_the_dot_of_a_name_may_be_typed_in_any_way(client, db, name):
    CandidateFactory(name="阿依努尔·买买提", number=identity_number(7), record_number="2041826753")

    assert answer(asked(client, name=name)) == "2041826753"


@pytest.mark.parametrize("number", [identity_number(7).lower(), f" {identity_number(7)} "])
def test_the_identity_number_may_be_typed_in_small_letters_and_with_blanks(client, db, number):
    person(record_number="2041826753")

    assert answer(asked(client, number=number)) == "2041826753"


@pytest.mark.parametrize(("name", "number"), [("林疏", identity_number(7)), ("林疏桐", NOBODY), ("沈砚秋", NOBODY)])
def test_another_name_or_another_number_finds_nothing(client, db, name, number):
    person(record_number="2041826753")

    response = asked(client, name=name, number=number)

    assert answer(response) == "没有查到"
    assert "2041826753" not in response.content.decode()


def test_hit_and_miss_differ_in_the_result_alone(client, db):
    person(record_number="2041826753")

    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        hit = asked(client)
        Candidate.objects.update(name="沈砚秋")
        miss = asked(client)

    assert hit.status_code == miss.status_code == 200
    assert hit.request["PATH_INFO"] == miss.request["PATH_INFO"]
    assert headers_of(hit) == headers_of(miss)
    assert RESULT.sub("", hit.content.decode()) == RESULT.sub("", miss.content.decode())
    assert hit.content != miss.content


def headers_of(response) -> dict[str, str]:
    """Without what differs by chance (the policy's nonce) or by the length of the answer itself."""
    headers = {name: re.sub(r"'nonce-[^']*'", "", value) for name, value in response.items()}
    return {name: value for name, value in headers.items() if name != "Content-Length"}


def test_hit_and_miss_cost_the_same_statements_and_hashes(client, db, monkeypatch):
    person(record_number="2041826753")
    hashes = []
    monkeypatch.setattr("records.lookups.record_number.lookup_hash", lambda *args: hashes.append(1) or lookup_hash(*args))

    def cost(**given) -> tuple[int, int]:
        hashes.clear()
        ready = proof_of(client, LOOKUP)
        with CaptureQueriesContext(connection) as statements:
            client.post(LOOKUP, {"name": "林疏桐", "kind": "resident", "number": identity_number(7), **ready, **given})
        return len(statements), len(hashes)

    hit = cost()

    assert hit == (1, 1)
    assert cost(name="沈砚秋") == hit
    assert cost(number=NOBODY) == hit


def test_nothing_of_the_person_stands_in_the_address_the_session_or_the_logs(client, db, caplog):
    person(record_number="2041826753")
    caplog.set_level(logging.DEBUG)

    response = asked(client)

    assert response.request["PATH_INFO"] == LOOKUP
    assert not response.request["QUERY_STRING"]
    assert not Session.objects.exists()
    assert "sessionid" not in response.cookies
    for word in (identity_number(7), "林疏桐", "2041826753"):
        assert word not in caplog.text
    assert identity_number(7) not in response.content.decode()


def test_an_answer_is_kept_in_no_cache(client, db):
    person(record_number="2041826753")

    assert "no-store" in asked(client)["Cache-Control"]


def test_a_number_of_the_wrong_shape_is_said_at_its_field_and_nothing_typed_is_lost(client, db):
    response = asked(client, number="11010120000309123")

    page = response.content.decode()
    assert response.status_code == 200
    assert "居民身份证号码应为 18 位" in page
    assert 'value="林疏桐"' in page
    assert "kj-answer" not in page


def test_look_ups_are_counted_by_day_and_recorded_for_nobody(client, db):
    person(record_number="2041826753")
    asked(client)
    asked(client, name="沈砚秋")

    counting.collect()
    asked(client)
    counting.collect()
    counting.collect()

    assert list(LookupCount.objects.values_list("channel", "day", "count")) == [("L1", timezone.localdate(), 3)]


def test_a_person_may_be_looked_up_ten_times_an_hour_and_whether_found_does_not_matter(client, db):
    most = limits.LOOKUP.person.count

    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        statuses = [asked(client, number=NOBODY).status_code for _ in range(most)]
        refused = asked(client, number=NOBODY)
        other = asked(client)

    assert statuses == [200] * most
    assert refused.status_code == 429
    assert refused["Retry-After"] == "3600"
    assert "约60分钟后可以再试" in refused.content.decode()
    assert "no-store" in refused["Cache-Control"]
    assert other.status_code == 200


def test_the_count_of_a_person_ends_with_the_hour(client, db):
    with time_machine.travel("2026-11-23 09:59:59+08:00", tick=False) as clock:
        for _ in range(limits.LOOKUP.person.count + 1):
            last = asked(client, number=NOBODY)
        clock.shift(1)
        after = asked(client, number=NOBODY)

    assert (last.status_code, last["Retry-After"]) == (429, "1")
    assert after.status_code == 200


def test_a_source_without_proof_of_work_has_a_lower_limit(client, db):
    unproven, proven = limits.LOOKUP.unproven.count, limits.LOOKUP.source.count
    assert unproven < proven

    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        for n in range(unproven):
            limits.pass_through(limits.LOOKUP, "192.0.2.1", str(n), is_proven=False)
        with pytest.raises(TooMany):
            limits.pass_through(limits.LOOKUP, "192.0.2.1", "one more", is_proven=False)
        limits.pass_through(limits.LOOKUP, "192.0.2.1", "with proof", is_proven=True)
        limits.pass_through(limits.LOOKUP, "192.0.2.2", "elsewhere", is_proven=False)


def test_limits_keep_no_number_and_no_address_in_the_cache(db):
    keys = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "raised", lambda counts: [keys.append(key) or 1 for key in counts])
        limits.take(Limit("any", 5, 60), "resident:110101")
        limits.take(Limit("any", 5, 60), "192.0.2.1")

    assert len(keys) == 2
    assert not [key for key in keys if "110101" in key or "192.0.2.1" in key]


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "source"),
    [
        (0, "192.0.2.1", "", "192.0.2.1"),
        (0, "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (1, "10.0.0.1", "198.51.100.7", "198.51.100.7"),
        (1, "10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (1, "10.0.0.1", "not an address", "unknown"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "2001:db8:1:2:ffff::1", "", "2001:db8:1:2::/64"),
        (0, "", "", "unknown"),
    ],
)
def test_the_source_is_the_address_before_our_own_proxies(settings, proxies, remote, forwarded, source):
    settings.PROXIES = proxies
    request = RequestFactory(REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded).get("/")

    assert limits.source_of(request) == source


def field_page() -> tuple[dict[str, object], str]:
    return page_fields(ProofField().widget.render("proof", None))


def cleaned(payload: str, stamp: str) -> Proof | str:
    """The verdict of the human check: how it was passed, or the code of the refusal."""
    try:
        return ProofField().clean((payload, stamp))
    except ValidationError as error:
        return error.code


def test_a_solved_challenge_passes_once(db):
    challenge, _stamp = field_page()
    payload = solved(challenge)

    assert cleaned(payload, "") is Proof.COMPUTED
    assert cleaned(payload, "") == "stale"


def test_a_challenge_is_over_after_an_hour():
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False) as clock:
        challenge, _stamp = field_page()
        clock.shift(VALID_SECONDS + 1)

        assert cleaned(solved(challenge), "") == "stale"


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        (WAIT_SECONDS - 1, "too-soon"),
        (WAIT_SECONDS, Proof.WAITED),
        (VALID_SECONDS, Proof.WAITED),
        (VALID_SECONDS + 1, "stale"),
    ],
)
def test_without_script_the_page_must_have_been_open_for_some_seconds(seconds, verdict):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False) as clock:
        _challenge, stamp = field_page()
        clock.shift(seconds)

        assert cleaned("", stamp) == verdict


def test_a_wait_counts_once():
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False) as clock:
        _challenge, stamp = field_page()
        clock.shift(60)

        assert cleaned("", stamp) is Proof.WAITED
        assert cleaned("", stamp) == "stale"


@pytest.mark.parametrize("payload", ["x", "e30=", "W10=", "MQ==", "bnVsbA==", "eyJjaGFsbGVuZ2UiOiAxfQ==", "é", "A" * 3000])
def test_a_made_up_answer_does_not_pass(payload):
    assert cleaned(payload, "") == "stale"
    assert cleaned(payload, "made-up:stamp") == "stale"


def test_a_challenge_of_somebody_else_does_not_pass(settings):
    challenge, _stamp = field_page()
    settings.ALTCHA_HMAC_KEY = "another key"

    assert cleaned(solved(challenge), "") == "stale"


def test_every_page_has_a_challenge_of_its_own(client, db):
    pages = [client.get(LOOKUP).content.decode() for _ in range(2)]

    assert page_fields(pages[0])[0]["challenge"] != page_fields(pages[1])[0]["challenge"]
    assert page_fields(pages[0])[1] != page_fields(pages[1])[1]

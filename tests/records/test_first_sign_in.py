"""The first sign-in: what number and date of birth open, the code to the phone, the account that comes of it."""

from __future__ import annotations

import json
import logging
import re

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from records.lookups import limits
from records.models import Candidate, OutgoingMessage, User
from records.people import activation, codes
from tests.conftest import SecureClient
from tests.factories import PASSWORD, CandidateFactory, UserFactory
from tests.records.proving import proof_of

FIRST, CODE, SPACE = reverse("first-sign-in"), reverse("first-sign-in-code"), reverse("space")
BY_CHANCE = re.compile(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture
def woken(monkeypatch) -> list[str]:
    """The keys under which a task was sent, in place of the broker."""
    keys: list[str] = []
    monkeypatch.setattr(activation.current_app, "send_task", lambda name, args: keys.append(args[0]))
    return keys


@pytest.fixture
def newcomer(db, woken) -> Candidate:
    return CandidateFactory(name="林疏桐", record_number="2041826753")


def started(client, candidate, *, number=None, birth_date=None):
    given = {
        "number": number or candidate.ticket_number,
        "birth_date": f"{birth_date or candidate.birth_date:%Y-%m-%d}",
        **proof_of(client, FIRST),
    }
    return client.post(FIRST, given)


def code_sent(woken) -> str:
    """What the task would send now: the code of the latest message."""
    activation.send_code(woken[-1])
    return re.search(r"\d{6}", OutgoingMessage.objects.latest("pk").text)[0]


def finished(client, code, password=PASSWORD, repeated=None):
    return client.post(CODE, {"code": code, "password": password, "repeated": repeated or password})


def test_number_and_birth_date_then_code_and_password_open_the_account_and_the_space(client, newcomer, woken):
    assert started(client, newcomer).url == CODE
    assert not User.objects.exists()

    response = finished(client, code_sent(woken))

    assert (response.status_code, response.url) == (302, SPACE)
    account = User.objects.get()
    assert (account.candidate, account.has_usable_password()) == (newcomer, True)
    assert account.check_password(PASSWORD)
    assert client.get(SPACE).status_code == 200


@pytest.mark.parametrize("kind", ["record_number", "ticket_number", "identity_number"])
def test_any_own_number_starts_it(client, newcomer, woken, kind):
    started(client, newcomer, number=getattr(newcomer, kind))

    assert cache.get(woken[-1])["candidate"] == newcomer.pk


def test_the_account_signs_in_with_the_new_password_afterwards(client, newcomer, woken):
    started(client, newcomer)
    finished(client, code_sent(woken))
    client.logout()

    response = client.post(reverse("sign-in"), {"number": newcomer.record_number, "password": PASSWORD})

    assert response.url == SPACE


def test_the_code_goes_to_the_registered_phone_and_to_no_other(client, newcomer, woken):
    started(client, newcomer)
    activation.send_code(woken[-1])

    message = OutgoingMessage.objects.get()
    assert (message.to, message.kind, message.passing) == (newcomer.phone, "sms", True)
    for word in (newcomer.name, newcomer.record_number, newcomer.ticket_number, newcomer.identity_number, "1998"):
        assert word not in message.text


def test_number_and_birth_date_open_no_other_page(client, newcomer, woken):
    started(client, newcomer)

    for name in ("space", "passed-courses", "applications", "reads"):
        assert client.get(reverse(name)).url.startswith(reverse("sign-in"))
    assert "_auth_user_id" not in client.session


def test_the_page_of_the_code_is_closed_to_who_has_not_started(client, db):
    assert client.get(CODE).url == FIRST
    assert finished(client, "123456").url == FIRST


def wrong_starts(candidate):
    return {
        "another date": {"birth_date": candidate.birth_date.replace(year=1997)},
        "an unknown number": {"number": "9999999999"},
    }


@pytest.mark.parametrize("which", ["another date", "an unknown number"])
def test_who_does_not_exist_gets_the_same_answers_and_no_message(client, newcomer, woken, which):
    right, wrong = SecureClient(), SecureClient()
    answers = started(right, newcomer), started(wrong, newcomer, **wrong_starts(newcomer)[which])
    for key in woken:
        activation.send_code(key)

    assert len(woken) == 2
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, CODE)] * 2
    assert sorted(answers[0].headers) == sorted(answers[1].headers)
    pages = [BY_CHANCE.sub("", browser.get(CODE).content.decode()) for browser in (right, wrong)]
    assert pages[0] == pages[1]
    tried = [finished(browser, "000000") for browser in (right, wrong)]
    assert BY_CHANCE.sub("", tried[0].content.decode()) == BY_CHANCE.sub("", tried[1].content.decode())
    assert OutgoingMessage.objects.count() == 1
    assert newcomer.phone[-4:] not in pages[0]


@pytest.mark.parametrize("which", ["another date", "an unknown number"])
def test_starting_costs_the_same_whether_somebody_is_found_or_not(client, newcomer, woken, which):
    def cost(**given) -> int:
        browser = SecureClient()
        ready = proof_of(browser, FIRST)
        fields = {"number": newcomer.ticket_number, "birth_date": f"{newcomer.birth_date}", **ready, **given}
        with CaptureQueriesContext(connection) as statements:
            assert browser.post(FIRST, {name: str(value) for name, value in fields.items()}).status_code == 302
        return len(statements)

    assert cost() == cost(**wrong_starts(newcomer)[which])
    assert len(woken) == 2


def next_to(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.parametrize("written", ["12345", "1234567", "abcdef", "", "１２３４５"])
def test_what_is_no_code_opens_nothing(client, newcomer, woken, written):
    started(client, newcomer)
    code_sent(woken)

    assert finished(client, written).status_code == 200
    assert not User.objects.exists()


def test_a_wrong_code_opens_nothing(client, newcomer, woken):
    started(client, newcomer)

    response = finished(client, next_to(code_sent(woken)))

    assert response.context["form"].errors["code"] == ["验证码不对，或者已经过期"]
    assert not User.objects.exists()


def test_a_code_may_be_typed_with_blanks_and_full_width(client, newcomer, woken):
    started(client, newcomer)
    code = code_sent(woken)

    assert (
        finished(client, f" {code[:3]} {code[3:]}".translate(str.maketrans("0123456789", "０１２３４５６７８９"))).status_code
        == 302
    )


def test_after_five_wrong_codes_even_the_right_one_is_worth_nothing(client, newcomer, woken):
    started(client, newcomer)
    code = code_sent(woken)
    wrong = next_to(code)

    statuses = [finished(client, wrong).status_code for _ in range(codes.MOST_TRIES)]
    last = finished(client, code)

    assert statuses == [200] * codes.MOST_TRIES
    assert last.url == FIRST
    assert not User.objects.exists()
    assert client.get(CODE).url == FIRST


def test_the_fifth_try_may_still_be_the_right_one(client, newcomer, woken):
    started(client, newcomer)
    code = code_sent(woken)
    for _ in range(codes.MOST_TRIES - 1):
        finished(client, next_to(code))

    assert finished(client, code).url == SPACE


def test_tries_are_counted_for_the_code_and_not_for_the_browser(client, newcomer, woken):
    started(client, newcomer)
    code = code_sent(woken)
    copies = [SecureClient() for _ in range(codes.MOST_TRIES + 1)]
    for copy in copies:
        copy.cookies = client.cookies
        finished(copy, next_to(code))

    assert finished(client, code).url == FIRST
    assert not User.objects.exists()


def test_a_code_is_good_in_the_session_that_asked_for_it_alone(client, newcomer, woken):
    started(client, newcomer)
    code = code_sent(woken)
    other = SecureClient()
    started(other, newcomer)

    assert finished(other, code).status_code == 200
    assert not User.objects.exists()


def test_a_code_is_over_after_ten_minutes(client, newcomer, woken):
    started(client, newcomer)
    code = code_sent(woken)
    assert 0 < remaining(woken[-1]) <= codes.VALID_SECONDS

    cache.delete(woken[-1])

    assert finished(client, code).status_code == 200
    assert not User.objects.exists()


def remaining(key: str) -> int:
    """Seconds that the cache still keeps ``key``."""
    client = cache._cache.get_client(None)
    return int(client.ttl(cache.make_and_validate_key(key)))


def test_the_code_lies_nowhere_in_the_clear(client, newcomer, woken):
    started(client, newcomer)
    code = code_sent(woken)

    assert code not in json.dumps(cache.get(woken[-1]))
    assert code not in str(dict(client.session))
    assert client.session["first-sign-in"] not in woken[-1]


def test_no_number_and_no_date_stands_in_session_cache_address_or_log(client, newcomer, woken, caplog):
    caplog.set_level(logging.DEBUG)

    response = started(client, newcomer, number=newcomer.identity_number)
    finished(client, code_sent(woken))

    seen = f"{dict(client.session)} {response.url} {caplog.text}"
    for word in (newcomer.identity_number, newcomer.ticket_number, newcomer.phone, "1998-03-14", "19980314", PASSWORD):
        assert word not in seen


def test_a_task_that_runs_twice_sends_one_code(client, newcomer, woken):
    started(client, newcomer)
    code = code_sent(woken)

    activation.send_code(woken[-1])

    assert OutgoingMessage.objects.count() == 1
    assert finished(client, code).url == SPACE


def test_without_a_registered_phone_nothing_is_sent_and_the_page_says_where_to_go(client, newcomer, woken):
    Candidate.objects.update(phone="", phone_mask="", phone_hash=None)

    started(client, newcomer)
    activation.send_code(woken[-1])

    assert not OutgoingMessage.objects.exists()
    assert "由柜台办理启用" in client.get(CODE).content.decode()


def test_who_has_an_account_is_told_by_phone_and_the_account_stays_as_it_is(client, newcomer, woken):
    account = UserFactory(candidate=newcomer, password="the-password-of-before")

    assert started(client, newcomer).url == CODE
    activation.send_code(woken[-1])

    message = OutgoingMessage.objects.get()
    assert "早已启用" in message.text
    assert not re.search(r"\d{6}", message.text)
    account.refresh_from_db()
    assert account.check_password("the-password-of-before")


def test_two_first_sign_ins_at_once_make_one_account(newcomer, woken):
    one, other = SecureClient(), SecureClient()
    codes = []
    for browser in (one, other):
        started(browser, newcomer)
        codes.append(code_sent(woken))

    answers = [
        finished(browser, code, f"{PASSWORD}-{n}") for n, (browser, code) in enumerate(zip((one, other), codes, strict=True))
    ]

    assert [answer.url for answer in answers] == [SPACE, FIRST]
    assert User.objects.get().check_password(f"{PASSWORD}-0")


@pytest.mark.parametrize(
    "password",
    ["short-1", "1234567890", "password123", "A19980314-xyz", "2041826753-x", "my-13900000099-no"],
)
def test_a_password_that_others_can_guess_is_refused(client, newcomer, woken, password):
    Candidate.objects.update(phone="13900000099")
    started(client, newcomer)

    response = finished(client, code_sent(woken), password)

    assert response.status_code == 200
    assert response.context["form"].errors["password"]
    assert not User.objects.exists()


def test_after_a_refused_password_the_same_code_still_opens(client, newcomer, woken):
    started(client, newcomer)
    code = code_sent(woken)
    finished(client, code, "A19980314-xyz")

    assert finished(client, code).url == SPACE


def test_the_two_passwords_must_be_the_same(client, newcomer, woken):
    started(client, newcomer)

    response = finished(client, code_sent(woken), PASSWORD, "something-else-1")

    assert response.context["form"].errors["repeated"] == ["两次输入的密码不一样"]
    assert not User.objects.exists()


def test_one_phone_gets_five_codes_a_day_at_most(client, newcomer, woken):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        for n in range(limits.CODES.count + 1):
            activation.begin(activation.FIRST, newcomer.ticket_number, newcomer.birth_date)
            activation.send_code(woken[n])

    assert OutgoingMessage.objects.count() == limits.CODES.count


def test_one_number_starts_five_times_an_hour_at_most_and_unknown_ones_too(client, newcomer, woken):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        for number in (newcomer.ticket_number, "9999999999"):
            statuses = [
                started(client, newcomer, number=number).status_code for _ in range(limits.FIRST_SIGN_IN.person.count + 1)
            ]
            assert statuses == [302] * limits.FIRST_SIGN_IN.person.count + [429]


@pytest.mark.parametrize("typed", ["1998-03-14", "19980314", "1998/03/14"])
def test_the_date_may_be_written_in_three_ways(client, newcomer, woken, typed):
    client.post(FIRST, {"number": newcomer.ticket_number, "birth_date": typed, **proof_of(client, FIRST)})

    assert cache.get(woken[-1])["candidate"] == newcomer.pk


def test_a_worker_sends_the_code_and_wipes_it(client, transactional_db, worker):
    candidate = CandidateFactory()

    started(client, candidate)
    worker.finish()

    message = OutgoingMessage.objects.get()
    assert (message.to, message.state, message.text) == (candidate.phone, "sent", "")

"""Signing in: staff by login name, candidates by ticket, record or identity number; sessions, limits, signing out."""

from __future__ import annotations

import logging
import re

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from records.lookups import limits
from records.models import Ticket, User
from records.people import backends
from records.people.finding import NOBODY, candidate_id_of
from records.people.identity import DocumentKind
from tests.conftest import SecureClient
from tests.factories import PASSWORD, CandidateFactory, UserFactory, identity_number
from tests.second_factor import current_code, with_factor

SIGN_IN, SIGN_OUT, SPACE = reverse("sign-in"), reverse("sign-out"), reverse("space")
NUMBERS = {"record": "2041826753", "ticket": "260000000077", "former": "190000000001", "identity": identity_number(7)}
BY_CHANCE = re.compile(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture
def somebody(db) -> User:
    """A candidate with an account and one number of every kind."""
    candidate = CandidateFactory(number=NUMBERS["identity"], record_number=NUMBERS["record"], ticket=NUMBERS["ticket"])
    Ticket.objects.create(candidate=candidate, number=NUMBERS["former"], is_current=False, issued_on="2019-01-01")
    return UserFactory(username="candidate-1", candidate=candidate, password=PASSWORD)


@pytest.fixture
def member(clerk) -> User:
    clerk.set_password(PASSWORD)
    clerk.save()
    return clerk


def signed_in(client) -> str | None:
    return client.session.get("_auth_user_id")


def try_it(client, number, password=PASSWORD, **fields):
    return client.post(SIGN_IN, {"number": number, "password": password, **fields})


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_candidate_signs_in_with_any_own_number_and_comes_to_the_space(client, somebody, kind):
    response = try_it(client, NUMBERS[kind])

    assert (response.status_code, response.url) == (302, SPACE)
    assert signed_in(client) == str(somebody.pk)


@pytest.mark.parametrize("typed", [" 2041 826 753", "２０４１８２６７５３", "2041826753\u200b"])
def test_blanks_and_full_width_digits_do_not_matter(client, somebody, typed):
    assert try_it(client, typed).status_code == 302


def test_a_15_digit_identity_number_finds_the_upgraded_one(db):
    old = "199999980314014"
    candidate = CandidateFactory(number="199999199803140147")

    assert candidate_id_of(old) == candidate.pk


def test_a_member_of_staff_signs_in_with_the_login_name_and_a_code_and_comes_to_the_desk(client, member):
    with_factor(member)

    response = try_it(client, member.username)
    assert (response.status_code, response.url) == (302, reverse("sign-in-factor"))
    assert signed_in(client) is None

    response = client.post(response.url, {"code": current_code(member)})
    assert (response.status_code, response.url) == (302, reverse("desk"))
    assert signed_in(client) == str(member.pk)


def test_an_account_of_a_candidate_has_no_login_name(client, somebody):
    assert try_it(client, somebody.username).status_code == 200
    assert signed_in(client) is None


def test_a_login_name_goes_before_a_number(client, somebody, member):
    User.objects.filter(pk=member.pk).update(username=NUMBERS["record"])

    assert backends.account_of(NUMBERS["record"]) == member


def test_an_issued_number_goes_before_an_identity_number(db):
    issued = CandidateFactory(record_number="1234567890")
    CandidateFactory(document_kind=DocumentKind.TW_PERMIT, number="1234567890")

    assert candidate_id_of("1234567890") == issued.pk


def test_an_identity_number_that_two_people_have_by_different_documents_finds_nobody(db):
    CandidateFactory(document_kind=DocumentKind.TW_PERMIT, number="12345678")
    CandidateFactory(document_kind=DocumentKind.PASSPORT, number="12345678")

    assert candidate_id_of("12345678") == NOBODY


@pytest.mark.parametrize("password", ["", "wrong-wrong-wrong", PASSWORD + " ", PASSWORD.upper()])
def test_another_password_does_not_open(client, somebody, password):
    assert try_it(client, NUMBERS["record"], password).status_code == 200
    assert signed_in(client) is None


def test_the_date_of_birth_never_is_a_password(client, somebody):
    for form in ("%Y%m%d", "%Y-%m-%d", "%y%m%d"):
        try_it(client, NUMBERS["record"], somebody.candidate.birth_date.strftime(form))

    assert signed_in(client) is None


def test_a_blocked_account_does_not_open(client, somebody):
    User.objects.update(is_active=False)

    try_it(client, NUMBERS["record"])

    assert signed_in(client) is None


def test_a_candidate_without_an_account_does_not_get_in(client, db):
    candidate = CandidateFactory()

    try_it(client, candidate.ticket_number, f"{candidate.birth_date:%Y%m%d}")

    assert signed_in(client) is None
    assert not User.objects.exists()


def test_wrong_numbers_and_wrong_passwords_get_the_same_page(client, somebody):
    numbers = (NUMBERS["record"], "9999999999", "no-one")
    pages = [try_it(client, number, "wrong-wrong-wrong") for number in numbers]

    assert {page.status_code for page in pages} == {200}
    shown = [page.content.decode().replace(number, "") for page, number in zip(pages, numbers, strict=True)]
    assert len({BY_CHANCE.sub("", page) for page in shown}) == 1


def test_known_and_unknown_numbers_cost_the_same_statements_and_one_password_hash(db, somebody, member, monkeypatch):
    hashes = []
    counted = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: hashes.append("check") or counted(self, raw))
    make = backends.make_password
    monkeypatch.setattr(backends, "make_password", lambda raw: hashes.append("make") or make(raw))

    def cost(number: str) -> tuple[int, int]:
        hashes.clear()
        with CaptureQueriesContext(connection) as statements:
            assert authenticate(RequestFactory().post(SIGN_IN), username=number, password="wrong-wrong-wrong") is None
        return len(statements), len(hashes)

    costs = {number: cost(number) for number in (*NUMBERS.values(), member.username, "9999999999", "no-one", "\x00")}
    assert set(costs.values()) == {(2, 1)}


def test_the_session_changes_its_key_with_the_person(client, somebody):
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = client.session.session_key

    try_it(client, NUMBERS["record"])

    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_session_holds_no_number_and_no_name(client, somebody):
    try_it(client, NUMBERS["identity"])
    client.get(SPACE)

    kept = str(dict(client.session))
    for word in (*NUMBERS.values(), somebody.candidate.name, somebody.candidate.phone, "1998"):
        assert word not in kept


def test_no_number_and_no_password_is_written_to_the_logs(client, somebody, caplog):
    caplog.set_level(logging.DEBUG)

    try_it(client, NUMBERS["identity"], "wrong-wrong-wrong")
    try_it(client, NUMBERS["identity"])

    for word in (NUMBERS["identity"], "wrong-wrong-wrong", PASSWORD):
        assert word not in caplog.text


def test_a_person_gets_to_where_the_person_was_going(client, somebody):
    asked = reverse("passed-courses")
    sent = client.get(asked)
    assert (sent.status_code, sent.url) == (302, f"{SIGN_IN}?next={asked}")
    assert f'name="next" value="{asked}"' in client.get(sent.url).content.decode()

    assert try_it(client, NUMBERS["record"], next=asked).url == asked


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "\\\\elsewhere"]
)
def test_nobody_is_sent_to_another_site(client, somebody, elsewhere):
    assert client.get(SIGN_IN, {"next": elsewhere}).context["next"] == ""
    assert try_it(client, NUMBERS["record"], next=elsewhere).url == SPACE


def test_who_is_signed_in_does_not_see_the_form_again(client, somebody):
    client.force_login(somebody)

    assert client.get(SIGN_IN).url == SPACE


def test_a_source_that_tries_many_numbers_is_stopped(client, db, monkeypatch):
    few = limits.Door(limits.Limit("sign-in", 3, 60), limits.SIGN_IN.person, limits.SIGN_IN.unproven)
    monkeypatch.setattr(limits, "SIGN_IN", few)

    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        statuses = [try_it(client, f"999999999{n}").status_code for n in range(4)]

    assert statuses == [200, 200, 200, 429]


def test_signing_out_takes_a_post_and_ends_the_session(client, somebody):
    client.force_login(somebody)
    assert client.get(SIGN_OUT).status_code == 405
    assert signed_in(client) == str(somebody.pk)

    response = client.post(SIGN_OUT, follow=True)

    assert signed_in(client) is None
    assert response.redirect_chain[-1][0] == reverse("home")
    assert "已经退出" in response.content.decode()
    assert client.get(SPACE).status_code == 302


def test_a_session_left_alone_ends(client, somebody, settings):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False) as clock:
        try_it(client, NUMBERS["record"])
        assert client.get(SPACE).status_code == 200
        clock.shift(settings.SESSION_IDLE_SECONDS)
        assert client.get(SPACE).status_code == 200
        clock.shift(settings.SESSION_IDLE_SECONDS + 1)
        response = client.get(SPACE, follow=True)

    assert signed_in(client) is None
    assert response.redirect_chain[-1][0].startswith(SIGN_IN)
    assert "很久没有操作" in response.content.decode()


def test_a_sign_in_without_the_forms_token_is_refused(db, somebody):
    strict = SecureClient(enforce_csrf_checks=True)

    assert try_it(strict, NUMBERS["record"]).status_code == 403

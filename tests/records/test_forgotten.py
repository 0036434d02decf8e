"""A forgotten password: number and date of birth, a code to the registered phone or mail address, a new password."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from audit.models import Event
from records.lookups import limits
from records.models import Candidate, OutgoingMessage, SignedSession, User
from records.people import activation, codes
from records.people.sign_in_trail import PASSWORD as CHANGED
from tests.conftest import SecureClient
from tests.factories import PASSWORD, CandidateFactory, MunicipalityFactory, UserFactory
from tests.records.proving import proof_of

START, CODE, SPACE = reverse("forgotten"), reverse("forgotten-code"), reverse("space")
OLD, NEW = "the-password-of-before", PASSWORD


@pytest.fixture
def woken(monkeypatch) -> list[str]:
    """The keys under which a task was sent, in place of the broker."""
    keys: list[str] = []
    monkeypatch.setattr(activation.current_app, "send_task", lambda name, args: keys.append(args[0]))
    return keys


@pytest.fixture
def candidate(db, woken) -> Candidate:
    return CandidateFactory(record_number="2041826753")


@pytest.fixture
def account(candidate) -> User:
    return UserFactory(candidate=candidate, password=OLD)


def started(client, candidate, number=None):
    given = {"number": number or candidate.ticket_number, "birth_date": f"{candidate.birth_date}", **proof_of(client, START)}
    return client.post(START, given)


def code_sent(woken) -> str:
    activation.send_code(woken[-1])
    return re.search(r"\d{6}", OutgoingMessage.objects.latest("pk").text)[0]


def finished(client, code, password=NEW):
    return client.post(CODE, {"code": code, "password": password, "repeated": password})


def signed_in(number, password):
    browser = SecureClient()
    browser.post(reverse("sign-in"), {"number": number, "password": password})
    return browser


def test_the_sign_in_page_leads_there(client, db):
    assert f'href="{START}"' in client.get(reverse("sign-in")).content.decode()


def test_a_code_gives_a_new_password_and_the_space(client, account, candidate, woken):
    assert started(client, candidate).url == CODE

    assert finished(client, code_sent(woken)).url == SPACE

    account.refresh_from_db()
    assert account.check_password(NEW)
    assert client.get(SPACE).status_code == 200


def test_every_session_of_before_ends(client, account, candidate, woken):
    elsewhere = signed_in(candidate.ticket_number, OLD)
    assert elsewhere.get(SPACE).status_code == 200
    started(client, candidate)

    finished(client, code_sent(woken))

    assert elsewhere.get(SPACE).status_code == 302
    assert SignedSession.objects.filter(person=account, ended_at__isnull=True).count() == 1
    assert SPACE not in signed_in(candidate.ticket_number, OLD).get(SPACE).content.decode()


def test_the_phone_is_told_and_the_trail_knows(client, account, candidate, woken):
    started(client, candidate)
    finished(client, code_sent(woken))

    told = OutgoingMessage.objects.latest("pk")
    assert (told.to, told.passing) == (candidate.phone, False)
    assert "刚刚更换" in told.text
    event = Event.objects.get(verb=CHANGED)
    assert (event.candidate_id, event.details) == (candidate.pk, {"factor": "code"})


def test_without_a_phone_the_code_goes_to_the_mail_address(client, account, candidate, woken):
    Candidate.objects.update(phone="", phone_mask="", phone_hash=None, email="lin@example.org", email_mask="l***@example.org")
    started(client, candidate)

    assert finished(client, code_sent(woken)).url == SPACE
    assert set(OutgoingMessage.objects.values_list("kind", flat=True)) == {"mail"}
    assert {message.to for message in OutgoingMessage.objects.all()} == {"lin@example.org"}


def test_with_neither_nothing_is_sent_and_the_answer_is_the_same(client, account, candidate, woken):
    Candidate.objects.update(phone="", phone_mask="", phone_hash=None)

    assert started(client, candidate).url == CODE
    activation.send_code(woken[-1])

    assert not OutgoingMessage.objects.exists()
    assert finished(client, "000000").context["form"].errors["code"] == ["验证码不对，或者已经过期"]


def test_who_has_no_account_yet_is_told_so_by_phone_alone(client, candidate, woken):
    assert started(client, candidate).url == CODE
    activation.send_code(woken[-1])

    assert "还没有启用账户" in OutgoingMessage.objects.get().text
    assert finished(client, "000000").status_code == 200
    assert not User.objects.exists()


def test_a_login_name_of_staff_is_an_unknown_number(client, candidate, woken):
    officer = UserFactory(office=MunicipalityFactory(), roles=["O4"], password=OLD)

    assert started(client, candidate, number=officer.username).url == CODE
    activation.send_code(woken[-1])

    assert not OutgoingMessage.objects.exists()
    assert finished(client, "000000").status_code == 200
    officer.refresh_from_db()
    assert officer.check_password(OLD)


def test_an_account_that_is_closed_stays_closed(client, account, candidate, woken):
    User.objects.update(is_active=False)
    started(client, candidate)
    activation.send_code(woken[-1])

    assert not OutgoingMessage.objects.exists()
    account.refresh_from_db()
    assert account.check_password(OLD)


def test_an_account_closed_while_the_code_was_on_its_way_stays_closed(client, account, candidate, woken):
    started(client, candidate)
    code = code_sent(woken)
    User.objects.update(is_active=False)

    assert finished(client, code).url == START
    account.refresh_from_db()
    assert account.check_password(OLD)


def test_a_code_for_the_first_sign_in_resets_nothing(client, account, candidate, woken):
    User.objects.all().delete()
    first = reverse("first-sign-in")
    given = {"number": candidate.ticket_number, "birth_date": f"{candidate.birth_date}"}
    client.post(first, given | proof_of(client, first))
    code = code_sent(woken)

    assert finished(client, code).url == START
    assert not User.objects.exists()


def test_a_code_is_good_once(client, account, candidate, woken):
    started(client, candidate)
    code = code_sent(woken)
    token = client.session[activation.FORGOTTEN]
    activation.finish(activation.FORGOTTEN, token, code, NEW)

    with pytest.raises(codes.WrongCode):
        activation.finish(activation.FORGOTTEN, token, code, "yet-another-one-1")


def test_after_five_wrong_codes_even_the_right_one_is_worth_nothing(client, account, candidate, woken):
    started(client, candidate)
    code = code_sent(woken)
    for _ in range(codes.MOST_TRIES):
        finished(client, f"{(int(code) + 1) % 1_000_000:06}")

    assert finished(client, code).url == START
    account.refresh_from_db()
    assert account.check_password(OLD)


def test_a_code_is_over_after_its_time(client, account, candidate, woken):
    started(client, candidate)
    code = code_sent(woken)
    cache.delete(woken[-1])

    assert finished(client, code).status_code == 200
    account.refresh_from_db()
    assert account.check_password(OLD)


@pytest.mark.parametrize("password", ["short-1", "A19980314-xyz", "2041826753-x"])
def test_a_password_that_others_can_guess_is_refused_and_ends_nothing(client, account, candidate, woken, password):
    elsewhere = signed_in(candidate.ticket_number, OLD)
    started(client, candidate)
    code = code_sent(woken)

    assert finished(client, code, password).context["form"].errors["password"]
    assert elsewhere.get(SPACE).status_code == 200
    assert finished(client, code).url == SPACE


def test_one_number_starts_five_times_an_hour_and_unknown_ones_too(client, account, candidate, woken):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        for number in (candidate.ticket_number, "9999999999"):
            statuses = [started(client, candidate, number).status_code for _ in range(limits.FORGOTTEN.person.count + 1)]
            assert statuses == [302] * limits.FORGOTTEN.person.count + [429]


def test_one_candidate_gets_five_codes_a_day_whatever_they_are_for(account, candidate, woken):
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        for n in range(limits.CODES.count + 1):
            activation.begin((activation.FIRST, activation.FORGOTTEN)[n % 2], candidate.ticket_number, candidate.birth_date)
            activation.send_code(woken[n])

    assert OutgoingMessage.objects.count() == limits.CODES.count

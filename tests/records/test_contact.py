"""What candidates change themselves: by a code to the new phone or address, with a notice to the old one, each in the trail."""

from __future__ import annotations

import re
import time

import pytest
from django.core.cache import cache
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Event
from records.contact import changing
from records.lookups import limits
from records.models import Candidate, OutgoingMessage, User
from records.people import password_again
from records.people.codes import MOST_TRIES, WrongCode
from records.people.encryption import lookup_hash
from tests.factories import PASSWORD, CandidateFactory, UserFactory

NEW_PHONE = "13812345678"
CODE = re.compile(r"验证码(\d{6})")
CODES_PAGE = reverse("contact-code")
NEW, OLD = changing.NEW, changing.OLD


def codes_sent(old: str) -> dict[str, str]:
    """The two latest codes by where they went."""
    latest = OutgoingMessage.objects.filter(passing=True).order_by("-pk")[:2]
    return {OLD if message.to == old else NEW: CODE.search(message.text)[1] for message in latest}


def wrong_for(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def password_typed(browser):
    session = browser.session
    session[password_again.KEY] = int(time.time())
    session.save()


@pytest.fixture
def browser(client, candidate_user):
    client.force_login(candidate_user)
    password_typed(client)
    return client


def ask_for(browser, phone=NEW_PHONE):
    return browser.post(reverse("contact-phone"), {"phone": phone})


def is_unchanged(candidate) -> bool:
    return Candidate.objects.get(pk=candidate.pk).phone == candidate.phone


def test_the_password_is_asked_for_first(client, candidate):
    client.force_login(UserFactory(candidate=candidate, password=PASSWORD))

    for name in ("contact-phone", "contact-email"):
        assert client.get(reverse(name)).url.startswith(reverse("account-confirm"))
    assert ask_for(client).url.startswith(reverse("account-confirm"))
    assert not OutgoingMessage.objects.exists()
    client.post(reverse("account-confirm"), {"current": PASSWORD})
    assert client.get(reverse("contact-phone")).status_code == 200


def test_a_new_phone_is_proven_by_a_code_to_it_and_one_to_the_old(browser, candidate):
    old = candidate.phone

    assert ask_for(browser, "138 1234-5678").url == CODES_PAGE
    assert is_unchanged(candidate)
    page = browser.get(CODES_PAGE).content.decode()
    assert "138****5678" in page
    assert candidate.phone_mask in page
    assert NEW_PHONE not in page
    answer = browser.post(CODES_PAGE, codes_sent(old))

    candidate.refresh_from_db()
    assert answer.url == reverse("contact")
    assert (candidate.phone, candidate.phone_mask) == (NEW_PHONE, "138****5678")
    assert bytes(candidate.phone_hash) == lookup_hash(NEW_PHONE, b"candidate.phone")
    told = OutgoingMessage.objects.filter(passing=False).get()
    assert (told.to, NEW_PHONE in told.text, "5678" in told.text) == (old, False, True)


@pytest.mark.parametrize("order", [(NEW, OLD), (OLD, NEW)])
def test_either_code_may_come_first_and_one_alone_changes_nothing(browser, candidate, order):
    ask_for(browser)
    codes = codes_sent(candidate.phone)
    first, second = order

    assert browser.post(CODES_PAGE, {first: codes[first]}).url == CODES_PAGE
    assert is_unchanged(candidate)
    page = browser.get(CODES_PAGE).content.decode()
    assert f'name="{second}"' in page
    assert f'name="{first}"' not in page
    assert browser.post(CODES_PAGE, {second: codes[second]}).url == reverse("contact")
    assert not is_unchanged(candidate)


def test_a_right_code_beside_a_wrong_one_changes_nothing_but_counts(browser, candidate):
    ask_for(browser)
    codes = codes_sent(candidate.phone)

    assert browser.post(CODES_PAGE, {NEW: codes[NEW], OLD: wrong_for(codes[OLD])}).status_code == 422
    assert is_unchanged(candidate)
    assert browser.post(CODES_PAGE, {OLD: codes[OLD]}).url == reverse("contact")
    assert not is_unchanged(candidate)


def test_the_code_of_one_phone_does_not_stand_for_the_others(browser, candidate):
    ask_for(browser)
    codes = codes_sent(candidate.phone)

    browser.post(CODES_PAGE, {NEW: codes[OLD], OLD: codes[NEW]})

    assert is_unchanged(candidate) or codes[NEW] == codes[OLD]


def test_without_an_old_phone_the_new_one_is_enough(browser, candidate):
    Candidate.objects.update(phone="", phone_mask="", phone_hash=None)
    ask_for(browser)
    page = browser.get(CODES_PAGE).content.decode()

    assert 'name="old"' not in page
    assert OutgoingMessage.objects.count() == 1
    assert browser.post(CODES_PAGE, {NEW: codes_sent("")[NEW]}).url == reverse("contact")
    candidate.refresh_from_db()
    assert candidate.phone == NEW_PHONE


def test_a_phone_that_was_replaced_meanwhile_is_not_overwritten(browser, candidate):
    ask_for(browser)
    codes = codes_sent(candidate.phone)
    changing.change(candidate, {"phone": "13700000001"}, purpose="柜台修改联系方式")

    assert browser.post(CODES_PAGE, codes).url == reverse("contact")

    candidate.refresh_from_db()
    assert candidate.phone == "13700000001"


def test_a_second_request_makes_the_codes_of_the_first_worthless(browser, candidate):
    ask_for(browser)
    first = codes_sent(candidate.phone)
    ask_for(browser, "13712345670")

    browser.post(CODES_PAGE, first)

    assert is_unchanged(candidate)


def test_codes_are_over_after_their_time(browser, candidate):
    ask_for(browser)
    codes = codes_sent(candidate.phone)
    cache.clear()
    password_typed(browser)

    assert browser.post(CODES_PAGE, codes).url == reverse("contact")
    assert is_unchanged(candidate)


@pytest.mark.parametrize("given", [{}, {NEW: "12345"}, {NEW: "abcdef"}, {OLD: "1234567"}])
def test_what_is_no_code_is_no_try(browser, candidate, given):
    ask_for(browser)
    for _ in range(MOST_TRIES + 1):
        assert browser.post(CODES_PAGE, given).status_code == (422 if given else 200)

    assert browser.post(CODES_PAGE, codes_sent(candidate.phone)).url == reverse("contact")
    assert not is_unchanged(candidate)


def test_the_change_is_in_the_trail_with_its_purpose_and_without_the_number(browser, candidate, candidate_user):
    old = candidate.phone
    ask_for(browser)
    browser.post(CODES_PAGE, codes_sent(old))

    row = Event.objects.filter(kind="change", subject_table="records_candidate", subject_id=candidate.pk).last()
    assert (row.note, row.actor, row.capacity) == ("本人修改", candidate_user, "candidate")
    assert row.details["after"]["phone_mask"] == "138****5678"
    trail = " ".join(f"{event.note} {event.details}" for event in Event.objects.all())
    assert old not in trail
    assert NEW_PHONE not in trail


def test_a_mail_address_the_same_way(browser, candidate):
    browser.post(reverse("contact-email"), {"email": "lin@example.org"})
    message = OutgoingMessage.objects.get()
    assert (message.kind, message.to) == ("mail", "lin@example.org")

    browser.post(CODES_PAGE, {NEW: CODE.search(message.text)[1]})

    candidate.refresh_from_db()
    assert (candidate.email, candidate.email_mask) == ("lin@example.org", "l***@example.org")


def test_an_old_mail_address_confirms_and_is_told(browser, candidate):
    Candidate.objects.update(email="old@example.org", email_mask="o***@example.org")
    browser.post(reverse("contact-email"), {"email": "lin@example.org"})
    assert {message.to for message in OutgoingMessage.objects.all()} == {"old@example.org", "lin@example.org"}

    assert browser.post(CODES_PAGE, codes_sent("old@example.org")).url == reverse("contact")

    candidate.refresh_from_db()
    assert candidate.email == "lin@example.org"
    assert "old@example.org" in {message.to for message in OutgoingMessage.objects.filter(passing=False)}


def test_a_wrong_code_changes_nothing_and_five_are_enough(browser, candidate):
    ask_for(browser)
    right = codes_sent(candidate.phone)
    wrong = {name: wrong_for(code) for name, code in right.items()}
    for _ in range(MOST_TRIES):
        assert browser.post(CODES_PAGE, wrong).status_code == 422

    assert browser.post(CODES_PAGE, right).url == reverse("contact")

    assert is_unchanged(candidate)


def test_codes_are_good_once_and_for_nobody_else(candidate):
    token = changing.ask(candidate, "phone", NEW_PHONE)
    codes = codes_sent(candidate.phone)
    stranger = CandidateFactory()

    with pytest.raises(WrongCode):
        changing.confirm(token, codes, stranger)
    assert changing.confirm(token, codes, candidate)
    with pytest.raises(WrongCode) as again:
        changing.confirm(token, codes, candidate)

    assert again.value.is_final
    stranger.refresh_from_db()
    assert stranger.phone != NEW_PHONE


def test_codes_are_limited_by_person_and_by_recipient(browser, candidate):
    for _ in range(changing.TO_ONE_RECIPIENT.count):
        assert ask_for(browser).status_code == 302
    assert ask_for(browser).status_code == 422
    sent = OutgoingMessage.objects.count()

    for place in range(limits.CODES.count):
        ask_for(browser, f"1371234567{place}")

    assert sent == 2 * changing.TO_ONE_RECIPIENT.count
    assert OutgoingMessage.objects.count() <= 2 * limits.CODES.count


def test_what_waits_in_the_cache_holds_no_number(candidate, monkeypatch):
    kept = {}
    monkeypatch.setattr(cache, "set", lambda key, value, timeout: kept.update({key: value}))
    monkeypatch.setattr(cache, "get", lambda key: kept.get(key))

    changing.ask(candidate, "phone", NEW_PHONE)

    assert kept
    assert NEW_PHONE not in repr(kept)
    assert NEW_PHONE.encode() not in repr(kept).encode()
    assert candidate.phone not in repr(kept)


@pytest.mark.parametrize("phone", ["12345", "", "23812345678", "手机"])
def test_what_is_no_phone_is_refused(browser, phone):
    assert ask_for(browser, phone).status_code == 422
    assert not OutgoingMessage.objects.exists()


def test_the_same_phone_needs_no_code(browser, candidate):
    assert ask_for(browser, candidate.phone).status_code == 422
    assert not OutgoingMessage.objects.exists()


def test_the_address_is_changed_at_once_and_noted(browser, candidate):
    browser.post(reverse("contact"), {"address": "示例路1号", "postcode": "210000", "occupation": "教师", "study_support": ""})

    candidate.refresh_from_db()
    assert (candidate.address, candidate.postcode, candidate.occupation) == ("示例路1号", "210000", "教师")
    row = Event.objects.filter(kind="change", subject_table="records_candidate").last()
    assert row.note == "本人修改"
    assert row.details["after"]["address"] == "示例路1号"


def test_what_needs_a_case_is_not_changed_here(browser, candidate):
    name, sex = candidate.name, candidate.sex

    browser.post(reverse("contact"), {"address": "示例路1号", "name": "陈冬", "sex": "1", "prior_education": "专科"})

    candidate.refresh_from_db()
    assert (candidate.name, candidate.sex, candidate.prior_education) == (name, sex, "")
    for datum in ("name", "identity_number", "birth_date", "record_number"):
        with pytest.raises(KeyError):
            changing.change(candidate, {datum: "x"}, purpose="本人修改")


@given(st.emails())
def test_a_masked_address_shows_one_letter_of_the_name(address):
    name, _at, host = address.rpartition("@")

    masked = changing.masked_address(address)

    assert masked.endswith(host.rpartition("@")[2])
    assert len(name) < 2 or name not in masked.replace(host, "")


def counter(client, user, candidate, **body):
    client.force_login(User.objects.get(pk=user.pk))
    return client.post(reverse("candidates:contact", args=[candidate.pk]), body)


HERE = {"shown": "card", "present": "on"}


def test_at_the_counter_with_the_candidate_there(client, candidate, clerk):
    old = candidate.phone

    counter(client, clerk, candidate, phone=NEW_PHONE, address="示例路2号", **HERE)

    candidate.refresh_from_db()
    assert (candidate.phone, candidate.address) == (NEW_PHONE, "示例路2号")
    assert OutgoingMessage.objects.get().to == old
    row = Event.objects.filter(kind="change", subject_table="records_candidate").last()
    assert (row.actor, row.note) == (clerk, "柜台修改联系方式，考生本人在场，出示居民身份证原件")


def test_at_the_counter_a_lost_mail_address_is_replaced_without_a_code(client, candidate, clerk):
    Candidate.objects.update(email="old@example.org", email_mask="o***@example.org")

    counter(client, clerk, candidate, email="new@example.org", **HERE)

    candidate.refresh_from_db()
    assert (candidate.email, candidate.email_mask) == ("new@example.org", "n***@example.org")
    assert "old@example.org" in {message.to for message in OutgoingMessage.objects.all()}


def test_without_the_candidate_there_a_clerk_changes_nothing(client, candidate, clerk):
    answer = counter(client, clerk, candidate, phone=NEW_PHONE, shown="card")

    assert answer.status_code == 422
    candidate.refresh_from_db()
    assert candidate.phone != NEW_PHONE


@pytest.mark.parametrize(("roles", "own", "code"), [(["U3"], False, 404), (["U4", "U7", "UH"], True, 403)])
def test_other_clerks_change_nothing(client, candidate, university, other_university, roles, own, code):
    person = UserFactory(office=university if own else other_university, roles=roles)

    assert counter(client, person, candidate, address="示例路3号", **HERE).status_code == code
    assert Candidate.objects.get(pk=candidate.pk).address == ""


def test_the_city_changes_no_contact(client, candidate, city):
    everything = UserFactory(office=city, roles=["OH", "OV", "OE", "O3"])

    assert counter(client, everything, candidate, address="示例路3号", **HERE).status_code == 403

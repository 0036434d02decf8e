"""What candidates change themselves: by a code to the new phone or address, with a notice to the old one, each in the trail."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Event
from records.contact import changing
from records.lookups import limits
from records.models import Candidate, OutgoingMessage, User
from records.people.encryption import lookup_hash
from tests.factories import CandidateFactory, UserFactory

NEW_PHONE = "13812345678"
CODE = re.compile(r"验证码(\d{6})")


def code_sent():
    return CODE.search(OutgoingMessage.objects.filter(passing=True).latest("pk").text)[1]


@pytest.fixture
def browser(client, candidate_user):
    client.force_login(candidate_user)
    return client


def ask_for(browser, phone=NEW_PHONE):
    return browser.post(reverse("contact-phone"), {"phone": phone})


def test_a_new_phone_is_proven_by_a_code_sent_to_it(browser, candidate):
    old = candidate.phone

    assert ask_for(browser, "138 1234-5678").url == reverse("contact-code")
    candidate.refresh_from_db()
    assert candidate.phone == old
    page = browser.get(reverse("contact-code")).content.decode()
    assert "138****5678" in page
    assert NEW_PHONE not in page
    answer = browser.post(reverse("contact-code"), {"code": code_sent()})

    candidate.refresh_from_db()
    assert answer.url == reverse("contact")
    assert (candidate.phone, candidate.phone_mask) == (NEW_PHONE, "138****5678")
    assert bytes(candidate.phone_hash) == lookup_hash(NEW_PHONE, b"candidate.phone")
    told = OutgoingMessage.objects.filter(passing=False).get()
    assert (told.to, NEW_PHONE in told.text, "5678" in told.text) == (old, False, True)


def test_the_change_is_in_the_trail_with_its_purpose_and_without_the_number(browser, candidate, candidate_user):
    old = candidate.phone
    ask_for(browser)
    browser.post(reverse("contact-code"), {"code": code_sent()})

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

    browser.post(reverse("contact-code"), {"code": code_sent()})

    candidate.refresh_from_db()
    assert (candidate.email, candidate.email_mask) == ("lin@example.org", "l***@example.org")


def test_a_wrong_code_changes_nothing_and_five_are_enough(browser, candidate):
    ask_for(browser)
    right = code_sent()
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(changing.MOST_TRIES):
        assert browser.post(reverse("contact-code"), {"code": wrong}).status_code == 422

    assert browser.post(reverse("contact-code"), {"code": right}).url == reverse("contact")

    candidate.refresh_from_db()
    assert candidate.phone != NEW_PHONE


def test_a_code_is_good_once_and_for_nobody_else(candidate):
    token = changing.ask(candidate, "phone", NEW_PHONE)
    code = code_sent()
    stranger = CandidateFactory()

    with pytest.raises(changing.WrongCode):
        changing.confirm(token, code, stranger)
    changing.confirm(token, code, candidate)
    with pytest.raises(changing.WrongCode) as again:
        changing.confirm(token, code, candidate)

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

    assert sent == changing.TO_ONE_RECIPIENT.count
    assert OutgoingMessage.objects.count() <= limits.CODES.count


def test_what_waits_in_the_cache_holds_no_number(candidate, monkeypatch):
    kept = {}
    monkeypatch.setattr(cache, "set", lambda key, value, timeout: kept.update({key: value}))

    changing.ask(candidate, "phone", NEW_PHONE)

    assert kept
    assert NEW_PHONE not in repr(kept)
    assert NEW_PHONE.encode() not in repr(kept).encode()


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

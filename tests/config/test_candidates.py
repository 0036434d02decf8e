"""The staff's list of candidates and the record page: within reach only, for a purpose, with a line in the trail."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from config import candidates
from records.candidates.pinyin import initials, sort_key
from records.ledger import book
from tests.factories import CandidateFactory, CourseFactory, MarkFactory, PublicationFactory, RegistrationFactory, UserFactory

LIST = reverse("candidates:list")


def named(university, name):
    return CandidateFactory(managing_university=university, name=name, name_key=sort_key(name), name_initials=initials(name))


def record_url(candidate):
    return reverse("candidates:detail", args=[candidate.pk])


def opened(client, candidate, reason="visit", words=""):
    return client.post(record_url(candidate), {"reason": reason, "words": words}, follow=True)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("欧阳", True),
        ("欧阳若川", True),
        ("oyr", True),
        ("ouyang", True),
        ("若川", False),
        ("yrc", False),
    ],
)
def test_a_search_finds_the_beginning_of_a_name_and_of_its_pinyin(client, clerk, university, text, is_found):
    named(university, "欧阳若川")
    client.force_login(clerk)

    assert ("欧阳若川" in client.get(LIST, {"q": text}).content.decode()) is is_found


def test_a_number_finds_its_holder_exactly(client, clerk, candidate):
    client.force_login(clerk)

    for number in (candidate.ticket_number, candidate.registration_number):
        assert candidate.name in client.get(LIST, {"q": number}).content.decode()
        assert candidate.name not in client.get(LIST, {"q": number[:-1]}).content.decode()


def test_a_search_is_in_the_trail_without_what_was_searched_for(client, clerk, candidate):
    client.force_login(clerk)
    client.get(LIST, {"q": candidate.name})

    read = Event.objects.get(kind="read", verb="search")
    assert read.actor == clerk
    assert candidate.name not in str(read.details) + read.note


def test_the_list_shows_identity_numbers_only_masked(client, clerk, candidate):
    client.force_login(clerk)
    page = client.get(LIST).content.decode()

    assert candidate.identity_mask in page
    assert candidate.identity_number not in page


def test_another_university_sees_neither_the_list_line_nor_the_record(client, foreign_clerk, candidate):
    client.force_login(foreign_clerk)

    assert candidate.name not in client.get(LIST).content.decode()
    assert client.get(record_url(candidate)).status_code == 404
    assert client.post(record_url(candidate), {"reason": "visit"}).status_code == 404


def test_a_university_with_an_open_registration_sees_the_record_until_it_closes(
    client, foreign_clerk, other_university, candidate
):
    registration = RegistrationFactory(candidate=candidate, university=other_university)
    client.force_login(foreign_clerk)
    assert client.get(record_url(candidate)).status_code == 200

    registration.closed_on = dt.date(2026, 1, 1)
    registration.save()
    assert client.get(record_url(candidate)).status_code == 404


def test_within_reach_without_the_right_is_forbidden_and_noted(client, candidate, city):
    statistician = UserFactory(office=city, roles=["O7"])
    client.force_login(statistician)

    assert client.get(record_url(candidate)).status_code == 403
    assert Event.objects.filter(actor=statistician, outcome="denied", details__path=record_url(candidate)).exists()


def test_candidates_have_no_staff_list(client, candidate_user):
    client.force_login(candidate_user)

    assert client.get(LIST).status_code == 403


def test_the_record_asks_for_a_purpose_first_and_shows_nothing_of_it(client, clerk, candidate):
    book.enter([book.Entry(candidate.pk, CourseFactory(name="示例课程").pk, "exam", dt.date(2026, 4, 30), "t", "1", Decimal(83))])
    client.force_login(clerk)
    page = client.get(record_url(candidate)).content.decode()

    assert "用途" in page
    assert "示例课程" not in page
    assert not Event.objects.filter(verb="record").exists()


def test_every_opening_is_a_read_with_its_purpose(client, clerk, candidate):
    client.force_login(clerk)
    page = opened(client, candidate, words="补办准考证")
    client.get(record_url(candidate))

    assert page.status_code == 200
    reads = Event.objects.filter(kind="read", verb="record", candidate_id=candidate.pk)
    assert [read.note for read in reads] == ["考生来访或来电：补办准考证"] * 2
    assert {read.actor for read in reads} == {clerk}
    assert {read.capacity for read in reads} == {clerk.capacity}


def test_the_purpose_of_one_record_does_not_open_another(client, clerk, candidate, university):
    other = CandidateFactory(managing_university=university)
    client.force_login(clerk)
    opened(client, candidate)
    client.get(record_url(other))

    assert not Event.objects.filter(verb="record", candidate_id=other.pk).exists()


def test_after_a_while_the_purpose_is_asked_again(client, clerk, candidate, monkeypatch):
    monkeypatch.setattr(candidates, "PURPOSE_SECONDS", 60)
    with time_machine.travel(dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC), tick=False) as clock:
        client.force_login(clerk)
        opened(client, candidate)
        clock.shift(59)
        client.get(record_url(candidate))
        clock.shift(2)
        page = client.get(record_url(candidate)).content.decode()

    assert "打开考籍" in page
    assert Event.objects.filter(verb="record", candidate_id=candidate.pk).count() == 2


@pytest.mark.parametrize(("reason", "words", "status"), [("other", "", 422), ("", "", 422), ("other", "核对学籍异动", 200)])
def test_a_purpose_in_words_is_needed_for_other(client, clerk, candidate, reason, words, status):
    client.force_login(clerk)

    assert opened(client, candidate, reason, words).status_code == status


def test_the_record_shows_published_marks_only(client, clerk, candidate):
    MarkFactory(candidate=candidate, course=CourseFactory(name="未公布课程"), publication=PublicationFactory())
    published = PublicationFactory(sitting__name="2025-10", published_at="2025-11-20T08:00:00+08:00")
    MarkFactory(candidate=candidate, course=CourseFactory(name="已公布课程"), publication=published)
    client.force_login(clerk)
    page = opened(client, candidate).content.decode()

    assert "已公布课程" in page
    assert "未公布课程" not in page


def test_the_list_pages_by_key(client, clerk, university, monkeypatch):
    monkeypatch.setattr(candidates, "PAGE", 20)
    client.force_login(clerk)
    people = [CandidateFactory(managing_university=university) for _ in range(21)]

    first = client.get(LIST).content.decode()
    second = client.get(LIST, {"after": people[19].pk}).content.decode()

    assert people[19].registration_number in first
    assert people[20].registration_number not in first
    assert people[20].registration_number in second
    assert people[19].registration_number not in second


def test_twenty_lines_take_as_many_queries_as_one(client, clerk, university):
    client.force_login(clerk)
    CandidateFactory(managing_university=university)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _ in range(19):
        CandidateFactory(managing_university=university)
    with CaptureQueriesContext(connection) as twenty:
        client.get(LIST)

    assert len(twenty) == len(one)


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "１"])
def test_a_key_that_is_none_is_the_first_page(client, clerk, candidate, after):
    client.force_login(clerk)

    assert candidate.name in client.get(LIST, {"after": after}).content.decode()

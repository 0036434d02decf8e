"""The desk: what waits for this person and nobody else, overdue first, every open case on a desk."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import desk
from config.workflows import KINDS
from exemptions.models import ExemptionApplication
from tests.factories import CandidateFactory, ExemptionFactory, PublicationFactory, UserFactory

DESK = reverse("desk")


def waiting_at(status, candidate, days=0):
    case = ExemptionFactory(candidate=candidate, status=status)
    ExemptionApplication.objects.filter(pk=case.pk).update(status_since=timezone.now() - dt.timedelta(days=days))
    case.refresh_from_db()
    return case


def page(client, person, **query):
    client.force_login(person)
    return client.get(DESK, query).content.decode()


def test_a_case_waits_at_the_universitys_desk_and_then_at_the_citys(client, candidate, clerk, officer, foreign_clerk):
    at_university = waiting_at("university", candidate)
    at_city = waiting_at("municipality", candidate)

    assert at_university.case_number in page(client, clerk)
    assert at_city.case_number not in page(client, clerk)
    assert at_city.case_number in page(client, officer)
    assert at_university.case_number not in page(client, officer)
    assert candidate.name not in page(client, foreign_clerk)


def test_drafts_wait_on_nobodys_desk(client, candidate, clerk, officer):
    case = ExemptionFactory(candidate=candidate)

    assert case.case_number not in page(client, clerk) + page(client, officer)


def test_overdue_cases_stand_in_front_and_are_counted(client, candidate, clerk):
    fresh = waiting_at("university", candidate, days=1)
    late = waiting_at("university", candidate, days=16)
    text = page(client, clerk)

    assert text.index(late.case_number) < text.index(fresh.case_number)
    assert "其中1件逾期" in text
    only_late = page(client, clerk, late="1")
    assert late.case_number in only_late
    assert fresh.case_number not in only_late


@pytest.mark.parametrize(("days", "is_late"), [(15, False), (16, True)])
def test_the_last_day_of_the_deadline_is_still_in_time(clerk, candidate, days, is_late):
    waiting_at("university", candidate, days=days)
    today = timezone.localdate()

    (line,) = desk.gathered(clerk, KINDS, today)
    assert line.is_late(today) is is_late


def test_a_person_without_the_duty_sees_an_empty_desk(client, candidate, university):
    waiting_at("university", candidate)
    registrar = UserFactory(office=university, roles=["U2"])

    text = page(client, registrar)
    assert "没有等您办的" in text
    assert "?kind=" not in text


def test_candidates_and_people_without_an_office_have_no_desk(client, candidate_user, db):
    for person in (candidate_user, UserFactory()):
        client.force_login(person)
        assert client.get(DESK).status_code == 404


@pytest.mark.parametrize("number", ["0", "2", "x", "99999999999"])
def test_a_page_that_does_not_exist_shows_one_that_does(client, candidate, clerk, number):
    case = waiting_at("university", candidate)

    assert case.case_number in page(client, clerk, page=number)


def test_twenty_cases_take_as_many_queries_as_one(client, clerk, university):
    client.force_login(clerk)
    waiting_at("university", CandidateFactory(managing_university=university))
    client.get(DESK)
    with CaptureQueriesContext(connection) as one:
        client.get(DESK)
    for _ in range(19):
        waiting_at("university", CandidateFactory(managing_university=university))
    with CaptureQueriesContext(connection) as twenty:
        client.get(DESK)

    assert len(twenty) == len(one)


def test_a_publication_waits_for_a_second_person_only(client, city, officer, second_officer, clerk):
    PublicationFactory(prepared_by=officer, prepared_at=timezone.now(), sitting__name="2026-10")
    words = "待第二人确认的成绩公布"

    assert words in page(client, second_officer)
    assert words not in page(client, officer)
    assert words not in page(client, clerk)
    assert words not in page(client, UserFactory(office=city, roles=["O4"]))

"""The pages of double entry: who keys sees the own values alone, nothing typed is lost, nothing leaves the office."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from records.models import Candidate, User
from scores.entry import keyed, keyed_pages
from scores.entry.keyed_values import Keyed
from scores.models import KeyedMark, KeyedSheet, ScoreBatch
from tests.factories import CandidateFactory, CourseFactory, KeyedSheetFactory, SittingFactory, SittingRegistrationFactory
from tests.scores.files import ticket_of

pytestmark = pytest.mark.django_db

FIRST_CANARY, SECOND_CANARY = "61.7", "16.3"


@pytest.fixture
def sheet(candidate: Candidate) -> KeyedSheet:
    return KeyedSheetFactory(candidates=[candidate, CandidateFactory()])


def pages_of(sheet: KeyedSheet) -> list[str]:
    return [reverse("keying:list"), reverse("keying:detail", args=[sheet.pk]), reverse("keying:key", args=[sheet.pk])]


def shown_to(client: Client, user: User, sheet: KeyedSheet) -> str:
    client.force_login(user)
    return "".join(client.get(address, follow=True).content.decode() for address in pages_of(sheet))


def test_a_sheet_is_opened_keyed_by_two_and_leads_to_its_batch(
    client: Client, candidate: Candidate, officer: User, second_officer: User
) -> None:
    CourseFactory(code="00015")
    client.force_login(officer)
    asked = {"sitting": "2026-10", "kind": "written", "course": "00015", "numbers": ticket_of(candidate), "note": "补报"}
    assert client.post(reverse("keying:new"), asked).status_code == 302
    sheet = KeyedSheet.objects.get()

    for user in (officer, second_officer):
        client.force_login(user)
        assert "由我录入" in client.get(reverse("keying:detail", args=[sheet.pk])).content.decode()
        client.post(reverse("keying:begin", args=[sheet.pk]))
        answer = client.post(reverse("keying:key", args=[sheet.pk]), {"after": 0, "mark-1": "８５", "flag-1": ""})
        assert answer.status_code == 302
        assert client.post(reverse("keying:finish", args=[sheet.pk])).status_code == 302

    batch = ScoreBatch.objects.get()
    assert reverse("scores:batch", args=[batch.pk]) in client.get(reverse("keying:detail", args=[sheet.pk])).content.decode()


def test_the_second_does_not_see_what_the_first_has_keyed(
    client: Client, sheet: KeyedSheet, officer: User, second_officer: User
) -> None:
    keyed.begin(sheet, by=officer)
    keyed.save(sheet, {1: Keyed(FIRST_CANARY), 2: Keyed("50")}, by=officer)
    assert FIRST_CANARY in shown_to(client, officer, sheet)
    assert FIRST_CANARY not in shown_to(client, second_officer, sheet)
    keyed.finish(sheet, by=officer)
    keyed.begin(sheet, by=second_officer)
    keyed.save(sheet, {1: Keyed(SECOND_CANARY), 2: Keyed("50")}, by=second_officer)

    seen_by_the_second = shown_to(client, second_officer, sheet)

    assert SECOND_CANARY in seen_by_the_second
    assert FIRST_CANARY not in seen_by_the_second
    assert SECOND_CANARY not in shown_to(client, officer, sheet)
    keyed.finish(sheet, by=second_officer)
    both = shown_to(client, officer, sheet)
    assert FIRST_CANARY in both
    assert SECOND_CANARY in both


def test_in_the_second_round_the_new_values_are_hidden_again(
    client: Client, sheet: KeyedSheet, officer: User, second_officer: User
) -> None:
    for by, mark in ((officer, "70"), (second_officer, "71")):
        keyed.begin(sheet, by=by)
        keyed.save(sheet, {1: Keyed(mark), 2: Keyed("50")}, by=by)
        keyed.finish(sheet, by=by)
    keyed.save(sheet, {1: Keyed(FIRST_CANARY)}, by=officer)
    keyed.finish(sheet, by=officer)

    assert FIRST_CANARY not in shown_to(client, second_officer, sheet)


def test_what_is_wrong_stays_in_its_field_and_the_rest_is_kept(client: Client, sheet: KeyedSheet, officer: User) -> None:
    keyed.begin(sheet, by=officer)
    client.force_login(officer)

    answer = client.post(
        reverse("keying:key", args=[sheet.pk]),
        {"after": 0, "mark-1": "8555", "flag-1": "", "mark-2": "66", "flag-2": ""},
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="8555"' in page
    assert 'value="66"' in page
    assert "超出范围" in page
    assert KeyedMark.objects.get().mark == "66"


def test_a_long_sheet_comes_in_pages(client: Client, officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyed_pages, "ON_A_PAGE", 2)
    sheet = KeyedSheetFactory(candidates=[CandidateFactory() for _place in range(3)])
    keyed.begin(sheet, by=officer)
    client.force_login(officer)
    address = reverse("keying:key", args=[sheet.pk])

    first = client.get(address).content.decode()
    assert 'name="mark-2"' in first
    assert 'name="mark-3"' not in first
    answer: Any = client.post(address, {"after": 0, "mark-1": "1", "mark-2": "2"})
    assert answer.url == f"{address}?after=2"
    assert 'name="mark-3"' in client.get(answer.url).content.decode()
    assert client.post(address, {"after": 2, "mark-3": "3"}).url == reverse("keying:detail", args=[sheet.pk])  # type: ignore[attr-defined]
    assert KeyedMark.objects.count() == 3


def test_nobody_outside_the_score_desk_finds_a_sheet(
    client: Client, sheet: KeyedSheet, officer: User, clerk: User, candidate_user: User, counter: User, city_head: User
) -> None:
    keyed.begin(sheet, by=officer)
    keyed.save(sheet, {1: Keyed(FIRST_CANARY)}, by=officer)

    for user in (clerk, candidate_user, counter, city_head):
        assert FIRST_CANARY not in shown_to(client, user, sheet)
        for name in ("begin", "finish", "give-up", "key"):
            answer = client.post(reverse(f"keying:{name}", args=[sheet.pk]), {"mark-1": "1", "note": "x"})
            assert answer.status_code in (403, 404)
    assert KeyedMark.objects.get().mark == FIRST_CANARY


@pytest.mark.parametrize(
    ("numbers", "said"),
    [("999999999999", "没有这些准考证号：第1个"), ("{t}\n{t}", "有人写了两次：第2个"), ("", "没有报考了这门课程")],
)
def test_a_list_of_numbers_that_is_wrong_opens_nothing(
    client: Client, candidate: Candidate, officer: User, numbers: str, said: str
) -> None:
    CourseFactory(code="00015")
    client.force_login(officer)
    asked = {"sitting": "2026-10", "kind": "written", "course": "00015", "note": "补报"}

    answer = client.post(reverse("keying:new"), {**asked, "numbers": numbers.format(t=ticket_of(candidate))})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not KeyedSheet.objects.exists()


def test_without_numbers_the_sheet_has_whoever_is_registered_and_has_no_mark(client: Client, officer: User) -> None:
    sitting = SittingFactory(name="2026-10")
    registered = SittingRegistrationFactory(sitting=sitting)
    SittingRegistrationFactory(sitting=sitting)
    client.force_login(officer)
    asked = {"sitting": "2026-10", "kind": "written", "course": registered.course.code, "numbers": "", "note": "补报"}

    assert client.post(reverse("keying:new"), asked).status_code == 302

    assert KeyedSheet.objects.get().lines.get().ticket == ticket_of(registered.candidate)


def test_whoever_keys_leaves_a_line_in_the_trail(client: Client, sheet: KeyedSheet, officer: User) -> None:
    keyed.begin(sheet, by=officer)
    client.force_login(officer)

    client.get(reverse("keying:key", args=[sheet.pk]))

    read = Event.objects.get(kind=Event.Kind.READ, verb="list", subject_table="scores_keyedsheet")
    assert (read.actor_id, read.details["shown"]) == (officer.pk, 2)

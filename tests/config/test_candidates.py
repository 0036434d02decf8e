"""The staff's list of candidates and the record page: within reach only, for a purpose, with a line in the trail."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from config import candidates
from records.candidates.pinyin import initials, sort_key
from records.ledger import book
from records.models import Office, Penalty
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
    assert (read.actor, read.note, read.candidate_id) == (clerk, "查找考生", None)
    assert (read.details["list"], read.details["shown"]) == ("candidates", 1)
    assert candidate.name not in str(read.details) + read.note


def test_the_same_term_leaves_the_same_trace_whatever_its_width_case_and_blanks(client, clerk, university):
    named(university, "Lin Zhi")
    client.force_login(clerk)
    for typed in ("lin zhi", "LIN  ZHI", "ｌｉｎ ｚｈｉ", "linzhi", "linzhii"):
        client.get(LIST, {"q": typed})

    *same, other = [read.details["term"] for read in Event.objects.filter(verb="search").order_by("pk")]
    assert len(set(same)) == 1
    assert other not in same


def test_a_page_of_the_list_is_one_line_in_the_trail_and_an_empty_one_none(client, clerk, candidate):
    client.force_login(clerk)
    client.get(LIST)
    client.get(LIST, {"after": candidate.pk})

    read = Event.objects.get(kind="read")
    assert (read.verb, read.details) == ("list", {"list": "candidates", "shown": 1})


def test_the_second_page_of_a_search_is_no_second_search(client, clerk, university, monkeypatch):
    monkeypatch.setattr(candidates, "PAGE", 1)
    named(university, "欧阳一"), named(university, "欧阳二")
    client.force_login(clerk)
    first = client.get(LIST, {"q": "欧阳"})
    client.get(LIST + first.context["pages"]["next_url"])

    search, following = Event.objects.filter(kind="read").order_by("pk")
    assert (search.verb, following.verb) == ("search", "list")
    assert search.details["term"] == following.details["term"]


SECRETS = ["19999919980314007X", "199999 19980314 007x", "１９９９９９１９９８０３１４００７Ｘ", "130503670401001", "13912345678",
           "139 1234 5678", "+8613912345678", "E12345678"]  # fmt: skip


@pytest.mark.parametrize("typed", SECRETS)
def test_identity_and_phone_numbers_are_no_search_terms(client, clerk, candidate, typed):
    client.force_login(clerk)
    for url in (LIST, reverse("exemptions:list"), reverse("graduation:list")):
        page = client.get(url, {"q": typed}).content.decode()

        assert "请到柜台查询办理" in page
        assert typed not in page
        assert candidate.name not in page
    assert not Event.objects.filter(kind="read").exists()


@pytest.mark.parametrize("typed", ["260000000123", "9812345678", "98123456789", "免2026-00012", "lzs", "林知"])
def test_names_and_the_numbers_of_the_office_are_search_terms(client, clerk, typed):
    client.force_login(clerk)

    assert "请到柜台查询办理" not in client.get(LIST, {"q": typed}).content.decode()


def test_the_page_that_asks_for_the_purpose_tells_no_name(client, clerk, candidate):
    client.force_login(clerk)
    page = client.get(record_url(candidate)).content.decode()

    assert f"{candidate.name[0]}**" in page
    assert candidate.name not in page
    assert not Event.objects.filter(kind="read").exists()


def test_a_purpose_may_hold_no_identity_number(client, clerk, candidate):
    client.force_login(clerk)
    answer = client.post(record_url(candidate), {"reason": "visit", "words": f"来电，{candidate.identity_number}"})

    assert answer.status_code == 422
    assert "用途里不要写证件号码" in answer.content.decode()


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
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as clock:
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


def test_penalties_and_received_courses_stand_in_the_record(client, clerk, candidate):
    Penalty.objects.create(
        candidate=candidate,
        kind="delay",
        decision="处〔2026〕9号",
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2027, 1, 1),
    )
    course = CourseFactory(name="外省的课程")
    entry = book.Entry(candidate.pk, course.pk, "transfer", dt.date(2026, 4, 30), "tests", "1", mark=Decimal("71.5"))
    book.enter([entry])
    client.force_login(clerk)
    parts = {str(part.title): part for part in opened(client, candidate).context["parts"]}

    assert [cell[0] for cell in parts["考试违规"].rows[0]][1:] == ["处〔2026〕9号", "2026年1月1日", "2027年1月1日", "有效"]
    assert [cell[0] for cell in parts["接考"].rows[0]] == [course.code, "外省的课程", *["4", "71.5"], "2026年4月30日"]
    assert parts["考籍转移"].rows == []


def test_what_may_be_begun_is_offered_to_the_managing_universitys_clerk_alone(client, clerk, officer, foreign_clerk, candidate):
    def offered(person):
        client.force_login(person)
        return [action["url"] for action in opened(client, candidate).context["actions"]]

    RegistrationFactory(candidate=candidate, university=Office.objects.get(pk=foreign_clerk.office_id))

    assert reverse("candidates:contact", args=[candidate.pk]) in offered(clerk)
    assert reverse("candidates:contact", args=[candidate.pk]) not in offered(officer)
    assert reverse("candidates:contact", args=[candidate.pk]) not in offered(foreign_clerk)


def test_what_was_shown_for_a_restricted_major_stands_beside_it(client, clerk, candidate):
    registration = RegistrationFactory(candidate=candidate)

    def proof():
        (part,) = [part for part in opened(client, candidate).context["parts"] if str(part.title) == "报考专业"]
        return {row[0][0]: row[-1][0] for row in part.rows}[registration.major.code]

    client.force_login(clerk)
    assert proof() == "—"

    registration.proof_noted, registration.proof_checked_by = "执业证书原件", clerk
    registration.proof_checked_at = timezone.now()
    registration.save()

    assert proof() == "执业证书原件"

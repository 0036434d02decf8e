"""The head's pages of unusual reading: the own office's lines, what stands behind them, a review with a note by fresh eyes."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from config import reading
from records.access.unusual import detect
from records.candidates.searching import term_hash
from records.models import Setting, UnusualReading, User
from tests.factories import CandidateFactory, DistrictFactory, UserFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = dt.date(2026, 3, 12)
LIST, EXPORT, DESK = reverse("reading:list"), reverse("reading:export"), reverse("desk")


def looked(person: User, candidate_ids: Any, day: dt.date = DAY, hour: int = 22, **more: Any) -> None:
    at = dt.datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)
    told = {"verb": "record", "note": "核对考籍材料", "subject_table": "records_candidate", "office_id": person.office_id} | more
    Event.objects.bulk_create(Event(kind="read", actor=person, candidate_id=pk, at=at, **told) for pk in candidate_ids)


def found(person: User, day: dt.date = DAY, pattern: str = "hours") -> UnusualReading:
    detect(day, day)
    return UnusualReading.objects.get(person=person, day=day, pattern=pattern)


def detail_url(line: UnusualReading) -> str:
    return reverse("reading:detail", args=[line.pk])


def review_url(line: UnusualReading) -> str:
    return reverse("reading:review", args=[line.pk])


@pytest.fixture
def head(university: Any) -> User:
    return UserFactory(office=university, roles=["UH"], full_name="负责人甲")


@pytest.fixture
def city_head(city: Any) -> User:
    return UserFactory(office=city, roles=["OH"])


@pytest.fixture
def at_home(client, head):
    client.force_login(head)
    return client


def page(client, url=LIST, **query) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_tells_who_when_what_and_what_for(at_home, clerk, candidate):
    looked(clerk, [candidate.pk])
    looked(clerk, [candidate.pk], hour=23)
    found(clerk)

    shown = page(at_home)
    assert clerk.full_name in shown
    assert "非工作时间查阅" in shown
    assert "22:00至23:00查阅2次，涉及1份考籍" in shown
    assert "核对考籍材料×2" in shown
    assert candidate.name not in shown


def test_opening_the_list_finds_what_was_read_today(at_home, clerk):
    Setting.objects.create(key="unusual.records_a_day", value=1, in_force_from=DAY)
    today = timezone.localdate()
    looked(clerk, [1, 2], today, hour=0)

    shown = page(at_home)
    assert "查阅2份考籍（2次），平常不超过1份" in shown
    assert "进行中" in shown


def test_another_office_sees_nothing_of_it(client, clerk, foreign_clerk, other_university):
    looked(clerk, [1])
    line = found(clerk)
    client.force_login(UserFactory(office=other_university, roles=["UH"]))

    assert clerk.full_name not in page(client)
    assert client.get(detail_url(line)).status_code == 404
    assert client.post(review_url(line), {"note": "看过"}).status_code == 404
    assert clerk.full_name not in b"".join(client.get(EXPORT).streaming_content).decode()


@pytest.mark.parametrize("query", [{"show": "waiting"}, {"show": "reviewed"}, {"pattern": "volume"}, {"pattern": "hours"}])
def test_the_list_is_narrowed(at_home, head, clerk, second_clerk, query):
    looked(clerk, [1])
    looked(second_clerk, [1])
    reviewed = found(clerk)
    found(second_clerk)
    at_home.post(review_url(reviewed), {"note": "已了解"})

    shown = page(at_home, **query)
    expected = {
        "waiting": {second_clerk},
        "reviewed": {clerk},
        "volume": set(),
        "hours": {clerk, second_clerk},
    }[next(iter(query.values()))]
    rows = at_home.get(LIST, query).context["rows"]
    assert {row.reading.person for row in rows} == expected
    assert ("没有符合条件" in shown) is (not expected)


def test_the_list_of_one_person_and_only_people_with_lines_are_offered(at_home, clerk, second_clerk, foreign_clerk):
    for person in (clerk, second_clerk, foreign_clerk):
        looked(person, [1])
        found(person)

    response = at_home.get(LIST, {"person": clerk.pk})
    assert {row.reading.person for row in response.context["rows"]} == {clerk}
    assert set(response.context["form"].fields["person"].queryset) == {clerk, second_clerk}


def test_pages_go_on_by_key_through_days_of_several_lines(at_home, university, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 2)
    people = [UserFactory(office=university) for _ in range(3)]
    for day in (DAY, DAY + dt.timedelta(days=1)):
        for person in people:
            looked(person, [1], day)
        detect(day, day)

    url, seen = LIST, []
    while url:
        response = at_home.get(url)
        seen += [row.reading.pk for row in response.context["rows"]]
        following = response.context["pages"]["next_url"]
        url = LIST + following if following else ""
    assert seen == list(UnusualReading.objects.order_by("-day", "-pk").values_list("pk", flat=True))
    assert len(seen) == 6


@pytest.mark.parametrize("before", ["x", "2026-99-99~1", "~", "2026-03-12~x", "2026-03-12"])
def test_a_strange_key_begins_at_the_first_page(at_home, clerk, before):
    looked(clerk, [1])
    found(clerk)

    assert clerk.full_name in page(at_home, before=before)


def test_behind_a_line_stand_the_reads_with_names_and_the_way_to_the_trail(at_home, head, clerk, candidate):
    looked(clerk, [candidate.pk])
    line = found(clerk)

    shown = page(at_home, detail_url(line))
    assert candidate.name in shown
    assert f"record={candidate.registration_number}" in shown
    assert candidate.identity_mask not in shown
    assert candidate.phone_mask not in shown
    read = Event.objects.filter(actor=head, kind="read").latest("pk")
    assert (read.verb, read.subject_id, read.note, read.details["shown"]) == ("list", line.pk, "复核异常查阅", 1)


def test_a_repeated_search_shows_that_it_was_made_not_what_for_a_name(at_home, clerk):
    details = {"list": "candidates", "term": term_hash("欧阳若川"), "shown": 3}
    for hour in range(9, 14):
        looked(clerk, [None], hour=hour, verb="search", note="查找考生", details=details)
    line = found(clerk, pattern="repeated")

    shown = page(at_home, detail_url(line))
    assert "1个内容共查找5次，5次起列出" in shown
    assert "3行" in shown
    assert "欧阳若川" not in shown
    assert details["term"] not in shown


def test_the_reads_of_a_line_come_in_pages(at_home, clerk, monkeypatch):
    monkeypatch.setattr(reading, "READS_SHOWN", 2)
    looked(clerk, [1, 2, 3])
    line = found(clerk)

    first = at_home.get(detail_url(line))
    second = at_home.get(detail_url(line) + first.context["pages"]["next_url"])
    assert [len(answer.context["reads"]) for answer in (first, second)] == [2, 1]


def test_a_review_needs_a_note_and_is_kept_with_who_and_when(at_home, head, clerk):
    looked(clerk, [1])
    line = found(clerk)

    assert at_home.post(review_url(line), {"note": "  "}).status_code == 422
    line.refresh_from_db()
    assert line.reviewed_at is None

    assert at_home.post(review_url(line), {"note": "加班办理毕业初审，属实。"}).status_code == 302
    line.refresh_from_db()
    assert (line.reviewed_by, line.note) == (head, "加班办理毕业初审，属实。")
    shown = page(at_home, detail_url(line))
    assert "加班办理毕业初审，属实。" in shown
    assert "负责人甲" in shown


def test_a_note_with_an_identity_number_is_sent_back(at_home, clerk, candidate):
    looked(clerk, [1])
    line = found(clerk)

    answer = at_home.post(review_url(line), {"note": f"本人来访 {candidate.identity_number}"})
    assert answer.status_code == 422
    assert "不要写证件号码" in answer.content.decode()
    line.refresh_from_db()
    assert line.reviewed_at is None


def test_ones_own_reading_is_shown_but_left_to_somebody_else(at_home, head):
    looked(head, [1])
    line = found(head)

    shown = page(at_home, detail_url(line))
    assert "须由另一位负责人复核" in shown
    assert review_url(line) not in shown
    assert at_home.post(review_url(line), {"note": "没有问题"}).status_code == 409
    line.refresh_from_db()
    assert line.reviewed_at is None


def test_a_second_review_changes_nothing(at_home, clerk):
    looked(clerk, [1])
    line = found(clerk)
    at_home.post(review_url(line), {"note": "第一次"})

    assert at_home.post(review_url(line), {"note": "第二次"}).status_code == 409
    line.refresh_from_db()
    assert line.note == "第一次"


def test_the_desk_counts_what_waits_for_this_head(client, university, clerk, head):
    def on_the_desk(person: User) -> Any:
        client.force_login(person)
        figures = {str(each["label"]): each["value"] for each in client.get(DESK).context["counts"]}
        return figures.get("待复核的异常查阅")

    looked(clerk, [1])
    looked(head, [1])
    line = found(clerk)

    assert on_the_desk(head) == 1
    assert on_the_desk(clerk) is None
    deputy = UserFactory(office=university, roles=["UH"])
    assert on_the_desk(deputy) == 2
    client.post(review_url(line), {"note": "已了解"})
    assert on_the_desk(head) == 0


def test_the_city_sees_of_other_offices_counts_only(client, city_head, clerk, second_clerk, university):
    today = timezone.localdate()
    for person in (clerk, second_clerk):
        looked(person, [1], today - dt.timedelta(days=2))
        looked(person, [1], today - dt.timedelta(days=40))
    for back in (2, 40):
        detect(today - dt.timedelta(days=back), today - dt.timedelta(days=back))
    client.force_login(city_head)

    response = client.get(LIST)
    [row] = response.context["offices"]
    assert (row["office"], row["lines"], row["people"], row["waiting"]) == (university, 2, 2, 4)
    assert row["oldest"] == today - dt.timedelta(days=40)
    assert clerk.full_name not in response.content.decode()


def test_a_university_gets_no_summary(at_home, clerk):
    looked(clerk, [1])
    found(clerk)

    assert at_home.get(LIST).context["offices"] == []


def test_a_district_office_has_its_own_head(client, db):
    district = DistrictFactory()
    counter = UserFactory(office=district, roles=["L6"])
    looked(counter, [1])
    found(counter)
    client.force_login(UserFactory(office=district, roles=["LH"]))

    assert counter.full_name in page(client)


def test_the_export_is_what_the_list_shows_and_leaves_a_line(at_home, head, clerk, second_clerk):
    for person in (clerk, second_clerk):
        looked(person, [1], note="=1+1")
        found(person)

    text = b"".join(at_home.get(EXPORT, {"person": clerk.pk}).streaming_content).decode("utf-8-sig")
    [row] = csv.DictReader(text.splitlines())
    assert (row["人员"], row["日期"], row["情形"]) == (clerk.full_name, "2026-03-12", "非工作时间查阅")
    assert not row["已知用途"].startswith("=")
    event = Event.objects.get(actor=head, verb="export")
    assert event.details["rows"] == 1


def test_the_statements_of_the_list_do_not_grow_with_its_lines(at_home, university):
    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            at_home.get(LIST)
        return len(statements)

    def add(count: int) -> None:
        for _ in range(count):
            person = UserFactory(office=university)
            looked(person, [CandidateFactory(managing_university=university).pk])
        detect(DAY, DAY)

    add(1)
    page(at_home)
    few = cost()
    add(10)
    assert cost() == few

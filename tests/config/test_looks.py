"""Who looked at my record: when, which office, which duty, what for, on which leave; names only where the office lets them be."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from audit.acting import acting
from audit.models import Event
from audit.trail import record_list, record_read
from config import looks, space_reads
from config.looks import all_looks_at, looks_at, reads_of, years_of
from records.access.leaves import end_in_words
from records.lookups import counting
from records.models import AccessRequest, Candidate, LookupCount, Setting, User
from tests.factories import CandidateFactory, DocumentFactory, ExemptionFactory, UserFactory

READS, EXPORT = reverse("reads"), reverse("reads-export")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def own(client, candidate_user):
    client.force_login(candidate_user)
    return client


def looked(candidate: Candidate, person: User, purpose: str = "核对考籍材料", verb: str = "record", **more: Any) -> Event:
    with acting(person, **more):
        return record_read(verb, candidate, candidate_id=candidate.pk, purpose=purpose)


def looked_at(candidate: Candidate, person: User, at: dt.datetime) -> Event:
    return Event.objects.create(
        kind="read", verb="record", actor=person, office_id=person.office_id, capacity=person.capacity,
        candidate_id=candidate.pk, subject_table="records_candidate", at=at, note="核对",
    )  # fmt: skip


def page(client, url=READS, **query) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def rows(client, **query) -> list[dict[str, str]]:
    response = client.get(EXPORT, query)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def test_a_look_tells_office_duty_deed_and_purpose(candidate, university):
    looked(candidate, UserFactory(office=university, roles=["U4"]), purpose="免2026-00012", verb="case")

    [look] = looks_at(candidate, most=5)
    assert (look.office, look.duties, str(look.what), look.purpose) == (
        university.title,
        "免考初审",
        "查看申请案卷",
        "免2026-00012",
    )
    assert look.who == f"{university.title}（免考初审）"


def test_lists_ones_own_looks_refusals_and_other_records_are_not_shown(candidate, candidate_user, clerk):
    looked(candidate, candidate_user, purpose="")
    looked(CandidateFactory(), clerk)
    with acting(clerk):
        record_list("candidates", Candidate, 50, purpose="查找考生")
    Event.objects.create(kind="read", verb="record", outcome="denied", candidate_id=candidate.pk, subject_table="")

    assert looks_at(candidate, most=5) == []


@pytest.mark.parametrize("by_default", [True, False])
def test_names_are_told_only_where_the_office_lets_them(own, candidate, clerk, by_default):
    if not by_default:
        Setting.objects.create(key="reads.show_names", value=False, in_force_from=timezone.localdate())
    looked(candidate, clerk)

    assert clerk.full_name not in page(own)
    assert clerk.full_name not in str(rows(own))


def test_an_office_may_show_its_names_and_no_other_office_does(own, candidate, clerk, officer, university):
    Setting.objects.create(key="reads.show_names", office=university, value=True, in_force_from=timezone.localdate())
    looked(candidate, clerk)
    looked(candidate, officer)

    shown = page(own)
    assert f"{clerk.full_name}，{university.title}" in shown
    assert officer.full_name not in shown
    assert [row["经办人"] for row in rows(own)] == ["", clerk.full_name]


def test_the_setting_of_the_day_of_the_look_decides(candidate, clerk, university):
    today = timezone.localdate()
    Setting.objects.create(key="reads.show_names", office=university, value=True, in_force_from=today)
    now = timezone.now()
    looked_at(candidate, clerk, now - dt.timedelta(days=1))
    looked_at(candidate, clerk, now)

    assert [bool(look.name) for look in looks_at(candidate, most=5)] == [True, False]


def leave(person: User, office: Any, **more: Any) -> AccessRequest:
    until = dt.datetime(2026, 11, 25, 0, 0, tzinfo=SHANGHAI)
    return AccessRequest.objects.create(
        requester=person, office=office, purpose="司法协查", status="granted", ends_at=until, **more
    )


def test_a_look_on_leave_names_the_leave_and_until_when_it_held(own, candidate, university):
    person = UserFactory(office=university, roles=["US"])
    case = leave(person, university)
    looked(candidate, person, leave_id=case.pk)

    [look] = looks_at(candidate, most=5)
    assert (look.leave, look.until, look.is_urgent) == (case.case_number, end_in_words(case.ends_at), False)
    shown = page(own)
    assert case.case_number in shown
    assert "准许至" in shown
    assert "紧急查阅" not in shown


def test_an_urgent_look_is_marked_even_after_its_review(own, candidate, university):
    person = UserFactory(office=university, roles=["US"])
    case = leave(person, university, urgent_reason="考生在考场突发疾病")
    AccessRequest.objects.filter(pk=case.pk).update(status="reviewed")
    looked(candidate, person, leave_id=case.pk)

    assert "紧急查阅" in page(own)
    assert "考生在考场突发疾病" not in page(own)
    assert rows(own)[0]["紧急查阅"] == "是"


def test_a_look_by_duty_has_no_leave(candidate, clerk):
    looked(candidate, clerk)

    [look] = looks_at(candidate, most=5)
    assert (look.leave, look.until, look.is_urgent) == ("", "", False)


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (dt.datetime(2025, 12, 31, 23, 59, 59, tzinfo=SHANGHAI), 2025),
        (dt.datetime(2026, 1, 1, 0, 0, 0, tzinfo=SHANGHAI), 2026),
    ],
)
def test_years_are_those_of_the_clock_in_shanghai(own, candidate, clerk, at, year):
    looked_at(candidate, clerk, at)

    assert years_of(candidate) == [year]
    assert {each: reads_of(candidate, year=each).count() for each in (2025, 2026)} == {2025: 0, 2026: 0} | {year: 1}
    assert len(rows(own, year=year)) == 1
    assert rows(own, year=2020) == []


def test_pages_go_on_by_key_and_stay_in_their_year(own, candidate, clerk, monkeypatch):
    monkeypatch.setattr(space_reads, "PAGE", 2)
    for day in (1, 2, 3):
        looked_at(candidate, clerk, dt.datetime(2025, 3, day, 10, tzinfo=SHANGHAI))
    looked_at(candidate, clerk, dt.datetime(2026, 3, 1, 10, tzinfo=SHANGHAI))

    first = own.get(READS, {"year": 2025})
    second = own.get(READS + first.context["pages"]["next_url"])
    assert [len(answer.context["looks"]) for answer in (first, second)] == [2, 1]
    assert second.context["pages"]["next_url"] == ""
    assert second.context["pages"]["previous_url"] == "?year=2025"
    assert "2026年" in first.content.decode()


@pytest.mark.parametrize("query", [{"year": "x"}, {"year": "99999"}, {"year": "0"}, {"before": "x"}, {"before": "9" * 30}])
def test_a_strange_address_shows_the_first_page(own, candidate, clerk, query):
    looked(candidate, clerk, purpose="核对")

    assert "核对" in page(own, READS, **query)


def test_the_table_to_take_along_holds_every_look_however_many(own, candidate, clerk, monkeypatch):
    monkeypatch.setattr(looks, "CHUNK", 3)
    for each in range(7):
        looked(candidate, clerk, purpose=f"用途{each}")

    assert [row["用途"] for row in rows(own)] == [f"用途{each}" for each in reversed(range(7))]
    assert len(list(all_looks_at(candidate))) == 7


def test_what_a_spreadsheet_would_compute_stays_text(own, candidate, clerk):
    looked(candidate, clerk, purpose="=HYPERLINK(1)")

    assert not rows(own)[0]["用途"].startswith("=")


def test_the_page_says_what_is_recorded_and_whom_to_ask(own, candidate):
    shown = page(own)

    assert "不能删改" in shown
    assert candidate.managing_university.title in shown
    assert "还没有工作人员查阅过您的考籍" in shown


def test_the_statements_do_not_grow_with_the_looks(candidate, clerk, university, django_assert_num_queries):
    case = leave(clerk, university)
    for _ in range(5):
        looked(candidate, clerk, leave_id=case.pk)

    with django_assert_num_queries(5):  # records merged into it, reads with their people, setting, offices, leaves
        assert len(looks_at(candidate, most=50)) == 5


def test_nobody_else_reaches_the_page(client, clerk, counter):
    for person in (clerk, counter):
        client.force_login(person)
        assert [client.get(url).status_code for url in (READS, EXPORT)] == [404, 404]


def opened(client, candidate) -> str:
    url = reverse("candidates:detail", args=[candidate.pk])
    return client.post(url, {"reason": "check"}, follow=True).content.decode()


def test_who_may_read_the_trail_sees_the_latest_looks_by_name_on_the_record_page(client, candidate, university, clerk):
    for each in range(12):
        looked(candidate, clerk, purpose=f"用途{each:02}")
    client.force_login(UserFactory(office=university, roles=["UH"]))

    shown = opened(client, candidate)
    assert "查阅记录" in shown
    assert f"{clerk.full_name}，{university.title}" in shown
    assert "用途03" in shown  # the head's own look is the tenth
    assert "用途02" not in shown


def test_others_do_not_see_them_there(client, candidate, clerk, second_clerk):
    looked(candidate, second_clerk, purpose="别人的用途")
    client.force_login(clerk)

    assert "别人的用途" not in opened(client, candidate)


def own_pages(candidate: Candidate) -> dict[str, str]:
    case = ExemptionFactory(candidate=candidate, status="university")
    return {
        reverse("space"): "L2",
        reverse("space-kind", args=["marks"]): "L2",
        reverse("passed-courses"): "L3",
        reverse("progress"): "L2P",
        reverse("applications"): "L2C",
        reverse("exemptions:detail", args=[case.pk]): "L2C",
        READS: "L2R",
    }


def test_ones_own_looks_are_counted_by_day_and_kind_and_leave_no_line(own, candidate, candidate_user, tmp_path):
    document = DocumentFactory(candidate=candidate, uploaded_by=candidate_user)
    document.path.parent.mkdir(parents=True, exist_ok=True)
    document.path.write_bytes(b"%PDF-1.4")
    expected = {"L2D": 1}
    for url, channel in own_pages(candidate).items():
        page(own, url)
        expected[channel] = expected.get(channel, 0) + 1
    assert own.get(reverse("documents:open", args=[document.key])).status_code == 200
    before = cache.get(f"lookups:L2:{timezone.localdate().isoformat()}")
    counting.collect()

    today = LookupCount.objects.filter(day=timezone.localdate())
    assert dict(today.values_list("channel", "count")) == expected
    assert before == 2
    assert not Event.objects.filter(kind="read").exists()


def test_what_staff_open_is_not_counted_as_the_candidates(client, clerk, candidate):
    case = ExemptionFactory(candidate=candidate, status="university")
    client.force_login(clerk)
    client.get(reverse("exemptions:detail", args=[case.pk]))
    counting.collect()

    assert not LookupCount.objects.exists()
    assert Event.objects.filter(kind="read", verb="case", candidate_id=candidate.pk).count() == 1

"""Reading the trail: who sees which events, what is found by which index, how a line reads, and that reading leaves its own."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from audit.acting import acting
from audit.models import Event
from audit.trail import record_read
from config.trail.searching import Search, found
from config.trail.sight import own_events, visible_events
from exemptions.workflow import EXEMPTION
from records.models import Candidate
from tests.factories import CandidateFactory, DistrictFactory, ExemptionFactory, UserFactory


@pytest.fixture
def auditor(city):
    return UserFactory(office=city, roles=["OA"], full_name="沈之远")


@pytest.fixture
def university_head(university):
    return UserFactory(office=university, roles=["UH"], full_name="周明")


def look(by, candidate, purpose="考生来访"):
    with acting(by):
        return record_read("record", candidate, candidate_id=candidate.pk, purpose=purpose)


def seen_by(user):
    return set(visible_events(user).values_list("pk", flat=True))


def test_the_citys_auditor_and_head_see_every_event(auditor, city, foreign_clerk, candidate):
    event = look(foreign_clerk, candidate)

    assert event.pk in seen_by(auditor)
    assert event.pk in seen_by(UserFactory(office=city, roles=["OH"]))


def test_a_universitys_head_sees_the_own_people_whole(university_head, clerk, other_university):
    stranger = CandidateFactory(managing_university=other_university)
    event = look(clerk, stranger)

    assert event in own_events(university_head)


def test_of_other_offices_a_head_knows_what_concerns_the_own_candidates(university_head, officer, candidate):
    event = look(officer, candidate)

    assert event.pk in seen_by(university_head)
    assert event not in own_events(university_head)


def test_a_head_knows_nothing_of_what_concerns_other_universities(university_head, foreign_clerk, other_university):
    event = look(foreign_clerk, CandidateFactory(managing_university=other_university))

    assert event.pk not in seen_by(university_head)


def test_a_districts_head_sees_the_own_people_only(candidate, officer):
    district = DistrictFactory()
    head, counter = UserFactory(office=district, roles=["LH"]), UserFactory(office=district, roles=["L6"])
    own, foreign = look(counter, candidate), look(officer, candidate)

    assert own.pk in seen_by(head)
    assert foreign.pk not in seen_by(head)


@pytest.mark.parametrize("role", ["O3", "O4", "OS", "OV"])
def test_who_has_no_right_to_the_trail_sees_nothing(city, officer, candidate, role):
    look(officer, candidate)

    assert not seen_by(UserFactory(office=city, roles=[role]))
    assert not seen_by(UserFactory(candidate=candidate))


def week(**conditions):
    today = timezone.localdate()
    return Search(first=today - dt.timedelta(days=6), last=today, **conditions)


def test_who_may_not_know_the_person_cannot_find_the_event_by_it(university_head, officer, candidate):
    look(officer, candidate)

    assert not found(university_head, week(actors=(officer.pk,))).exists()
    assert not found(university_head, week(verb="record")).exists()
    assert found(university_head, week(candidates=(candidate.pk,))).exists()


def test_a_search_survives_the_way_through_a_job():
    search = week(candidates=(1,), subjects=(("records_candidate", (1, 2)),), actors=(3,), office=4, kind="read")

    assert Search.of(search.parameters()) == search


# ---- the pages


def for_a_purpose(client, user):
    client.force_login(user)
    client.post(reverse("trail:purpose"), {"reason": "check", "words": "季度检查"})
    return client


def test_the_purpose_is_asked_first_and_nothing_is_shown_before(client, auditor, clerk, candidate):
    look(clerk, candidate)
    client.force_login(auditor)

    page = client.get(reverse("trail:list")).content.decode()

    assert "查询前先写明用途" in page
    assert candidate.name not in page


def test_searching_the_trail_leaves_an_event_with_purpose_and_a_hash(client, auditor, candidate):
    ticket = candidate.ticket_number
    page = for_a_purpose(client, auditor).get(reverse("trail:list"), {"record": ticket})

    event = Event.objects.get(verb="trail")
    assert page.status_code == 200
    assert (event.note, event.candidate_id, event.actor) == ("例行检查：季度检查", candidate.pk, auditor)
    assert len(event.details["searched"]) == 64
    assert ticket not in str(event.details)


def test_a_line_says_when_who_and_what_in_plain_words(client, auditor, university, candidate):
    clerk = UserFactory(office=university, roles=["U4"], full_name="钱文静")
    look(clerk, candidate, "核对考籍材料")

    page = for_a_purpose(client, auditor).get(reverse("trail:list"), {"record": candidate.ticket_number}).content.decode()

    for words in (f"{university.name}自考办", "钱文静（免考初审）", f"查阅考籍：{candidate.name}", "核对考籍材料", "尚未封存"):
        assert words in page


def test_a_head_is_told_only_that_another_office_looked(client, university_head, officer, candidate):
    look(officer, candidate, "机密用途")

    page = for_a_purpose(client, university_head).get(reverse("trail:list"), {"record": candidate.ticket_number}).content.decode()

    assert "市高等教育自学考试办公室" in page
    assert "其他机构经办，内容不显示" in page
    assert "机密用途" not in page
    assert str(officer) not in page


def test_an_event_of_another_office_is_forbidden_and_of_other_candidates_missing(
    client, university_head, officer, candidate, foreign_clerk, other_university
):
    about_own = look(officer, candidate)
    elsewhere = look(foreign_clerk, CandidateFactory(managing_university=other_university))
    for_a_purpose(client, university_head)

    assert client.get(reverse("trail:event", args=[about_own.pk])).status_code == 403
    assert client.get(reverse("trail:event", args=[elsewhere.pk])).status_code == 404


def test_a_change_is_shown_before_and_after_in_the_words_of_the_office(client, auditor, clerk, candidate, other_university):
    with acting(clerk, purpose="登记变更"):
        Candidate.objects.filter(pk=candidate.pk).update(managing_university=other_university, sex="1", prior_education="专科")
    event = Event.objects.get(kind="change", verb="update", subject_table="records_candidate")

    page = for_a_purpose(client, auditor).get(reverse("trail:event", args=[event.pk])).content.decode()

    for words in ("主考院校", str(other_university), "性别", "女", "男", "前置学历", "登记变更"):
        assert words in page
    assert "managing_university_id" not in page


def test_a_step_says_from_where_to_where_in_the_workflows_words(client, auditor, clerk, candidate):
    case = ExemptionFactory(candidate=candidate, status="university")
    event = EXEMPTION.take("return", case, by=clerk, note="缺成绩单")

    page = for_a_purpose(client, auditor).get(reverse("trail:event", args=[event.pk])).content.decode()

    for words in (f"免考申请{case.case_number}：退回补正", "主考院校初审中", "退回补正", "缺成绩单"):
        assert words in page


def test_a_case_number_finds_its_steps_its_changes_and_its_reads(client, auditor, clerk, candidate):
    case = ExemptionFactory(candidate=candidate, status="university")
    EXEMPTION.take("return", case, by=clerk, note="缺成绩单")
    with acting(clerk):
        record_read("case", case, candidate_id=candidate.pk, purpose=case.case_number)
    look(clerk, CandidateFactory())

    page = for_a_purpose(client, auditor).get(reverse("trail:list"), {"record": case.case_number})

    kinds = {line.kind for line in page.context["lines"]}
    assert kinds == {"办理", "变更", "查阅"}
    assert all(case.case_number in line.what for line in page.context["lines"])


def test_an_identity_number_is_refused_with_advice_and_not_repeated(client, auditor, candidate):
    for_a_purpose(client, auditor)
    answer = client.post(reverse("trail:list"), {"record": candidate.identity_number})

    assert answer.status_code == 422
    assert "这里不能填证件号码" in answer.content.decode()
    assert candidate.identity_number not in answer.content.decode()


def test_what_is_posted_stands_in_the_address_afterwards(client, auditor, candidate):
    for_a_purpose(client, auditor)
    answer = client.post(reverse("trail:list"), {"record": candidate.ticket_number, "kind": "read"})

    assert answer.status_code == 302
    assert f"record={candidate.ticket_number}&kind=read" in answer["Location"]


@pytest.mark.parametrize(("days", "status"), [(366, 200), (367, 422)])
def test_a_page_reads_at_most_a_leap_year(client, auditor, days, status):
    last = timezone.localdate()
    span = {"first": last - dt.timedelta(days=days - 1), "last": last}

    assert for_a_purpose(client, auditor).get(reverse("trail:list"), span).status_code == status


def test_a_number_may_be_followed_back_as_far_as_it_goes(client, auditor, candidate):
    span = {"first": "2019-01-01", "last": timezone.localdate(), "record": candidate.ticket_number}

    assert for_a_purpose(client, auditor).get(reverse("trail:list"), span).status_code == 200


def test_refused_attempts_are_found_by_their_outcome(client, auditor, clerk):
    client.force_login(clerk)
    client.get(reverse("trail:list"))

    page = for_a_purpose(client, auditor).get(reverse("trail:list"), {"outcome": "denied"})

    assert [line.what for line in page.context["lines"]] == ["打开无权查看的页面：/trail/"]
    assert "无权，未执行" in page.content.decode()


def test_pages_follow_each_other_by_the_number_of_the_event(client, auditor, clerk, candidate):
    with acting(clerk):
        events = [record_read("record", candidate, candidate_id=candidate.pk, purpose="核对") for _ in range(51)]
    for_a_purpose(client, auditor)
    first = client.get(reverse("trail:list"), {"person": clerk.username})

    second = client.get(reverse("trail:list") + first.context["pages"]["next_url"])

    assert [line.number for line in first.context["lines"]] == [event.pk for event in reversed(events[1:])]
    assert [line.number for line in second.context["lines"]] == [events[0].pk]


def test_the_purpose_is_asked_again_after_half_an_hour(client, auditor, monkeypatch):
    for_a_purpose(client, auditor)
    session = client.session
    session["trail_purpose"][1] -= 30 * 60 + 1
    session.save()

    assert "查询前先写明用途" in client.get(reverse("trail:list")).content.decode()


def test_a_purpose_does_not_lead_to_a_foreign_address(client, auditor):
    client.force_login(auditor)
    answer = client.post(reverse("trail:purpose"), {"reason": "check", "onward": "https://example.org/"})

    assert answer["Location"] == reverse("trail:list")

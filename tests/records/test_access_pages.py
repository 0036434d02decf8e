"""The pages of leave to look: three ways of asking, the head's page with the use, the printed form, the desk, the API."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from config import desk
from config.workflows import KINDS
from records.access.models import AccessRequest
from records.access.workflow import LEAVE
from tests.factories import CandidateFactory, MajorFactory, UserFactory
from tests.records.access_people import REASON, granted, in_a_day, request_of, urgent_look

LIST, NEW = reverse("access:list"), reverse("access:new")
PURPOSE = "核对学费减免名单上的课程门数"


def fill_url(way):
    return reverse("access:fill", args=[way])


def case_url(case, name="detail"):
    return reverse(f"access:{name}", args=[case.pk])


def step_url(case, name):
    return reverse("access:step", args=[case.pk, name])


def text_of(client, person, url, **query):
    client.force_login(person)
    return client.get(url, query).content.decode()


def main_of(client, person, url, **query):
    page = text_of(client, person, url, **query)
    return page[page.index('<main id="main"') : page.index("</main>")]


def listed_numbers(page):
    """The records of a case page, by number."""
    cells = re.findall(r'<th scope="row" class="nw">(.*?)</th>', page)
    return [re.sub(r"<[^>]+>", "", cell) for cell in cells]


def test_a_request_by_numbers_goes_to_the_head_at_once(client, finance, head, candidate):
    client.force_login(finance)
    sent = {"numbers": candidate.ticket_number, "purpose": PURPOSE, "days": 2, "submit": "1"}

    answer = client.post(fill_url("numbers"), sent, follow=True)

    case = AccessRequest.objects.get()
    assert "已办：交负责人审批" in answer.content.decode()
    assert (case.status, case.requester, case.office_id, case.days) == ("head", finance, finance.office_id, 2)
    assert list(case.records.values_list("candidate_id", "number")) == [(candidate.pk, candidate.ticket_number)]


def test_without_the_main_button_it_stays_a_draft_that_can_be_changed(client, finance, head, candidate, university):
    other = CandidateFactory(managing_university=university)
    client.force_login(finance)
    client.post(fill_url("numbers"), {"numbers": candidate.ticket_number, "purpose": PURPOSE, "days": 2})
    case = AccessRequest.objects.get()
    assert case.status == "draft"
    assert candidate.ticket_number in client.get(case_url(case, "edit")).content.decode()

    client.post(case_url(case, "edit"), {"numbers": other.ticket_number, "purpose": PURPOSE, "days": 5, "submit": "1"})

    case.refresh_from_db()
    assert (case.status, case.days) == ("head", 5)
    assert list(case.candidates.all()) == [other]


def test_what_is_with_the_head_is_not_changed_any_more(client, finance, head, candidate):
    case = request_of(finance, [candidate], "head")
    client.force_login(finance)

    answer = client.post(case_url(case, "edit"), {"numbers": "1", "purpose": "改成别的用途别的用途", "days": 5})

    case.refresh_from_db()
    assert answer.status_code == 409
    assert case.purpose == PURPOSE


def test_a_colleague_does_not_change_a_draft(client, finance, head, candidate, university):
    case = request_of(finance, [candidate])
    for person in (head, UserFactory(office=university, roles=["US"])):
        client.force_login(person)
        assert client.post(case_url(case, "edit"), {"numbers": "1", "purpose": PURPOSE, "days": 1}).status_code == 404


def test_unknown_numbers_are_named_and_nothing_is_saved(client, finance, candidate):
    client.force_login(finance)
    answer = client.post(fill_url("numbers"), {"numbers": f"{candidate.ticket_number}，990011", "purpose": PURPOSE, "days": 1})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "这些号码没有找到，请核对：990011" in page
    assert candidate.name not in page
    assert not AccessRequest.objects.exists()


def test_trying_numbers_leaves_a_line_with_how_many_were_found(client, finance, candidate):
    client.force_login(finance)
    client.post(fill_url("numbers"), {"numbers": f"{candidate.ticket_number} 990011 990012", "purpose": PURPOSE, "days": 1})

    search = Event.objects.get(kind="read", verb="search")
    assert (search.actor, search.details) == (finance, {"found": 1, "unknown": 2})


def test_an_identity_number_is_refused_and_not_shown_again(client, finance, candidate):
    client.force_login(finance)
    sent = {"numbers": candidate.identity_number, "purpose": PURPOSE, "days": 1}

    page = client.post(fill_url("numbers"), sent).content.decode()

    assert "请不要填证件号码或手机号码" in page
    assert candidate.identity_number not in page
    assert PURPOSE in page
    assert candidate.identity_number not in str(list(Event.objects.values_list("note", "details")))


def test_a_purpose_with_an_identity_number_is_refused(client, finance, candidate):
    client.force_login(finance)
    sent = {"numbers": candidate.ticket_number, "purpose": f"核对{candidate.identity_number}的减免", "days": 1}

    assert client.post(fill_url("numbers"), sent).status_code == 422
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize(("count", "status"), [(200, 422), (201, 422)])
def test_two_hundred_numbers_are_looked_up_one_more_is_not(client, finance, count, status):
    client.force_login(finance)
    sent = {"numbers": "\n".join(f"9900{n:05}" for n in range(count)), "purpose": PURPOSE, "days": 1}

    answer = client.post(fill_url("numbers"), sent)

    assert answer.status_code == status
    assert ("没有找到" in answer.content.decode()) is (count <= 200)
    assert ("一次最多写200个号码" in answer.content.decode()) is (count > 200)


def test_a_query_shows_its_count_when_asked_and_when_decided(client, finance, head, university):
    major = MajorFactory()
    people = [CandidateFactory(managing_university=university, major=major) for _ in range(3)]
    client.force_login(finance)
    sent = {"university": university.pk, "major": major.pk, "purpose": PURPOSE, "days": 1, "submit": "1"}
    page = client.post(fill_url("query"), sent, follow=True).content.decode()
    case = AccessRequest.objects.get()
    assert "现在查到3份" in page
    CandidateFactory(managing_university=university, major=major)

    page = text_of(client, head, case_url(case))
    assert "现在查到4份" in page
    assert people[0].name[0] + "*" not in page
    client.post(step_url(case, "grant"), {"granted_days": 1})
    CandidateFactory(managing_university=university, major=major)

    assert "批准时查到4份" in text_of(client, head, case_url(case))


@pytest.mark.parametrize(
    "sent", [{}, {"since": "2026-05-01", "until": "2026-04-30"}, {"university": "x"}, {"since": "yesterday"}]
)
def test_a_query_says_something_that_can_be_read(client, finance, sent):
    client.force_login(finance)

    assert client.post(fill_url("query"), {"purpose": PURPOSE, "days": 1, **sent}).status_code == 422
    assert not AccessRequest.objects.exists()


def test_an_urgent_look_is_open_at_once_and_reported(client, finance, head, candidate):
    client.force_login(finance)
    sent = {"numbers": candidate.ticket_number, "purpose": PURPOSE, "urgent_reason": REASON, "submit": "1"}

    client.post(fill_url("urgent"), sent, follow=True)

    case = AccessRequest.objects.get()
    assert (case.status, case.urgent_reason) == ("urgent", REASON)
    assert case.events.steps().get().note == REASON
    assert client.get(reverse("candidates:detail", args=[candidate.pk])).status_code == 200
    page = text_of(client, head, reverse("desk"))
    assert case.case_number in page
    assert "紧急查阅" in page
    assert '<span class="kj-n">1</span>' in page


def test_nothing_is_sent_without_a_head_but_the_draft_stays(client, finance, city_head, candidate):
    client.force_login(finance)
    sent = {"numbers": candidate.ticket_number, "purpose": PURPOSE, "days": 1, "submit": "1"}

    answer = client.post(fill_url("numbers"), sent)

    assert answer.status_code == 409
    assert "请由市自考办负责人先任命" in answer.content.decode()
    assert AccessRequest.objects.get().status == "draft"


def test_a_way_that_is_none_is_missing(client, finance):
    client.force_login(finance)

    assert client.get(fill_url("anyhow")).status_code == 404


def test_candidates_and_people_without_an_office_do_not_ask(client, candidate_user, db):
    for person in (candidate_user, UserFactory()):
        client.force_login(person)
        for url in (LIST, NEW, fill_url("numbers")):
            assert client.get(url).status_code == 404


def test_the_requester_sees_numbers_before_and_masked_names_while_it_runs(client, finance, head, candidate):
    candidate.name = "林知微"
    candidate.save()
    case = request_of(finance, [candidate], "head")
    assert "林**" not in main_of(client, finance, case_url(case))
    assert "林**" in main_of(client, head, case_url(case))
    LEAVE.take("grant", case, by=head)

    page = main_of(client, finance, case_url(case))
    assert "林**" in page
    assert "林知微" not in page
    assert reverse("candidates:detail", args=[candidate.pk]) in page
    assert reverse("candidates:detail", args=[candidate.pk]) not in main_of(client, head, case_url(case))
    LEAVE.take("end", case, by=head, note="事情已经办完")
    over = main_of(client, finance, case_url(case))
    assert "林**" not in over
    assert reverse("candidates:detail", args=[candidate.pk]) not in over


def test_a_number_tells_no_other_number(client, finance, head, candidate):
    candidate.record_number = "1234567897"
    candidate.save()
    case = granted(finance, head, [candidate])

    for person in (finance, head):
        page = main_of(client, person, case_url(case))
        assert candidate.record_number not in page.replace("<span>", "").replace("</span>", "")


def test_the_case_page_leaves_a_line_in_the_trail(client, finance, head, candidate):
    case = request_of(finance, [candidate], "head")
    text_of(client, head, case_url(case))

    read = Event.objects.get(kind="read", verb="case")
    assert (read.subject_id, read.note, read.actor) == (case.pk, case.case_number, head)


def test_the_head_decides_for_fewer_days(client, finance, head, candidate):
    case = request_of(finance, [candidate], "head", days=5)
    client.force_login(head)
    assert client.post(step_url(case, "grant"), {"granted_days": 6}).status_code == 409
    assert client.post(step_url(case, "grant"), {"granted_days": "x"}).status_code == 422

    client.post(step_url(case, "grant"), {"granted_days": 2})

    case.refresh_from_db()
    assert (case.status, case.granted_days) == ("granted", 2)
    assert timezone.localdate(case.ends_at - dt.timedelta(seconds=1)) == timezone.localdate() + dt.timedelta(days=2)


def test_the_head_refuses_with_a_reason_only(client, finance, head, candidate):
    case = request_of(finance, [candidate], "head")
    client.force_login(head)
    assert client.post(step_url(case, "refuse"), {"note": ""}).status_code == 409

    client.post(step_url(case, "refuse"), {"note": "与本职工作无关"})

    assert "与本职工作无关" in text_of(client, finance, case_url(case))


def test_the_head_sees_the_use_and_the_requester_does_not_need_it(client, finance, head, candidate, university):
    other = CandidateFactory(managing_university=university)
    case = granted(finance, head, [candidate, other])
    client.force_login(finance)
    client.get(reverse("candidates:detail", args=[candidate.pk]))

    page = main_of(client, head, case_url(case))
    assert "怎样用的" in page
    assert "从未打开" in page
    assert listed_numbers(page) == [candidate.ticket_number, other.ticket_number]
    assert listed_numbers(main_of(client, head, case_url(case), unopened="1")) == [other.ticket_number]
    assert "怎样用的" not in main_of(client, finance, case_url(case))


def test_over_it_says_so_and_offers_nothing(client, finance, head, candidate):
    case = granted(finance, head, [candidate])
    AccessRequest.objects.filter(pk=case.pk).update(ends_at=timezone.now() - dt.timedelta(seconds=1))

    for person in (finance, head):
        page = main_of(client, person, case_url(case))
        assert "已到期" in page
        assert "收回…" not in page
        assert "交回" not in page
    assert "已到期" in main_of(client, finance, LIST)


def test_own_requests_are_listed_and_nobody_elses(client, finance, head, candidate, university):
    mine = request_of(finance, [candidate], "head")
    theirs = request_of(UserFactory(office=university, roles=["US"]), [candidate], "head")
    draft = request_of(UserFactory(office=university, roles=["US"]), [candidate])

    assert mine.case_number in main_of(client, finance, LIST)
    assert theirs.case_number not in main_of(client, finance, LIST)
    page = main_of(client, head, LIST)
    assert mine.case_number in page
    assert theirs.case_number in page
    assert draft.case_number not in page


def test_the_head_narrows_the_list(client, finance, head, candidate, university):
    cases = {
        "waiting": request_of(finance, [candidate], "head"),
        "force": granted(finance, head, [candidate]),
        "over": request_of(finance, [candidate], "granted", ends_at=timezone.now() - dt.timedelta(days=1)),
        "refused": request_of(finance, [candidate], "refused"),
    }
    other = request_of(UserFactory(office=university, roles=["US"], full_name="许舟"), [candidate], "withdrawn")

    for status, case in cases.items():
        page = main_of(client, head, LIST, status=status)
        assert case.case_number in page, status
        assert not [each for each in cases.values() if each != case and each.case_number in page], status
    assert other.case_number in main_of(client, head, LIST, q="许舟")
    assert cases["force"].case_number not in main_of(client, head, LIST, q="许舟")
    assert cases["force"].case_number in main_of(client, head, LIST, q=cases["force"].case_number)


def test_the_printed_form_says_who_asked_who_decided_and_until_when(client, finance, head, candidate):
    case = granted(finance, head, [candidate])

    page = main_of(client, head, case_url(case, "sheet"))
    for words in ("查阅审批单", case.case_number, PURPOSE, str(finance), str(head), "批准查阅", candidate.ticket_number):
        assert words in page
    assert candidate.name not in page
    client.force_login(finance)
    assert client.get(case_url(request_of(finance, [candidate]), "sheet")).status_code == 404


def test_an_unreviewed_look_stays_on_the_heads_desk_overdue_and_in_front(client, finance, head, candidate):
    request_of(finance, [candidate], "head")
    case = urgent_look(finance, [candidate])
    past = timezone.now() - dt.timedelta(hours=60)
    AccessRequest.objects.filter(pk=case.pk).update(status_since=past, ends_at=past + dt.timedelta(hours=24))

    first, second = desk.gathered(head, KINDS, timezone.localdate())

    assert (first.number, first.waited, first.kind) == (case.case_number, "60小时", "紧急查阅")
    assert first.is_late(timezone.localdate())
    assert (second.kind, second.waited) == ("查阅申请", "0天")
    assert first.name == str(finance)
    assert desk.gathered(finance, KINDS, timezone.localdate()) == []


def test_the_last_day_of_a_decision_is_still_in_time(finance, head, candidate):
    case = request_of(finance, [candidate], "head")
    AccessRequest.objects.filter(pk=case.pk).update(status_since=timezone.now() - dt.timedelta(days=2))
    (line,) = desk.gathered(head, KINDS, timezone.localdate())

    assert not line.is_late(timezone.localdate())
    assert line.is_late(timezone.localdate() + dt.timedelta(days=1))


def test_twenty_requests_take_as_many_queries_as_one(client, finance, head, candidate):
    request_of(finance, [candidate], "head")
    client.force_login(head)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _ in range(19):
        request_of(finance, [candidate], "head")
    with CaptureQueriesContext(connection) as twenty:
        client.get(LIST)

    assert len(twenty) == len(one)


def test_fifty_records_take_as_many_queries_as_one_and_page_by_key(client, finance, head, university):
    def queries(count):
        case = request_of(finance, [CandidateFactory(managing_university=university) for _ in range(count)], "granted")
        AccessRequest.objects.filter(pk=case.pk).update(ends_at=in_a_day())
        with CaptureQueriesContext(connection) as captured:
            page = client.get(case_url(case)).content.decode()
        return case, len(captured), page

    client.force_login(head)
    client.get(LIST)
    _one, few, _page = queries(1)
    case, many, page = queries(51)

    last = case.records.order_by("pk").last()
    assert many == few
    assert "?after=" in page
    after = case.records.order_by("pk")[49].pk
    assert f"{last.number[-4:]}" in client.get(case_url(case), {"after": after}).content.decode()


def test_the_machine_takes_the_same_steps_through_the_same_door(client, finance, head, candidate):
    case = request_of(finance, [candidate], "head", days=3)
    url = reverse("api-access-steps", args=[case.pk, "grant"])
    client.force_login(head)
    refused = client.post(url, {"facts": {"granted_days": 9}}, content_type="application/json")
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (409, "access.granted-days")
    foreign = client.post(url, {"facts": {"review_finding": "true"}}, content_type="application/json")
    assert foreign.status_code == 400

    answer = client.post(url, {"facts": {"granted_days": 1}}, content_type="application/json")

    assert answer.json()["status"] == "granted"
    assert answer.json()["numbers"] == [candidate.ticket_number]
    assert candidate.name not in answer.content.decode()
    listed = client.get(reverse("api-access-list")).json()["results"]
    assert [line["case_number"] for line in listed] == [case.case_number]


def test_the_machine_shows_nothing_to_colleagues_and_candidates(client, finance, head, candidate, candidate_user, university):
    case = request_of(finance, [candidate], "head")
    for person, status in ((UserFactory(office=university, roles=["US"]), 404), (candidate_user, 403)):
        client.force_login(person)
        assert client.get(reverse("api-access-detail", args=[case.pk])).status_code == status


def test_a_look_at_midnight_of_the_last_day(client, finance, head, candidate):
    case = granted(finance, head, [candidate], days=1)

    assert "24时" in main_of(client, finance, case_url(case))
    with time_machine.travel(case.ends_at, tick=False):
        client.force_login(finance)
        assert "已到期" in client.get(case_url(case)).content.decode()

"""Pages of reviews: who is shown what, what came of a change, many at once, the letter, the machine's door."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from config import review_effects
from graduation.facts import FOLLOWER
from graduation.following import follow_credits
from graduation.models import GraduationApplication
from records.certificates.issuing import issue
from records.certificates.superseding import follow_record
from records.jobs.models import Job
from records.ledger.book import enter_selected
from records.models import Certificate, DayException, Document
from scores.marks.crediting import PASSED_MARKS, PASSING
from scores.models import Mark, MarkRevision, ReviewRequest
from scores.reviews import batches
from scores.reviews.asking import ask
from scores.reviews.consequences import consequences_of
from scores.reviews.models import Origin, ReviewStatus, Scope
from scores.reviews.workflow import REVIEW
from tests.factories import GraduationFactory, PlanCourseFactory, PlanFactory, ReviewFactory
from tests.proofs import png
from tests.scores.test_reviews import UPHELD, found, published
from tests.workbooks import rows_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def mark(candidate) -> Mark:
    return published(candidate, "58")


def confirmed(mark: Mark, points: str, officer: Any, second_officer: Any) -> ReviewRequest:
    """A review that changed the mark."""
    case = ask(mark, scope=Scope.ADDITION, statement="自查", origin=Origin.OFFICE, by=officer)
    REVIEW.take("find", case, by=officer, facts=found(points, mark.candidate))
    REVIEW.take("confirm-change", case, by=second_officer)
    case.refresh_from_db()
    return case


def told(case: ReviewRequest) -> dict[str, str]:
    return {str(line.title): line.text for line in consequences_of(case)}


# asking


def test_a_candidate_asks_from_the_mark_in_the_space(client, candidate_user, mark):
    client.force_login(candidate_user)
    url = reverse("reviews:new", args=[mark.pk])

    assert url in client.get(reverse("space-kind", args=["marks"])).content.decode()
    assert url in client.get(reverse("reviews:choose")).content.decode()
    page = client.get(url).content.decode()
    assert "不重新评卷" in page
    assert page.count('type="radio"') == 3
    answer = client.post(url, {"scope": "addition", "statement": "请核对"})

    case = ReviewRequest.objects.get()
    assert answer.url == reverse("reviews:detail", args=[case.pk])
    assert case.case_number in client.get(reverse("space-kind", args=["marks"])).content.decode()
    assert case.case_number in client.get(reverse("applications")).content.decode()


def test_a_scope_that_there_is_not_is_refused_on_the_page_and_at_the_machines_door(client, candidate_user, mark):
    client.force_login(candidate_user)

    page = client.post(reverse("reviews:new", args=[mark.pk]), {"scope": "essay", "statement": ""})
    machine = client.post("/api/v1/reviews/", {"mark": mark.pk, "scope": "other"}, content_type="application/json")

    assert (page.status_code, machine.status_code) == (422, 409)
    assert "不重新评卷" in page.content.decode()
    assert [problem["code"] for problem in machine.json()["problems"]] == ["review.scope"]
    assert "不重新评卷" in machine.json()["problems"][0]["message"]
    assert not ReviewRequest.objects.exists()


def test_a_machine_asks_and_takes_steps(client, candidate_user, clerk, mark):
    client.force_login(candidate_user)
    made = client.post("/api/v1/reviews/", {"mark": mark.pk, "scope": "missed"}, content_type="application/json")
    assert (made.status_code, made.json()["status"]) == (201, "university")

    client.force_login(clerk)
    url = f"/api/v1/reviews/{made.json()['id']}/steps/check/"
    answer = client.post(url, {"facts": {"identity_confirmed": True}}, content_type="application/json")

    assert (answer.status_code, answer.json()["status"]) == (200, "municipality")


def test_an_unpublished_mark_is_nowhere(client, candidate_user, clerk, officer, candidate):
    hidden = ReviewFactory.build  # only published marks can be asked about
    assert hidden is not None
    unpublished = published(candidate, "91.3")
    type(unpublished.publication).objects.filter(pk=unpublished.publication_id).update(published_at=None)
    addresses = [
        (candidate_user, reverse("reviews:choose"), 200),
        (candidate_user, reverse("reviews:new", args=[unpublished.pk]), 404),
        (clerk, reverse("reviews:counter", args=[candidate.pk]), 200),
        (clerk, reverse("reviews:counter-new", args=[candidate.pk, unpublished.pk]), 404),
        (officer, reverse("reviews:office-new", args=[candidate.pk, unpublished.pk]), 404),
    ]

    for person, url, code in addresses:
        client.force_login(person)
        answer = client.get(url)
        assert (answer.status_code, "91.3" in answer.content.decode()) == (code, False), url
    client.force_login(candidate_user)
    machine = client.post("/api/v1/reviews/", {"mark": unpublished.pk, "scope": "missed"}, content_type="application/json")
    assert machine.status_code == 404


# what was found


def test_what_was_found_is_the_citys_alone_until_it_is_confirmed(
    client, candidate, candidate_user, clerk, officer, second_officer, mark
):
    case = ask(mark, scope=Scope.ADDITION, statement="", origin=Origin.CANDIDATE, by=candidate_user)
    REVIEW.take("check", case, by=clerk, facts={"identity_confirmed": True})
    REVIEW.take("find", case, by=officer, facts=found("67.3", candidate, grounds="第三题漏加九点三分"))
    pages = [
        reverse("reviews:detail", args=[case.pk]),
        reverse("reviews:list"),
        f"/api/v1/reviews/{case.pk}/",
        "/api/v1/reviews/",
    ]

    for person in (candidate_user, clerk):
        client.force_login(person)
        for url in [*pages, *([] if person == candidate_user else [reverse("reviews:export")])]:
            content = client.get(url).content
            for secret in ("67.3", "漏加九点三分", "更正后的成绩", '"result":"changed"', "复核材料"):
                assert secret.encode() not in content, (person, url, secret)
        assert client.get(reverse("reviews:letter", args=[case.pk])).status_code == 404
        paper = Document.objects.get(city_only=True)
        assert client.get(reverse("documents:open", args=[paper.key])).status_code == 404
    client.force_login(candidate_user)
    assert "复核材料" not in client.get(reverse("downloads")).content.decode()
    client.force_login(second_officer)
    assert "67.3" in client.get(pages[0]).content.decode()

    client.post(reverse("reviews:step", args=[case.pk, "confirm-change"]))

    for person in (candidate_user, clerk):
        client.force_login(person)
        assert "67.3分" in client.get(pages[0]).content.decode()
        assert client.get(reverse("documents:open", args=[paper.key])).status_code == 404


def test_a_finding_that_was_sent_back_and_refused_is_never_shown(
    client, candidate, candidate_user, clerk, officer, second_officer, mark
):
    case = ask(mark, scope=Scope.ADDITION, statement="", origin=Origin.CANDIDATE, by=candidate_user)
    REVIEW.take("check", case, by=clerk, facts={"identity_confirmed": True})
    REVIEW.take("find", case, by=officer, facts=found("67.3", candidate))
    REVIEW.take("hand-back", case, by=second_officer, facts={"objection": "分数写成六十七点三不对"})
    client.force_login(second_officer)
    assert "67.3" in client.get(reverse("reviews:detail", args=[case.pk])).content.decode()
    REVIEW.take("refuse", case, by=officer, note="不在范围内。")

    for person in (candidate_user, clerk):
        client.force_login(person)
        content = client.get(reverse("reviews:detail", args=[case.pk])).content.decode()
        assert "67.3" not in content
        assert "六十七点三" not in content


def test_the_first_person_writes_the_finding_with_its_evidence(client, candidate, officer, mark):
    case = ask(mark, scope=Scope.ADDITION, statement="自查", origin=Origin.OFFICE, by=officer)
    client.force_login(officer)
    url = reverse("reviews:step", args=[case.pk, "find"])
    entered = {"result": "changed", "new_points": "62", "new_flag": "正常", "grounds": "漏加4分"}

    assert client.post(url, entered).status_code == 409
    upload = SimpleUploadedFile("58改62.png", png(), "image/png")
    assert client.post(url, {**entered, "upload": upload}).status_code == 302

    case.refresh_from_db()
    assert (case.status, case.new_points) == (ReviewStatus.CONFIRMATION, Decimal(62))
    assert case.evidence.city_only
    assert "62" not in case.evidence.name.replace(case.case_number, "")


def test_staff_leave_a_line_in_the_trail_where_they_look(client, clerk, candidate_user, candidate, mark):
    case = ask(mark, scope=Scope.ADDITION, statement="", origin=Origin.CANDIDATE, by=candidate_user)
    client.force_login(clerk)
    client.get(reverse("reviews:detail", args=[case.pk]))
    client.get(reverse("reviews:counter", args=[candidate.pk]))

    read = Event.objects.filter(kind="read", candidate_id=candidate.pk, actor=clerk)
    assert set(read.values_list("verb", flat=True)) == {"case", "counter"}


# what came of it


@pytest.mark.django_db(transaction=True)
def test_a_mark_raised_over_the_line_opens_the_record_and_the_page_says_so(client, candidate, officer, second_officer, mark):
    case = confirmed(mark, "62", officer, second_officer)
    assert "还在处理" in told(case)["证明"]
    follow_record()
    follow_credits()

    candidate.refresh_from_db()
    lines = told(case)
    assert lines["成绩"] == "58分改为62分"
    assert lines["学分"] == "记入学分"
    assert candidate.record_number in lines["考籍"]
    assert lines["证明"] == "没有受影响的证明"
    client.force_login(officer)
    assert "更正以后的变化" in client.get(reverse("reviews:detail", args=[case.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_mark_lowered_under_the_line_takes_credit_certificate_and_graduation_along(
    candidate, university, officer, second_officer, clerk
):
    plan = PlanFactory(total_credits=Decimal(4))
    mark = published(candidate, "62")
    PlanCourseFactory(plan=plan, course=mark.course)
    enter_selected(PASSED_MARKS.format(origin_id="m.id::text", chosen="m.id = %s"), [mark.pk, *PASSING])
    certificate = issue(candidate, "transcript", office=university, by=clerk)
    case_of_graduation = GraduationFactory(candidate=candidate, plan=plan, status="municipality")
    GraduationApplication.objects.filter(pk=case_of_graduation.pk).update(
        verdict={"because": "submit", "eligible": True, "plan_complete": True, "lacking": []}
    )
    follow_record()
    follow_credits()

    case = confirmed(mark, "58", officer, second_officer)
    assert not candidate.credits.exists()
    assert told(case)["毕业审核"].startswith("还在处理")
    follow_record()
    follow_credits()

    lines = told(case)
    assert lines["学分"] == "撤销学分"
    assert certificate.number in lines["证明"]
    assert not Certificate.objects.get(pk=certificate.pk).is_in_force
    case_of_graduation.refresh_from_db()
    assert case_of_graduation.verdict["plan_complete"] is False
    assert case_of_graduation.case_number in lines["毕业审核"]
    assert "现在还差" in lines["毕业审核"]
    assert FOLLOWER
    assert review_effects.TABLE


@pytest.mark.django_db(transaction=True)
def test_what_follows_from_a_later_change_is_not_told_of_an_earlier_one(
    candidate, university, officer, second_officer, clerk, mark
):
    first = confirmed(mark, "62", officer, second_officer)
    follow_record()
    issue(candidate, "transcript", office=university, by=clerk)
    other = published(candidate, "60")
    enter_selected(PASSED_MARKS.format(origin_id="m.id::text", chosen="m.id = %s"), [other.pk, *PASSING])
    follow_record()

    assert told(first)["学分"] == "记入学分"


def test_the_statistics_are_told_of_when_they_are_counted(candidate, officer, second_officer, mark):
    case = confirmed(mark, "62", officer, second_officer)
    MarkRevision.objects.update(counted_at=None)
    assert "还在处理" in told(case)["成绩统计"]

    MarkRevision.objects.update(counted_at=timezone.now())

    assert "已按新成绩重算" in told(case)["成绩统计"]


# many, a table, a letter


def test_many_are_upheld_one_by_one_each_with_its_outcome(client, candidate, officer, second_officer):
    cases = [ask(published(candidate), scope="entry", statement="自查", origin=Origin.OFFICE, by=officer) for _one in range(3)]
    client.force_login(officer)
    page = client.get(reverse("reviews:batch", args=["find"])).content.decode()
    assert all(case.case_number in page for case in cases)
    ids = [case.pk for case in cases]
    assert client.post(reverse("reviews:batch", args=["find"]), {"cases": ids, "grounds": ""}).url.endswith("/find/")
    client.post(reverse("reviews:batch", args=["find"]), {"cases": ids, "grounds": "合分、登录无误。"})
    job = Job.objects.get(kind=batches.BATCH_JOB)
    REVIEW.take("drop", cases[2], by=officer, note="重复立项。")

    batches.carry_out(job)
    batches.carry_out(Job.objects.get(pk=job.pk))

    rows = Job.objects.get(pk=job.pk).outcome["rows"]
    assert [rows[str(case.pk)]["done"] for case in cases] == [True, True, False]
    result = client.get(reverse("reviews:batch-result", args=[job.pk])).content.decode()
    assert "办成2件，共3件" in result
    assert list(batches.waiting(officer, "confirm-upheld")) == []
    assert [case.pk for case in batches.waiting(second_officer, "confirm-upheld")] == ids[:2]

    again = batches.start("confirm-upheld", ids[:2], "", by=second_officer)
    batches.carry_out(again)

    assert set(ReviewRequest.objects.filter(pk__in=ids[:2]).values_list("status", flat=True)) == {"upheld"}


def test_who_found_confirms_none_of_them_in_a_batch_either(candidate, officer, mark):
    case = ask(mark, scope="entry", statement="自查", origin=Origin.OFFICE, by=officer)
    REVIEW.take("find", case, by=officer, facts=UPHELD)

    job = batches.start("confirm-upheld", [case.pk], "", by=officer)
    batches.carry_out(job)

    assert Job.objects.get(pk=job.pk).outcome["rows"][str(case.pk)]["done"] is False
    case.refresh_from_db()
    assert case.status == ReviewStatus.CONFIRMATION


def test_the_table_holds_the_filtered_cases_and_no_mark(client, candidate, officer, mark):
    case = ask(mark, scope="entry", statement="自查", origin=Origin.OFFICE, by=officer)
    client.force_login(officer)

    content = client.get(reverse("reviews:export"), {"scope": "entry"}).content
    empty = client.get(reverse("reviews:export"), {"scope": "missed"}).content

    rows = rows_in(content)
    assert rows[1][0] == case.case_number
    assert not any(str(cell) == "58" for cell in rows[1])
    assert len(rows_in(empty)) == 1


def test_the_same_cases_are_the_same_file_all_day(client, officer, mark, time_machine):
    ask(mark, scope="entry", statement="自查", origin=Origin.OFFICE, by=officer)
    taken = set()
    for hour in (1, 22):
        time_machine.move_to(
            dt.datetime.combine(timezone.localdate(), dt.time(hour), timezone.get_default_timezone()), tick=False
        )
        client.force_login(officer)
        taken.add(client.get(reverse("reviews:export")).content)

    assert len(taken) == 1


def test_the_letter_is_a_signed_page(client, candidate_user, officer, second_officer, mark):
    case = confirmed(mark, "62", officer, second_officer)
    client.force_login(candidate_user)

    answer = client.get(reverse("reviews:letter", args=[case.pk]))

    assert answer.content.startswith(b"%PDF-")
    assert b"/ByteRange" in answer.content
    assert "62" not in answer["Content-Disposition"].replace(case.case_number, "").replace(str(case.pk), "")


# working days


def test_the_city_lays_down_holidays_to_come_and_takes_them_back(client, city_head):
    client.force_login(city_head)
    url = reverse("working-days:list")
    assert "2027年的安排还没有录入" in client.get(url).content.decode()

    entered = {"name": "元旦", "first": "2027-01-01", "last": "2027-01-03", "is_working": "free"}
    assert client.post(url, entered).status_code == 302
    assert DayException.objects.filter(day__year=2027, is_working=False).count() == 3
    assert "2027年的安排还没有录入" not in client.get(url).content.decode()

    day = DayException.objects.get(day="2027-01-02")
    client.post(reverse("working-days:remove", args=[day.pk]))
    assert not DayException.objects.filter(pk=day.pk).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": "2026-01-01"},
        {"first": "2027-01-05", "last": "2027-01-01"},
        {"first": "2027-01-01", "last": "2027-03-01"},
        {"first": "2027-01-04", "is_working": "working"},  # a Monday
        {"first": ""},
    ],
)
def test_what_cannot_be_laid_down_is_refused(client, city_head, wrong):
    client.force_login(city_head)
    before = DayException.objects.count()

    answer = client.post(reverse("working-days:list"), {"name": "节", "first": "", "last": "", "is_working": "free", **wrong})

    assert answer.status_code == 422
    assert DayException.objects.count() == before


def test_a_past_day_is_not_taken_back(client, city_head):
    client.force_login(city_head)
    past = DayException.objects.get(day="2026-01-01")

    assert client.post(reverse("working-days:remove", args=[past.pk])).status_code == 404
    assert DayException.objects.filter(pk=past.pk).exists()

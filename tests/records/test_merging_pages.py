"""Pages of mergers: a clerk begins from two numbers or a probable duplicate, the city looks at both side by side and decides."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import Event
from records.ledger import book
from records.models import Candidate, MergeRequest, ProbableDuplicate, Ticket
from tests.factories import (
    CandidateFactory,
    CorrectionFactory,
    CourseFactory,
    MergeRequestFactory,
    PaperFileFactory,
    PenaltyFactory,
    UserFactory,
)
from tests.proofs import png
from tests.records.test_merging import entry

pytestmark = pytest.mark.django_db
NEW, LIST = reverse("merging:new"), reverse("merging:list")


@pytest.fixture
def one(university):
    return CandidateFactory(managing_university=university, name="林知秋", ticket="260000000001")


@pytest.fixture
def other(other_university):
    return CandidateFactory(managing_university=other_university, name="林知秋", ticket="260000000002")


@pytest.fixture
def desk(client, university):
    client.force_login(UserFactory(office=university, roles=["U3"]))
    return client


@pytest.fixture
def city_desk(client, city):
    client.force_login(UserFactory(office=city, roles=["OV"]))
    return client


def text(response) -> str:
    return response.content.decode()


def test_a_clerk_begins_from_two_numbers_and_reports_to_the_city(desk, one, other):
    begun = desk.post(NEW, {"one": "260000000001", "other": "260000000002"})
    case = MergeRequest.objects.get()
    scan = SimpleUploadedFile("同一人证明.png", png(), "image/png")
    sent = {"stays": one.pk, "grounds": "公安机关出具了同一人证明。", "proofs": scan, "submit": "1"}
    done = desk.post(reverse("merging:edit", args=[case.pk]), sent)

    case.refresh_from_db()
    assert begun.url == reverse("merging:edit", args=[case.pk])
    assert done.status_code == 302
    assert (case.status, case.candidate, case.merged) == ("municipality", one, other)
    assert case.proofs.get().document.candidate == one
    assert Candidate.objects.filter(merged_into__isnull=False).count() == 0


def test_the_clerk_may_turn_it_round_and_a_form_with_a_fault_loses_nothing(desk, one, other):
    case = MergeRequestFactory(candidate=one, merged=other, proofs=False)
    url = reverse("merging:edit", args=[case.pk])
    scan = SimpleUploadedFile("证明.png", png(), "image/png")

    faulty = desk.post(url, {"stays": other.pk, "grounds": "", "proofs": scan})
    kept = faulty.context["form"].documents
    desk.post(url, {"stays": other.pk, "grounds": "同一人证明。", "kept": str(kept[0].key)})

    case.refresh_from_db()
    assert faulty.status_code == 422
    assert (case.candidate, case.merged, case.status) == (other, one, "draft")
    assert case.proofs.get().document == kept[0]


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({"one": "260000000001", "other": "999999"}, "other"),
        ({"one": "260000000001", "other": "260000000001"}, "other"),
        ({"one": "260000000002", "other": "260000000003"}, "other"),
    ],
)
def test_numbers_that_lead_to_no_pair_of_the_university_begin_nothing(desk, one, other, other_university, numbers, field):
    CandidateFactory(managing_university=other_university, ticket="260000000003")

    response = desk.post(NEW, numbers)

    assert set(response.context["form"].errors) == {field}
    assert not MergeRequest.objects.exists()


def test_a_probable_duplicate_found_to_be_one_person_becomes_a_draft(desk, one, other):
    question = ProbableDuplicate.objects.create(first=one, second=other)

    desk.post(reverse("merging:from-duplicate", args=[question.pk]))
    desk.post(reverse("merging:from-duplicate", args=[question.pk]))

    question.refresh_from_db()
    assert (MergeRequest.objects.get().status, MergeRequest.objects.get().grounds) == ("draft", "")
    assert question.finding == "same"


@pytest.mark.parametrize(("finding", "grounds"), [("same", "公安机关的同一人证明"), ("different", "")])
def test_what_was_found_of_one_person_stands_as_the_grounds(desk, one, other, finding, grounds):
    question = ProbableDuplicate.objects.create(first=one, second=other, finding=finding, grounds="公安机关的同一人证明")

    desk.post(reverse("merging:from-duplicate", args=[question.pk]))

    assert MergeRequest.objects.get().grounds == grounds


def test_the_clerk_sees_of_a_record_beyond_reach_no_number_and_not_what_it_holds(desk, one, other):
    PenaltyFactory(candidate=other, decision="考处〔2026〕99号")
    case = MergeRequestFactory(candidate=one, merged=other)

    page = text(desk.get(reverse("merging:detail", args=[case.pk])))

    assert "260000000001" in page
    assert "260000000002" not in page
    assert other.registration_number not in page
    assert other.phone_mask not in page
    assert "考处〔2026〕99号" not in page
    assert "不在您的管理范围内" in page


def test_the_city_sees_what_moves_and_what_collides(city_desk, one, other):
    course = CourseFactory()
    book.enter([entry(one, course, 1), entry(other, course, 2)])
    PenaltyFactory(candidate=other, decision="考处〔2026〕99号")
    PaperFileFactory(candidate=one, number="A1")
    PaperFileFactory(candidate=other, number="B2")
    for person in (one, other):
        UserFactory(candidate=person)
    case = MergeRequestFactory(candidate=one, merged=other, status="municipality")

    page = text(city_desk.get(reverse("merging:detail", args=[case.pk])))

    for said in ("260000000002", "以较好的依据为准", "两个考籍号", "账户停用", "考处〔2026〕99号", "纸质档案B2", "学分依据"):
        assert said in page
    assert one.identity_number not in page
    looked_at = Event.objects.filter(kind="read", verb="case").values_list("candidate_id", flat=True)
    assert set(looked_at) == {one.pk, other.pk}


def test_the_city_merges_and_the_page_says_what_went(city_desk, one, other):
    case = MergeRequestFactory(candidate=one, merged=other, status="municipality")

    page = city_desk.post(reverse("merging:step", args=[case.pk, "merge"]), follow=True)

    assert "已合并" in text(page)
    assert "已经转到保留的考籍" in text(page)
    assert Ticket.objects.filter(candidate=one).count() == 2
    assert text(city_desk.get(reverse("candidates:list"))).count("林知秋") == 1


def test_what_stands_against_it_is_said_with_what_to_do_first(city_desk, one, other):
    CorrectionFactory(candidate=other, status="university")
    case = MergeRequestFactory(candidate=one, merged=other, status="municipality")

    refused = city_desk.post(reverse("merging:step", args=[case.pk, "merge"]))

    assert refused.status_code == 409
    assert "请先办结或撤回这一件" in text(refused)
    other.refresh_from_db()
    assert other.merged_into is None


def test_a_return_takes_a_reason_and_the_university_completes_it(client, city_desk, one, other, university):
    case = MergeRequestFactory(candidate=one, merged=other, status="municipality")
    url = reverse("merging:step", args=[case.pk, "return"])

    assert city_desk.post(url).status_code == 409
    assert city_desk.post(url, {"note": "缺公安机关证明"}).status_code == 302

    client.force_login(UserFactory(office=university, roles=["U3"]))
    assert "去补正" in text(client.get(reverse("merging:detail", args=[case.pk])))


def test_nobody_but_the_university_and_the_city_sees_it(client, one, other, other_university):
    case = MergeRequestFactory(candidate=one, merged=other, status="municipality")
    url = reverse("merging:detail", args=[case.pk])

    for person in (UserFactory(candidate=one), UserFactory(office=other_university, roles=["U3"])):
        client.force_login(person)
        assert client.get(url).status_code == 404


def test_how_unpublished_marks_stand_only_who_decides_reads(desk, one, other, city):
    case = MergeRequestFactory(candidate=one, merged=other, status="municipality")
    address, told = reverse("merging:detail", args=[case.pk]), "尚未公布的成绩也可以放在一起"
    at_the_university = text(desk.get(address))
    desk.force_login(UserFactory(office=city, roles=["O4"]))
    beside = text(desk.get(address))
    desk.force_login(UserFactory(office=city, roles=["OV"]))

    assert told in text(desk.get(address))
    assert told not in at_the_university
    assert told not in beside
    assert "有证明是同一人的材料" in at_the_university


def test_the_question_whether_the_two_are_one_is_no_content_that_moves(city_desk, one, other):
    ProbableDuplicate.objects.create(first=one, second=other)
    case = MergeRequestFactory(candidate=one, merged=other, status="municipality")

    moving = city_desk.get(reverse("merging:detail", args=[case.pk])).context["moving"]

    assert [title for title, _count in moving] == ["准考证"]


def test_what_the_city_holds_is_not_edited(desk, one, other):
    case = MergeRequestFactory(candidate=one, merged=other, status="municipality")

    response = desk.post(reverse("merging:edit", args=[case.pk]), {"stays": other.pk, "grounds": "x"})

    case.refresh_from_db()
    assert response.status_code == 409
    assert case.candidate == one


def test_the_list_costs_the_same_statements_however_long(city_desk, django_assert_max_num_queries, one):
    MergeRequestFactory(candidate=one, status="municipality")
    city_desk.get(LIST)
    with django_assert_max_num_queries(30) as few:
        city_desk.get(LIST)
    for _each in range(10):
        MergeRequestFactory(status="municipality")
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert "并2" in text(city_desk.get(LIST))

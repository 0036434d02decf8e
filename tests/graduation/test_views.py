"""Pages of applications: applying, listing, the case as each sees it, findings by form; refusals in words; reads in the trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from graduation.models import GraduationApplication
from graduation.terms import upcoming_terms
from graduation.workflow import GRADUATION
from records.ledger import book
from records.models import Document
from tests.factories import CandidateFactory, GraduationFactory, PlanFactory, RegistrationFactory, UserFactory, WindowFactory
from tests.graduation.conftest import VERIFIED, MakeApplication
from tests.proofs import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def isolated_proofs(settings: Any, tmp_path: Any) -> None:
    settings.PROOF_ROOT = tmp_path / "proofs"


@pytest.fixture
def signed_in(client: Any) -> Any:
    """The browser as somebody."""

    def as_person(user: Any) -> Any:
        client.force_login(user)
        return client

    return as_person


def contents(of: Any, /, **changes: Any) -> dict[str, Any]:
    """What a candidate enters to graduate by this plan."""
    term = upcoming_terms(timezone.localdate())[0]
    university = of.major.hosts.get().pk
    entered = {"plan": of.pk, "term": term, "university": university, "self_assessment": "认真学习。", "notice_read": "on"}
    return {name: value for name, value in {**entered, **changes}.items() if value is not None}


def fill(plan: Any) -> str:
    return reverse("graduation:fill", args=[plan.major.code])


def case_page(case: GraduationApplication) -> str:
    return reverse("graduation:detail", args=[case.pk])


def step(case: GraduationApplication, name: str) -> str:
    return reverse("graduation:step", args=[case.pk, name])


def test_an_application_becomes_a_draft_with_its_proofs(signed_in, candidate_user, ready, plan, university) -> None:
    upload = SimpleUploadedFile("毕业证书.pdf", PDF, content_type="application/pdf")

    answer = signed_in(candidate_user).post(fill(plan), {**contents(plan), "proofs": [upload]})

    case = GraduationApplication.objects.get()
    assert answer.url == case_page(case)
    assert (case.status, case.candidate, case.university, case.plan, case.major) == ("draft", ready, university, plan, plan.major)
    assert case.term == upcoming_terms(timezone.localdate())[0]
    assert case.notice_read_at is not None
    assert [document.name for document in case.documents.all()] == ["毕业证书.pdf"]


def test_it_may_go_off_at_once(signed_in, candidate_user, ready, plan) -> None:
    signed_in(candidate_user).post(fill(plan), contents(plan, submit="1"))

    assert GraduationApplication.objects.get().status == "university"


def test_what_may_not_go_off_stays_a_draft_with_all_reasons(signed_in, candidate_user, registered, plan) -> None:
    answer = signed_in(candidate_user).post(fill(plan), contents(plan, submit="1"))

    assert answer.status_code == 409
    assert GraduationApplication.objects.get().status == "draft"
    text = answer.content.decode()
    assert "还差4项：71001 示例导论；71002 示例方法；71009 示例论文；总学分不少于8学分，还差8学分。" in text
    assert "暂行条例第二十五条第一款、第二款" in text
    assert "补齐后再申请" in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"notice_read": None}, "notice_read"),
        ({"term": "2020-12"}, "term"),
        ({"term": "2027-01"}, "term"),
        ({"plan": "0"}, "plan"),
        ({"university": "0"}, "university"),
    ],
)
def test_a_faulty_form_comes_back_and_nothing_is_written(
    signed_in, candidate_user, ready, plan, changes: dict[str, Any], field: str
) -> None:
    answer = signed_in(candidate_user).post(fill(plan), contents(plan, **changes))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "认真学习。" in answer.content.decode()
    assert not GraduationApplication.objects.exists()


def test_a_plan_of_another_major_or_out_of_service_is_not_offered(signed_in, candidate_user, ready, plan) -> None:
    other = PlanFactory()
    old = PlanFactory(major=plan.major, version="2019", graduation_until=timezone.localdate() - dt.timedelta(days=1))
    newer_people = PlanFactory(major=plan.major, version="2023", newcomers_until=dt.date(2024, 8, 31))

    form = signed_in(candidate_user).get(fill(plan)).context["form"]

    assert list(form.fields["plan"].queryset) == [plan]
    for each in (other, old, newer_people):
        assert signed_in(candidate_user).post(fill(plan), contents(plan, plan=each.pk)).status_code == 422


def test_sent_twice_it_is_one_application(signed_in, candidate_user, ready, plan) -> None:
    browser = signed_in(candidate_user)
    browser.post(fill(plan), contents(plan))

    again = browser.post(fill(plan), contents(plan, self_assessment="第二次"))

    case = GraduationApplication.objects.get()
    assert again.url == case_page(case)
    assert case.self_assessment == "认真学习。"


def test_in_a_major_one_is_not_registered_in_one_applies_at_its_host(signed_in, candidate_user, ready, other_university) -> None:
    plan = PlanFactory()
    plan.major.hosts.add(other_university)

    signed_in(candidate_user).post(fill(plan), contents(plan))

    assert GraduationApplication.objects.get().university == other_university


def test_staff_do_not_apply(signed_in, clerk, officer, ready, plan) -> None:
    for user in (clerk, officer):
        for address in (fill(plan), reverse("graduation:new")):
            assert signed_in(user).get(address).status_code == 404
    assert not GraduationApplication.objects.exists()


def test_the_way_to_a_new_application_shows_how_far_each_major_is(signed_in, candidate_user, ready, plan) -> None:
    text = signed_in(candidate_user).get(reverse("graduation:new")).content.decode()

    assert str(plan.major) in text
    assert f"{fill(plan)}?plan=2024" in text


def test_a_returned_application_is_completed_and_goes_back(signed_in, candidate_user, clerk, make_application) -> None:
    case = make_application()
    GRADUATION.take("submit", case, by=candidate_user)
    GRADUATION.take("return", case, by=clerk, note="自我鉴定请补写")
    browser = signed_in(candidate_user)

    assert "自我鉴定请补写" in browser.get(case_page(case)).content.decode()
    browser.post(reverse("graduation:edit", args=[case.pk]), contents(case.plan, self_assessment="补写完", submit="1"))

    case.refresh_from_db()
    assert (case.status, case.self_assessment) == ("university", "补写完")


def test_what_an_office_holds_is_not_changed(signed_in, candidate_user, make_application: MakeApplication) -> None:
    case = make_application(status="university", self_assessment="原文")

    answer = signed_in(candidate_user).post(
        reverse("graduation:edit", args=[case.pk]), contents(case.plan, self_assessment="改过")
    )

    assert answer.status_code == 409
    case.refresh_from_db()
    assert case.self_assessment == "原文"


def test_a_stranger_finds_nothing_and_changes_nothing(
    signed_in, make_application: MakeApplication, foreign_clerk, counter
) -> None:
    case = make_application(status="university")
    stranger = UserFactory(candidate=CandidateFactory())

    for user in (stranger, foreign_clerk, counter):
        browser = signed_in(user)
        assert browser.get(case_page(case)).status_code == 404
        assert browser.get(reverse("graduation:edit", args=[case.pk])).status_code == 404
        for name in GRADUATION.steps:
            assert browser.post(step(case, name), {"note": "理由"}).status_code == 404
    case.refresh_from_db()
    assert case.status == "university"


def test_drafts_are_the_candidates_own(signed_in, make_application: MakeApplication, candidate_user, clerk, officer) -> None:
    case = make_application()

    assert signed_in(candidate_user).get(case_page(case)).status_code == 200
    for user in (clerk, officer):
        assert signed_in(user).get(case_page(case)).status_code == 404
        assert not signed_in(user).get(reverse("graduation:list")).context["rows"]


def test_each_has_only_the_buttons_of_now(signed_in, make_application: MakeApplication, candidate_user, clerk, officer) -> None:
    case = make_application(status="university")

    def buttons(user: Any) -> list[str]:
        return [action.name for action in signed_in(user).get(case_page(case)).context["case"].actions]

    assert sorted(buttons(clerk)) == ["recommend", "return", "verify"]
    assert buttons(candidate_user) == ["withdraw"]
    assert buttons(officer) == []
    GRADUATION.take("recommend", case, by=clerk)
    assert buttons(clerk) == []
    assert sorted(buttons(officer)) == ["grant", "refuse", "send-back"]


def test_what_bars_the_recommendation_is_said_beside_it(signed_in, make_application: MakeApplication, clerk) -> None:
    case = make_application(status="university", appraisal="", photo_confirmed=False)

    page = signed_in(clerk).get(case_page(case)).context["case"]

    assert [action.name for action in page.actions] == ["verify", "return"]
    (barred,) = page.barred
    assert barred.startswith("报市自考办：")
    assert "思想品德鉴定尚未完成。" in barred
    assert "照片不符合标准。" in barred


def test_findings_are_entered_by_form(signed_in, make_application: MakeApplication, clerk) -> None:
    case = make_application(status="university", **dict.fromkeys(("identity_confirmed", "photo_confirmed"), None), appraisal="")
    browser = signed_in(clerk)

    answer = browser.post(
        step(case, "verify"),
        {
            "appraisal": "passed",
            "prior_diploma_verified": "yes",
            "prior_diploma_how": "学信网",
            "identity_confirmed": "yes",
            "photo_confirmed": "no",
        },
    )

    case.refresh_from_db()
    assert answer.url == case_page(case)
    assert (case.appraisal, case.prior_diploma_verified, case.prior_diploma_how) == ("passed", True, "学信网")
    assert (case.identity_confirmed, case.photo_confirmed, case.status) == (True, False, "university")


def test_a_finding_can_be_taken_back_to_open(signed_in, make_application: MakeApplication, clerk) -> None:
    case = make_application(status="university")

    signed_in(clerk).post(step(case, "verify"), {"appraisal": "", "prior_diploma_verified": "", "prior_diploma_how": ""})

    case.refresh_from_db()
    assert (case.appraisal, case.prior_diploma_verified, case.identity_confirmed, case.photo_confirmed) == ("", None, None, None)


def test_how_the_prior_diploma_was_verified_has_to_be_said(signed_in, make_application: MakeApplication, clerk) -> None:
    case = make_application(status="university", prior_diploma_verified=None, prior_diploma_how="")

    answer = signed_in(clerk).post(step(case, "verify"), {"appraisal": "failed", "prior_diploma_verified": "yes"})

    assert answer.status_code == 422
    assert "请写明怎样核验的" in answer.content.decode()
    case.refresh_from_db()
    assert case.appraisal == "passed"


def test_a_form_that_is_forged_changes_nothing(signed_in, make_application: MakeApplication, clerk) -> None:
    case = make_application(status="university")

    signed_in(clerk).post(step(case, "verify"), {"appraisal": "excellent", "status": "granted"})
    signed_in(clerk).post(step(case, "recommend"), {"status": "granted", "appraisal": "failed"})

    case.refresh_from_db()
    assert (case.status, case.appraisal) == ("municipality", "passed")


def test_pressed_twice_it_is_taken_once(signed_in, make_application: MakeApplication, officer) -> None:
    case = make_application(status="municipality")
    browser = signed_in(officer)

    first, second = browser.post(step(case, "grant")), browser.post(step(case, "grant"))

    assert (first.status_code, second.status_code) == (302, 409)
    assert case.events.steps().count() == 1
    assert case.diploma.number in browser.get(case_page(case)).content.decode()


def test_a_step_that_there_is_not_is_not_found(signed_in, make_application: MakeApplication, officer) -> None:
    assert signed_in(officer).post(step(make_application(status="municipality"), "celebrate")).status_code == 404


def test_when_credits_went_the_page_says_so_to_whoever_decides(
    signed_in, make_application: MakeApplication, officer, ready
) -> None:
    case = make_application(status="municipality")
    assert "现在不再符合毕业条件" not in signed_in(officer).get(case_page(case)).content.decode()
    book.revoke("tests", [f"{ready.pk}-71001-exam-2026-04-30"], because="复核")

    answer = signed_in(officer).get(case_page(case))

    text = answer.content.decode()
    assert "现在不再符合毕业条件" in text
    assert answer.context["no_longer"] == "71001 示例导论；总学分不少于8学分，还差4学分"
    assert [action.name for action in answer.context["case"].actions] == ["send-back", "refuse"]


def test_staff_leave_a_read_and_candidates_do_not(signed_in, make_application: MakeApplication, clerk, candidate_user) -> None:
    case = make_application(status="university")

    signed_in(candidate_user).get(case_page(case))
    assert not Event.objects.filter(kind="read").exists()
    signed_in(clerk).get(case_page(case))

    read = Event.objects.get(kind="read")
    assert (read.verb, read.actor, read.candidate_id, read.note) == ("case", clerk, case.candidate_id, case.case_number)


def test_staff_names_and_open_findings_are_not_the_candidates(
    signed_in, make_application: MakeApplication, candidate_user, clerk
):
    case = make_application(appraisal="")
    GRADUATION.take("submit", case, by=candidate_user)
    GRADUATION.take("return", case, by=clerk, note="请补材料")

    text = signed_in(candidate_user).get(case_page(case)).content.decode()

    assert clerk.full_name not in text
    assert "请核对后登记" not in text


@pytest.mark.parametrize(("query", "found"), [("", 3), ("?status=university", 2), ("?status=waiting", 2), ("?term=1999-06", 3)])
def test_the_list_is_narrowed(signed_in, clerk, university, query: str, found: int) -> None:
    for status in ("university", "university", "municipality", "draft"):
        plan = PlanFactory()
        GraduationFactory(candidate=CandidateFactory(managing_university=university), plan=plan, status=status, **VERIFIED)
    GraduationFactory(status="university")

    assert len(signed_in(clerk).get(reverse("graduation:list") + query).context["rows"]) == found


def test_the_list_is_narrowed_by_term_and_major(signed_in, officer, university) -> None:
    plan = PlanFactory()
    wanted = GraduationFactory(plan=plan, status="university", term="2026-06")
    GraduationFactory(plan=PlanFactory(), status="university", term="2026-06")
    GraduationFactory(plan=plan, candidate=CandidateFactory(), status="university", term="2026-12")

    rows = signed_in(officer).get(reverse("graduation:list") + f"?term=2026-06&major={plan.major.pk}").context["rows"]

    assert [row["case"] for row in rows] == [wanted]


def test_the_list_costs_the_same_queries_however_long(signed_in, clerk, university) -> None:
    browser = signed_in(clerk)

    def queries(number: int) -> int:
        for _ in range(number):
            person = CandidateFactory(managing_university=university)
            GraduationFactory(candidate=person, plan=PlanFactory(), status="university")
        browser.get(reverse("graduation:list"))
        with CaptureQueriesContext(connection) as captured:
            browser.get(reverse("graduation:list"))
        return len(captured)

    assert queries(1) == queries(10)


def test_ones_own_list_has_only_ones_own(signed_in, candidate_user, make_application: MakeApplication) -> None:
    mine = make_application()
    GraduationFactory(status="university")

    rows = signed_in(candidate_user).get(reverse("graduation:list")).context["rows"]

    assert [row["case"] for row in rows] == [mine]


def test_an_uploaded_proof_of_somebody_else_is_not_attached(signed_in, candidate_user, ready, plan, clerk) -> None:
    theirs = Document.objects.create(
        candidate=CandidateFactory(), name="x.pdf", content_type="application/pdf", size=1, sha256="0" * 64, uploaded_by=clerk
    )

    signed_in(candidate_user).post(fill(plan), contents(plan, kept=[str(theirs.key)]))

    assert not GraduationApplication.objects.filter(documents=theirs).exists()


def test_registered_at_another_university_that_one_checks(signed_in, candidate_user, candidate, plan, other_university) -> None:
    RegistrationFactory(candidate=candidate, major=plan.major, university=other_university)

    signed_in(candidate_user).post(fill(plan), contents(plan, university=other_university.pk))

    assert GraduationApplication.objects.get().university == other_university


def test_outside_the_window_a_draft_is_still_kept(signed_in, candidate_user, ready, plan) -> None:
    later = timezone.localdate() + dt.timedelta(days=30)
    WindowFactory(kind="graduation", opens_on=later, closes_on=later)

    answer = signed_in(candidate_user).post(fill(plan), contents(plan, submit="1"))

    assert answer.status_code == 409
    assert "不在毕业申请时间内" in answer.content.decode()
    assert GraduationApplication.objects.get().status == "draft"

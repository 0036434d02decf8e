"""Graduation applications for machines: the same reach, the same door, answers with codes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduation.models import Diploma
from graduation.workflow import GRADUATION
from tests.conftest import SecureClient
from tests.factories import CandidateFactory, GraduationFactory, PlanFactory, UserFactory
from tests.graduation.conftest import MakeApplication

pytestmark = pytest.mark.django_db

CASES = "/api/v1/graduations/"
JSON = "application/json"


@pytest.fixture
def ask() -> Any:
    """A browser of its own for each person."""

    def signed_in(user: Any, **options: Any) -> SecureClient:
        client = SecureClient(**options)
        client.force_login(user)
        return client

    return signed_in


def test_a_case_says_what_it_is_about_and_what_may_be_done(ask, make_application: MakeApplication, clerk, plan) -> None:
    case = make_application(status="university")

    body = ask(clerk).get(f"{CASES}{case.pk}/").json()

    assert (body["case_number"], body["status"], body["major"], body["plan"]) == (
        case.case_number,
        "university",
        plan.major.code,
        "2024",
    )
    assert body["steps"] == ["verify", "recommend", "return"]
    assert (body["appraisal"], body["identity_confirmed"], body["diploma"]) == ("passed", True, None)


def test_lists_hold_what_is_within_reach(ask, make_application: MakeApplication, clerk, foreign_clerk, candidate_user) -> None:
    case = make_application(status="university")
    GraduationFactory(plan=PlanFactory(), candidate=CandidateFactory())

    for user, found in ((clerk, [case.pk]), (candidate_user, [case.pk]), (foreign_clerk, [])):
        assert [each["id"] for each in ask(user).get(CASES).json()["results"]] == found


def test_outside_ones_reach_nothing_is_there(ask, make_application: MakeApplication, foreign_clerk, counter) -> None:
    case = make_application(status="university")
    stranger = UserFactory(candidate=CandidateFactory())

    for user, code in ((foreign_clerk, 404), (stranger, 404), (counter, 403)):
        assert ask(user).get(f"{CASES}{case.pk}/").status_code == code
        assert ask(user).post(f"{CASES}{case.pk}/steps/recommend/").status_code == code


def test_findings_and_the_whole_way_by_machine(ask, make_application: MakeApplication, candidate_user, clerk, officer) -> None:
    case = make_application(appraisal="", identity_confirmed=None)
    address = f"{CASES}{case.pk}/steps/"

    assert ask(candidate_user).post(f"{address}submit/").json()["status"] == "university"
    facts = {"appraisal": "passed", "identity_confirmed": True}
    verified = ask(clerk).post(f"{address}verify/", {"facts": facts}, content_type=JSON).json()
    assert (verified["appraisal"], verified["identity_confirmed"], verified["photo_confirmed"]) == ("passed", True, True)
    assert ask(clerk).post(f"{address}recommend/").json()["status"] == "municipality"
    granted = ask(officer).post(f"{address}grant/").json()
    assert (granted["status"], granted["diploma"]) == ("granted", Diploma.objects.get().number)
    assert granted["verdict"]["eligible"] is True


def test_a_refusal_carries_codes_sources_and_next_steps(ask, make_application: MakeApplication, clerk) -> None:
    case = make_application(status="university", appraisal="failed", photo_confirmed=None)

    answer = ask(clerk).post(f"{CASES}{case.pk}/steps/recommend/")

    assert answer.status_code == 409
    problems = {each["code"]: each for each in answer.json()["problems"]}
    assert set(problems) == {"graduation.appraisal", "graduation.photo"}
    assert problems["graduation.appraisal"]["source"] == "暂行条例第二十五条第三款"
    assert problems["graduation.photo"]["next_step"]


@pytest.mark.parametrize(
    "facts",
    [{"appraisal": "excellent"}, {"identity_confirmed": "perhaps"}, {"prior_diploma_verified": True, "prior_diploma_how": ""}],
    ids=str,
)
def test_findings_that_cannot_be_are_refused(ask, make_application: MakeApplication, clerk, facts: dict[str, Any]) -> None:
    case = make_application(status="university", prior_diploma_verified=None, prior_diploma_how="")

    answer = ask(clerk).post(f"{CASES}{case.pk}/steps/verify/", {"facts": facts}, content_type=JSON)

    assert answer.status_code == 400
    assert not case.events.steps().exists()


def test_facts_that_are_no_findings_are_not_written(ask, make_application: MakeApplication, clerk) -> None:
    case = make_application(status="university")
    facts = {"status": "granted", "term": "1999-06", "verdict": {}}

    ask(clerk).post(f"{CASES}{case.pk}/steps/verify/", {"facts": facts}, content_type=JSON)
    ask(clerk).post(f"{CASES}{case.pk}/steps/return/", {"note": "理由", "facts": {"appraisal": "failed"}}, content_type=JSON)

    before = case.term
    case.refresh_from_db()
    assert (case.status, case.term, case.appraisal) == ("returned", before, "passed")


def test_who_checked_is_not_offered_the_decision(ask, make_application: MakeApplication, clerk, officer) -> None:
    case = make_application(status="university")
    GRADUATION.take("recommend", case, by=clerk)

    assert ask(officer).get(f"{CASES}{case.pk}/").json()["steps"] == ["grant", "send-back", "refuse"]
    assert ask(clerk).get(f"{CASES}{case.pk}/").json()["steps"] == []
    assert ask(clerk).post(f"{CASES}{case.pk}/steps/grant/").status_code == 403


def test_nothing_is_deleted_created_or_overwritten(ask, make_application: MakeApplication, clerk) -> None:
    case = make_application(status="university")
    browser = ask(clerk)

    assert browser.post(CASES, {}, content_type=JSON).status_code == 405
    for method in (browser.put, browser.patch, browser.delete):
        assert method(f"{CASES}{case.pk}/").status_code == 405


def test_the_list_costs_the_same_queries_however_long(ask, officer, university) -> None:
    browser = ask(officer)

    def queries(number: int) -> int:
        for _ in range(number):
            GraduationFactory(plan=PlanFactory(), candidate=CandidateFactory(), status="university")
        browser.get(CASES)
        with CaptureQueriesContext(connection) as captured:
            browser.get(CASES)
        return len(captured)

    assert queries(1) == queries(10)

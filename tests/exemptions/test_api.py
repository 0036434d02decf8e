"""Exemption cases for machines: the same reach, the same door, answers with codes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from audit.models import Event
from exemptions.models import ExemptionApplication
from exemptions.workflow import EXEMPTION
from records.models import Credit
from tests.conftest import SecureClient
from tests.factories import CandidateFactory, DocumentFactory, ExemptionFactory, UserFactory

CASES = "/api/v1/exemptions/"


@pytest.fixture
def ask():
    """A browser of its own for each person."""

    def signed_in(user, **options) -> SecureClient:
        client = SecureClient(**options)
        client.force_login(user)
        return client

    return signed_in


def take(client, case, name, **body):
    return client.post(f"{CASES}{case.pk}/steps/{name}/", body, content_type="application/json")


def test_each_person_lists_the_own_reach(ask, make_case, clerk, officer, foreign_clerk, candidate_user, counter):
    waiting, draft = make_case(status="university"), make_case(code="00015")

    def listed(user):
        return {case["id"] for case in ask(user).get(CASES).json()["results"]}

    assert listed(clerk) == listed(officer) == {waiting.pk}
    assert listed(foreign_clerk) == set()
    assert listed(candidate_user) == {waiting.pk, draft.pk}
    assert ask(counter).get(CASES).status_code == 403


def test_a_case_shows_exactly_these_fields(ask, make_case, clerk):
    case = make_case(status="university")

    shown = ask(clerk).get(f"{CASES}{case.pk}/").json()

    assert set(shown) == {
        "id", "case_number", "status", "status_since", "created_at", "steps", "events", "candidate_name", "record_number",
        "university", "course", "course_name", "major", "credential", "reason",
    }  # fmt: skip
    assert set(shown["credential"]) == {"kind", "number", "issuer", "issued_on", "score", "documents"}
    assert shown["case_number"] == case.case_number
    assert (shown["course"], shown["major"], shown["university"]) == ("13000", "X2050101", case.university.code)
    assert shown["steps"] == ["recommend", "return"]
    assert shown["events"] == []


def test_reading_a_case_is_written_down_for_staff(ask, make_case, clerk, candidate_user):
    case = make_case(status="university")

    ask(candidate_user).get(f"{CASES}{case.pk}/")
    assert not Event.objects.filter(kind="read").exists()

    ask(clerk).get(f"{CASES}{case.pk}/")
    read = Event.objects.get(kind="read")
    assert (read.verb, read.actor, read.candidate_id, read.note) == ("case", clerk, case.candidate_id, case.case_number)


@pytest.mark.parametrize("person", ["foreign_clerk", "stranger"])
def test_outside_the_reach_there_is_no_such_case(ask, make_case, person, request):
    case = make_case(status="university")
    user = UserFactory(candidate=CandidateFactory()) if person == "stranger" else request.getfixturevalue(person)

    assert ask(user).get(f"{CASES}{case.pk}/").status_code == 404
    assert take(ask(user), case, "recommend").status_code == 404
    case.refresh_from_db()
    assert case.status == "university"


def test_visitors_and_staff_without_the_duty_get_nothing(ask, client, make_case, university):
    case = make_case(status="university")
    other = UserFactory(office=university, roles=["U8"])

    assert client.get(CASES).status_code == 403
    assert client.get(f"{CASES}{case.pk}/").status_code == 403
    assert ask(other).get(CASES).status_code == 403
    assert ask(other).get(f"{CASES}{case.pk}/").status_code == 403
    assert Event.objects.filter(outcome="denied", actor=other).count() == 2


def test_a_step_goes_through_the_one_door(ask, make_case, clerk, officer):
    case = make_case(status="university")

    recommended = take(ask(clerk), case, "recommend", note="分数达标")
    granted = take(ask(officer), case, "grant")

    assert (recommended.status_code, recommended.json()["status"]) == (200, "municipality")
    assert (granted.status_code, granted.json()["status"]) == (200, "granted")
    assert [event["verb"] for event in granted.json()["events"]] == ["recommend", "grant"]
    assert granted.json()["events"][0]["note"] == "分数达标"
    assert Credit.objects.get().course.code == "13000"


def test_the_second_press_is_a_conflict(ask, make_case, officer):
    case = make_case(status="municipality")

    first, second = take(ask(officer), case, "grant"), take(ask(officer), case, "grant")

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["code"] == "moved-on"
    assert [problem["code"] for problem in second.json()["problems"]] == ["step.moved-on"]
    assert case.events.steps().count() == 1


def test_a_refusal_names_codes_texts_and_articles(ask, make_case, clerk):
    case = make_case(status="university", score="424", proofs=0)

    answer = take(ask(clerk), case, "recommend")

    assert answer.status_code == 409
    assert answer.json()["code"] == "refused"
    problems = {problem["code"]: problem for problem in answer.json()["problems"]}
    assert set(problems) == {"exemption.score-below-line", "exemption.proof-missing"}
    assert "低于425分" in problems["exemption.score-below-line"]["message"]
    assert problems["exemption.proof-missing"]["source"] == "暂行条例第二十二条"
    assert problems["exemption.proof-missing"]["next_step"].startswith("请上传")


def test_a_return_needs_words_here_too(ask, make_case, clerk):
    case = make_case(status="university")

    assert take(ask(clerk), case, "return").json()["problems"][0]["code"] == "step.note-missing"
    assert take(ask(clerk), case, "return", note="缺第2页").status_code == 200


def test_a_step_of_another_desk_is_forbidden_and_written_down(ask, make_case, clerk):
    case = make_case(status="municipality")

    assert take(ask(clerk), case, "grant").status_code == 403
    assert Event.objects.filter(outcome="denied", verb="grant", actor=clerk).count() == 1
    assert not Credit.objects.exists()


def test_unknown_steps_and_bodies_are_refused(ask, make_case, clerk):
    case = make_case(status="university")
    client = ask(clerk)

    assert take(client, case, "approve").status_code == 404
    assert take(client, case, "recommend", note={"a": 1}).status_code == 400
    assert client.post(f"{CASES}{case.pk}/steps/recommend/", "[", content_type="application/json").status_code == 400
    case.refresh_from_db()
    assert case.status == "university"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_past_the_steps(ask, make_case, officer, method):
    case = make_case(status="municipality")
    address = CASES if method == "post" else f"{CASES}{case.pk}/"

    assert getattr(ask(officer), method)(address, {"status": "granted"}, content_type="application/json").status_code == 405
    assert ExemptionApplication.objects.get().status == "municipality"


def test_a_step_from_another_site_is_refused(ask, make_case, clerk):
    case = make_case(status="university")

    assert take(ask(clerk, enforce_csrf_checks=True), case, "recommend").status_code == 403
    case.refresh_from_db()
    assert case.status == "university"


def test_the_candidate_reads_the_office_not_the_clerk(ask, make_case, candidate_user, clerk):
    case = make_case()
    EXEMPTION.take("submit", case, by=candidate_user)
    EXEMPTION.take("recommend", case, by=clerk)

    own, staff = (ask(user).get(f"{CASES}{case.pk}/").json()["events"] for user in (candidate_user, clerk))

    assert [event["who"] for event in own] == [candidate_user.full_name, ""]
    assert [event["who"] for event in staff] == [candidate_user.full_name, clerk.full_name]


def test_lists_go_on_by_cursor(ask, officer):
    cases = {ExemptionFactory(status="university").pk for _ in range(52)}
    client = ask(officer)

    first = client.get(CASES).json()
    second = client.get(first["next"]).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (50, 2, None)
    assert {case["id"] for case in first["results"] + second["results"]} == cases


def test_the_list_costs_the_same_at_one_row_and_at_twenty(ask, make_case, officer):
    client = ask(officer)
    make_case(status="university")
    client.get(CASES)

    with CaptureQueriesContext(connection) as one:
        client.get(CASES)
    for _ in range(19):
        case = ExemptionFactory(status="university")
        case.credential.documents.add(DocumentFactory(candidate=case.candidate))
    with CaptureQueriesContext(connection) as twenty:
        assert len(client.get(CASES).json()["results"]) == 20

    assert len(twenty) == len(one)


def test_the_schema_is_for_staff(ask, client, clerk, candidate_user):
    assert ask(clerk).get("/api/v1/schema/").status_code == 200
    assert ask(candidate_user).get("/api/v1/schema/").status_code == 403
    assert client.get("/api/v1/schema/").status_code == 403


def test_the_schema_in_the_documentation_is_the_one_in_force():
    """Renew it with ``manage.py spectacular --file docs/api/schema.yaml --lang zh-hans``."""
    written = yaml.safe_load((Path(settings.BASE_DIR) / "docs/api/schema.yaml").read_text(encoding="utf-8"))

    assert SchemaGenerator().get_schema(request=None, public=True) == written

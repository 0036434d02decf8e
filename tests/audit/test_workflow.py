"""The one door: who may take a step, when, why not, and what is written."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from audit.models import Event
from audit.workflow import NotNow, Problem, Refused, Step, Workflow, rule
from exemptions.models import ExemptionApplication
from tests.factories import CandidateFactory, ExemptionFactory, MunicipalityFactory, UserFactory

REVIEW, DECIDE = "exemptions.review_exemption", "exemptions.decide_exemption"


@rule("课程属于必考", "示例第一条")
def course_is_even(application):
    if int(application.course.code) % 2 == 0:
        return []
    return [Problem("example.odd", "课程代码为单数", "示例第一条")]


@rule("请人工看", "示例第二条")
def somebody_looks(application):
    return [Problem("example.look", "请人工看", blocking=False)]


def remember(application, event):
    ExemptionApplication.objects.filter(pk=application.pk).update(reason=f"{event.verb} {application.status}")


EXAMPLE = Workflow(
    ExemptionApplication,
    (
        Step("submit", {"draft", "returned"}, "university", by="candidate", label="提交"),
        Step("return", {"university"}, "returned", by="university", label="退回", permission=REVIEW, note_required=True),
        Step(
            "recommend", {"university"}, "municipality", by="university", label="建议", permission=REVIEW, rules=(somebody_looks,)
        ),
        Step(
            "grant",
            {"municipality"},
            "granted",
            by="municipality",
            label="准予",
            permission=DECIDE,
            rules=(course_is_even,),
            effect=remember,
            independent_of={"recommend"},
        ),
    ),
    route=("draft", "university", "municipality", "granted"),
)


@pytest.fixture
def draft(candidate):
    return ExemptionFactory(candidate=candidate, course__code="90002")


@pytest.fixture
def at_university(candidate):
    return ExemptionFactory(candidate=candidate, course__code="90002", status="university")


@pytest.fixture
def at_city(candidate):
    return ExemptionFactory(candidate=candidate, course__code="90004", status="municipality")


def status_of(application):
    application.refresh_from_db()
    return application.status


def test_a_step_moves_the_file_and_leaves_one_line_of_the_trail(draft, candidate_user):
    event = EXAMPLE.take("submit", draft, by=candidate_user, note=" 请审 ")

    assert status_of(draft) == "university"
    assert list(draft.events.steps()) == [event]
    assert (event.verb, event.before, event.after, event.note) == ("submit", "draft", "university", "请审")
    assert (event.actor, event.capacity, event.candidate_id) == (candidate_user, "candidate", draft.candidate_id)
    assert draft.status_since >= event.at


def test_the_acting_office_stands_in_the_trail(at_university, clerk, university):
    event = EXAMPLE.take("recommend", at_university, by=clerk)

    assert event.capacity == f"university:{university.code}"
    assert event.details == {"permission": REVIEW}


def test_a_step_from_the_wrong_status_is_not_now(at_university, candidate_user):
    with pytest.raises(NotNow) as refused:
        EXAMPLE.take("submit", at_university, by=candidate_user)

    assert [problem.code for problem in refused.value.problems] == ["step.moved-on"]
    assert status_of(at_university) == "university"
    assert not at_university.events.steps().exists()


def test_a_step_that_the_table_does_not_have_is_an_error_of_the_caller(draft, candidate_user):
    with pytest.raises(KeyError):
        EXAMPLE.take("approve", draft, by=candidate_user)


@pytest.mark.parametrize("person", ["candidate_user", "foreign_clerk", "officer", "counter"])
def test_only_the_candidates_own_university_recommends(at_university, person, request):
    user = request.getfixturevalue(person)

    with pytest.raises(PermissionDenied):
        EXAMPLE.take("recommend", at_university, by=user)

    assert status_of(at_university) == "university"
    denied = Event.objects.get(subject_id=at_university.pk, kind="step", subject_table="exemptions_exemptionapplication")
    assert (denied.outcome, denied.actor, denied.after) == ("denied", user, "")


def test_a_superuser_does_not_reach_what_was_not_granted(at_university):
    root = UserFactory(is_superuser=True)

    with pytest.raises(PermissionDenied):
        EXAMPLE.take("recommend", at_university, by=root)


def test_an_inactive_clerk_takes_no_step(at_university, clerk):
    clerk.is_active = False
    clerk.save()

    with pytest.raises(PermissionDenied):
        EXAMPLE.take("recommend", at_university, by=type(clerk).objects.get(pk=clerk.pk))


def test_another_candidate_does_not_submit_my_draft(draft):
    stranger = UserFactory(candidate=CandidateFactory())

    with pytest.raises(PermissionDenied):
        EXAMPLE.take("submit", draft, by=stranger)


def test_who_recommended_may_not_grant(candidate, university):
    both = UserFactory(office=university, roles=["U4", "O4"])
    from guardian.shortcuts import assign_perm

    assign_perm("records.represent_office", both, MunicipalityFactory())
    application = ExemptionFactory(candidate=candidate, course__code="90002", status="university")
    EXAMPLE.take("recommend", application, by=both)

    with pytest.raises(PermissionDenied):
        EXAMPLE.take("grant", application, by=both)

    assert status_of(application) == "municipality"
    assert application not in EXAMPLE.waiting_for(both)
    application.refresh_from_db()
    assert [bool(step.barred) for step in EXAMPLE.open_to(both, application)] == [True]


def test_a_denied_attempt_does_not_count_as_an_earlier_step(at_city, officer):
    with pytest.raises(PermissionDenied):
        EXAMPLE.take("recommend", at_city, by=officer)

    EXAMPLE.take("grant", at_city, by=officer)

    assert status_of(at_city) == "granted"


def test_all_reasons_come_at_once(candidate, officer):
    application = ExemptionFactory(candidate=candidate, course__code="90003", status="municipality")

    with pytest.raises(Refused) as refused:
        EXAMPLE.take("grant", application, by=officer)

    assert [problem.code for problem in refused.value.problems] == ["example.odd"]
    assert status_of(application) == "municipality"


def test_a_return_needs_words(at_university, clerk):
    with pytest.raises(Refused) as refused:
        EXAMPLE.take("return", at_university, by=clerk, note="  ")
    assert [problem.code for problem in refused.value.problems] == ["step.note-missing"]

    EXAMPLE.take("return", at_university, by=clerk, note="缺成绩单")
    assert status_of(at_university) == "returned"


def test_what_asks_for_judgement_does_not_block(at_university, clerk):
    EXAMPLE.take("recommend", at_university, by=clerk)

    assert status_of(at_university) == "municipality"


def test_the_effect_sees_the_new_status(at_city, officer):
    EXAMPLE.take("grant", at_city, by=officer)

    at_city.refresh_from_db()
    assert at_city.reason == "grant granted"


def test_an_effect_that_fails_leaves_nothing(at_city, officer):
    def fail(application, event):
        raise RuntimeError

    broken = Workflow(
        ExemptionApplication,
        (Step("grant", {"municipality"}, "granted", by="municipality", label="准予", permission=DECIDE, effect=fail),),
        route=(),
    )

    with pytest.raises(RuntimeError):
        broken.take("grant", at_city, by=officer)

    assert status_of(at_city) == "municipality"
    assert not at_city.events.steps().exists()


def test_two_steps_of_one_name_are_refused_when_the_table_is_read():
    step = Step("submit", {"draft"}, "university", by="candidate", label="提交")

    with pytest.raises(ValueError, match="two steps"):
        Workflow(ExemptionApplication, (step, step), route=())


def test_the_tray_shows_what_waits_for_this_person_only(at_university, at_city, clerk, foreign_clerk, officer, candidate_user):
    assert list(EXAMPLE.waiting_for(clerk)) == [at_university]
    assert list(EXAMPLE.waiting_for(officer)) == [at_city]
    assert list(EXAMPLE.waiting_for(foreign_clerk)) == []
    assert list(EXAMPLE.waiting_for(candidate_user)) == []


@pytest.mark.django_db(transaction=True)
def test_of_several_who_press_at_once_one_takes_the_step():
    application = ExemptionFactory(course__code="90002", status="municipality")
    city = MunicipalityFactory()
    officers = [UserFactory(office=city, roles=["O4"]) for _ in range(4)]
    results: list[str] = []
    barrier = threading.Barrier(len(officers))

    def press(user):
        barrier.wait()
        try:
            EXAMPLE.take("grant", application, by=user)
            results.append("granted")
        except NotNow:
            results.append("moved on")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(user,)) for user in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["granted", "moved on", "moved on", "moved on"]
    assert application.events.steps().filter(verb="grant").count() == 1

"""The audit above the engine: which version answers, what an application's own day and findings change, what the feed renews."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduation import tasks
from graduation.auditing import UnknownPlan, audit_many, audit_one
from graduation.catalogue import compiled_plans
from graduation.facts import Question
from graduation.following import CHUNK, follow_credits, renew_verdicts
from graduation.models import GraduationApplication
from graduation.snapshots import audit_of, audits_of
from graduation.workflow import GRADUATION
from records.ledger import book
from records.models import CreditChange, Plan, PlanCourse
from tests.factories import CandidateFactory, CourseFactory, GraduationFactory, MajorFactory, PlanCourseFactory, PlanFactory
from tests.graduation.conftest import VERIFIED, MakeApplication, pass_courses
from tests.patience import until

pytestmark = pytest.mark.django_db


def second_version(plan: Plan, version: str, effective_from: dt.date) -> Plan:
    """The same courses in another version."""
    other = PlanFactory(major=plan.major, version=version, effective_from=effective_from, total_credits=plan.total_credits)
    for row in plan.courses.all():
        PlanCourseFactory(plan=other, course=row.course, assessment=row.assessment, counts_credits=row.counts_credits)
    return other


def test_of_equally_favourable_versions_the_newest_answers(ready, plan) -> None:
    second_version(plan, "2021", dt.date(2021, 1, 1))
    newest = second_version(plan, "2025", dt.date(2025, 1, 1))
    for each in (newest, *plan.major.plans.filter(version="2021")):
        each.prior_diploma = plan.prior_diploma
        each.save()

    assert audit_one(ready, plan.major).plan == newest
    assert audit_one(ready, plan.major, on=dt.date(2024, 12, 31)).plan == plan


def test_the_more_favourable_version_answers_whatever_its_age(ready, plan) -> None:
    newest = second_version(plan, "2025", dt.date(2025, 1, 1))
    PlanCourseFactory(plan=newest)

    assert audit_one(ready, plan.major).plan == plan


def test_a_major_without_plans_is_unknown(ready) -> None:
    with pytest.raises(UnknownPlan):
        audit_one(ready, MajorFactory())


def test_nobody_to_audit_is_no_question() -> None:
    assert audit_many([]) == []


def test_the_day_of_registration_in_another_major_stands_in(ready, plan) -> None:
    other = PlanFactory(newcomers_until=dt.date(2024, 9, 1))  # the candidate registered on that day, elsewhere
    late = PlanFactory(newcomers_until=dt.date(2024, 8, 31))

    assert audit_one(ready, other.major).condition("plan_open").satisfied
    assert not audit_one(ready, late.major).condition("plan_open").satisfied


def test_courses_taken_as_passed_count_and_leave_nothing_behind(registered, plan) -> None:
    (answer,) = audit_many([Question(registered, plan.major, assumed=frozenset({"71001", "71002", "71009"}))])

    assert answer.plan_complete
    assert not audit_one(registered, plan.major).plan_complete


def test_a_supposed_course_does_not_displace_a_real_pass(ready, plan) -> None:
    (answer,) = audit_many([Question(ready, plan.major, assumed=frozenset({"71001"}))])

    (passed,) = next(each for each in answer.verdict.requirements if each.code == "71001").by
    assert passed.mark == 75


def test_findings_of_a_withdrawn_application_do_not_count(make_application: MakeApplication, ready, plan) -> None:
    make_application(status="withdrawn")

    assert not audit_one(ready, plan.major).condition("appraisal").satisfied


def test_an_application_is_held_against_its_own_university(make_application: MakeApplication, other_university) -> None:
    case = make_application(university=other_university)

    answer = audit_of(case)

    assert answer.host_id == other_university.pk
    assert not answer.condition("thesis_host").satisfied


def test_many_applications_cost_as_many_queries_as_one(make_application: MakeApplication, ready, plan) -> None:
    cases = [make_application()]
    for _ in range(5):
        cases.append(GraduationFactory(candidate=CandidateFactory(), plan=plan, status="university", **VERIFIED))
    audits_of(cases)

    with CaptureQueriesContext(connection) as one:
        audits_of(cases[:1])
    with CaptureQueriesContext(connection) as six:
        audits_of(cases)

    assert len(six) == len(one)


def test_the_catalogue_is_compiled_once_until_it_changes(plan) -> None:
    first = compiled_plans([plan])[plan.pk]

    assert compiled_plans([plan])[plan.pk] is first
    PlanCourse.objects.filter(plan=plan, course__code="71001").update(credits=5)
    again = compiled_plans([plan])[plan.pk]
    assert again is not first
    assert [course.credits for course in again.courses if course.code == "71001"] == [5]


def test_a_deleted_or_added_row_is_a_change_too(plan) -> None:
    before = len(compiled_plans([plan])[plan.pk].courses)

    PlanCourseFactory(plan=plan, course=CourseFactory())
    assert len(compiled_plans([plan])[plan.pk].courses) == before + 1
    plan.courses.filter(course__code="71001").delete()
    assert len(compiled_plans([plan])[plan.pk].courses) == before


def test_the_feed_renews_the_verdict_of_what_is_under_way(make_application: MakeApplication, candidate_user, ready) -> None:
    case = make_application()
    GRADUATION.take("submit", case, by=candidate_user)
    book.revoke("tests", [f"{ready.pk}-71001-exam-2026-04-30"], because="复核")

    renew_verdicts(list(changes_of(ready)))

    case.refresh_from_db()
    assert (case.status, case.verdict["because"]) == ("university", "credits-changed")
    assert (case.verdict["plan_complete"], case.verdict["eligible"]) == (False, False)
    assert "71001" in case.verdict["lacking"]


@pytest.mark.parametrize("status", ["draft", "granted", "refused", "withdrawn"])
def test_what_is_not_under_way_keeps_its_verdict(make_application: MakeApplication, ready, status: str) -> None:
    case = make_application(status=status, verdict={"because": "grant"})
    book.revoke("tests", [f"{ready.pk}-71001-exam-2026-04-30"], because="复核")

    renew_verdicts(list(changes_of(ready)))

    case.refresh_from_db()
    assert case.verdict == {"because": "grant"}


def test_a_change_that_changes_nothing_for_the_case_is_not_written(
    make_application: MakeApplication, candidate_user, ready
) -> None:
    case = make_application()
    GRADUATION.take("submit", case, by=candidate_user)
    CourseFactory(code="79999")
    pass_courses(ready, ["79999"])

    renew_verdicts(list(changes_of(ready)))

    case.refresh_from_db()
    assert case.verdict["because"] == "submit"


@pytest.mark.django_db(transaction=True)
def test_the_follower_reads_the_feed_to_its_end_and_once(make_application: MakeApplication, candidate_user, ready) -> None:
    case = make_application()
    GRADUATION.take("submit", case, by=candidate_user)
    until(follow_credits)
    book.revoke("tests", [f"{ready.pk}-71001-exam-2026-04-30"], because="复核")

    assert until(follow_credits) == 1
    assert follow_credits() == 0

    case.refresh_from_db()
    assert case.verdict["plan_complete"] is False
    assert CHUNK > 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_follows_too(worker: Any, make_application: MakeApplication, candidate_user, ready) -> None:
    case = make_application()
    GRADUATION.take("submit", case, by=candidate_user)
    book.revoke("tests", [f"{ready.pk}-71001-exam-2026-04-30"], because="复核")

    assert until(partial(_is_followed, worker, case))


def _is_followed(worker: Any, case: GraduationApplication) -> bool:
    tasks.follow_credits.delay()
    worker.finish()
    return bool(GraduationApplication.objects.get(pk=case.pk).verdict["because"] == "credits-changed")


def changes_of(candidate: Any) -> Any:
    return CreditChange.objects.filter(candidate=candidate).order_by("pk")

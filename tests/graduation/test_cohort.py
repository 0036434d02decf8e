"""Audits of many candidates: by a real worker, in chunks, to the same end whatever dies in between; who may see which."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from graduation import cohorts
from graduation.models import CohortAudit
from records.jobs import running
from records.models import Candidate, Job
from tests.factories import CandidateFactory, DiplomaFactory, PlanFactory, RegistrationFactory, UserFactory
from tests.graduation.conftest import MakeApplication, pass_courses

pytestmark = pytest.mark.django_db


def nothing(done: int, total: int) -> None:
    """Nobody watches."""


def cohort_of(**about: Any) -> CohortAudit:
    return CohortAudit.objects.create(**{"on": timezone.localdate(), **about})


def audited(**about: Any) -> CohortAudit:
    cohort = cohort_of(**about)
    cohorts.audit_cohort(cohort, nothing)
    return cohort


def members(university: Any, plan: Any, number: int, codes: tuple[str, ...] = ()) -> list[Candidate]:
    """So many candidates of the university in the plan's major with these courses passed."""
    people = [CandidateFactory(managing_university=university, prior_education="专科") for _ in range(number)]
    for person in people:
        RegistrationFactory(candidate=person, major=plan.major)
        pass_courses(person, codes)
    return people


@pytest.fixture
def three(university, plan) -> list[Candidate]:
    """One with everything, one with a course missing, one with nothing."""
    return [
        *members(university, plan, 1, ("71001", "71002", "71009")),
        *members(university, plan, 1, ("71001", "71009")),
        *members(university, plan, 1),
    ]


def test_figures_and_reasons_are_counted(three, university, plan) -> None:
    cohort = audited(university=university, major=plan.major)

    assert (cohort.audited, cohort.plan_complete, cohort.eligible) == (3, 1, 0)
    counted = {each["code"]: (each["count"], each["label"], each["is_condition"]) for each in cohort.reasons}
    assert counted["71002"] == (2, "71002 示例方法", False)
    assert counted["71001"] == (1, "71001 示例导论", False)
    assert counted["credits"] == (2, "总学分", False)
    assert counted["appraisal"][::2] == (3, True)
    assert [each["count"] for each in cohort.reasons] == sorted((each["count"] for each in cohort.reasons), reverse=True)


def test_who_is_confirmed_in_everything_is_eligible(make_application: MakeApplication, university, plan) -> None:
    make_application(status="university")

    assert audited(university=university).eligible == 1


def test_the_cohort_is_about_open_registrations_of_that_day(three, university, other_university, plan) -> None:
    today = timezone.localdate()
    RegistrationFactory(candidate=three[0], major=PlanFactory().major, closed_on=today)
    RegistrationFactory(candidate=three[1], major=PlanFactory().major, registered_on=today + dt.timedelta(days=1))
    elsewhere = CandidateFactory(managing_university=other_university)
    RegistrationFactory(candidate=elsewhere, major=plan.major)
    RegistrationFactory(candidate=three[2])  # a major without a plan

    assert audited(university=university).audited == 3
    assert audited(university=other_university).audited == 1
    assert audited().audited == 4
    assert audited(major=plan.major).audited == 4


def test_later_credits_do_not_count(three, university, plan) -> None:
    day_before = dt.date(2026, 4, 29)

    assert audited(university=university, on=day_before).plan_complete == 0
    assert audited(university=university, on=dt.date(2026, 4, 30)).plan_complete == 1


def test_a_second_run_doubles_nothing(three, university) -> None:
    cohort = audited(university=university)
    before = list(cohort.outcomes.order_by("pk").values())

    cohorts.audit_cohort(cohort, nothing)

    assert list(cohort.outcomes.order_by("pk").values()) == before
    cohort.refresh_from_db()
    assert cohort.audited == 3


def test_it_goes_on_where_it_was_broken_off(three, university, monkeypatch) -> None:
    monkeypatch.setattr(cohorts, "CHUNK", 1)
    cohort, seen = cohort_of(university=university), []

    def power_cut(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cohorts.audit_cohort(cohort, power_cut)
    assert cohort.outcomes.count() == 2

    cohorts.audit_cohort(cohort, nothing)

    assert seen == [(0, 3), (1, 3), (2, 3)]
    straight = audited(university=university)
    assert outcomes_of(cohort) == outcomes_of(straight)
    assert (cohort.audited, cohort.plan_complete, cohort.reasons) == (straight.audited, straight.plan_complete, straight.reasons)


def outcomes_of(cohort: CohortAudit) -> list[dict[str, Any]]:
    return list(cohort.outcomes.order_by("candidate", "major").values("candidate", "major", "plan", "eligible", "missing"))


def test_a_chunk_costs_the_same_queries_however_long(university, plan) -> None:
    members(university, plan, 2, ("71001",))
    audited(university=university)
    with CaptureQueriesContext(connection) as short:
        audited(university=university)
    members(university, plan, 10, ("71001",))
    with CaptureQueriesContext(connection) as long:
        audited(university=university)

    assert len(long) == len(short)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_and_started_again_gives_the_same_outcome(worker: Any, university, plan, clerk) -> None:
    members(university, plan, 4, ("71001",))
    members(university, plan, 2, ("71001", "71002", "71009"))
    worker.kill()
    cohort = cohorts.start_cohort(clerk, university=university, major=None, on=timezone.localdate())
    half = cohorts.members_of(cohort).select_related("candidate", "major").order_by("pk")[:3]
    cohorts._audit_chunk(cohort, list(half))

    with outcomes_locked():
        worker.start()
        worker._wait(is_anybody_waiting, 30, "does not come to the next chunk")
        worker.kill()
    assert cohort.outcomes.count() == 3
    worker.start()
    Job.objects.update(woken_at=timezone.now() - dt.timedelta(minutes=5))
    running.sweep()
    worker._wait(lambda: Job.objects.get().finished_at is not None, 60, "does not finish")

    cohort.refresh_from_db()
    assert (cohort.job.state, cohort.job.done, cohort.job.total, cohort.job.attempts) == ("done", 6, 6, 2)
    straight = audited(university=university)
    assert outcomes_of(cohort) == outcomes_of(straight)
    assert (cohort.audited, cohort.plan_complete, cohort.reasons) == (6, 2, straight.reasons)


@contextmanager
def outcomes_locked() -> Iterator[None]:
    """Nobody else can write outcomes."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE graduation_cohortoutcome IN SHARE ROW EXCLUSIVE MODE")
        yield


def is_anybody_waiting() -> bool:
    """Whether a session waits for the lock on the outcomes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'graduation_cohortoutcome'::regclass)"
        )
        return bool(cursor.fetchone()[0])


def sign_in(client: Any, user: Any) -> Any:
    client.force_login(user)
    return client


def test_a_university_starts_audits_of_its_own_candidates_only(client, clerk, university, other_university, plan, three) -> None:
    sign_in(client, clerk)
    today = timezone.localdate().isoformat()

    refused = client.post(reverse("graduation:cohorts"), {"university": other_university.pk, "major": "", "on": today})
    everywhere = client.post(reverse("graduation:cohorts"), {"university": "", "major": "", "on": today})

    assert refused.status_code == everywhere.status_code == 422
    assert not CohortAudit.objects.exists()
    answer = client.post(reverse("graduation:cohorts"), {"university": university.pk, "major": plan.major.pk, "on": today})
    cohort = CohortAudit.objects.get()
    assert answer.url == reverse("graduation:cohort", args=[cohort.pk])
    assert (cohort.university, cohort.major, cohort.job.office, cohort.job.started_by) == (
        university,
        plan.major,
        university,
        clerk,
    )


def test_the_city_may_audit_everybody(client, officer, city) -> None:
    sign_in(client, officer)

    client.post(reverse("graduation:cohorts"), {"university": "", "major": "", "on": timezone.localdate().isoformat()})

    cohort = CohortAudit.objects.get()
    assert (cohort.university, cohort.major, cohort.job.office) == (None, None, city)


@pytest.mark.parametrize("on", ["", "0026-11-23", "2126-11-23", "gestern"])
def test_a_slip_in_the_day_starts_nothing(client, officer, on: str) -> None:
    assert sign_in(client, officer).post(reverse("graduation:cohorts"), {"on": on}).status_code == 422
    assert not CohortAudit.objects.exists()


def test_who_sees_which_audit(client, clerk, foreign_clerk, officer, counter, candidate_user, three, university, plan) -> None:
    other_duties = UserFactory(office=university, roles=["U3", "U8"])
    cohort = audited(university=university)
    addresses = [
        reverse("graduation:cohort", args=[cohort.pk]),
        reverse("graduation:outcome", args=[cohort.pk, cohort.outcomes.first().pk]),
    ]
    expected = {clerk: 200, officer: 200, other_duties: 403, foreign_clerk: 404, counter: 404, candidate_user: 404}

    for user, code in expected.items():
        sign_in(client, user)
        assert [client.get(address).status_code for address in addresses] == [code, code], user


def test_an_audit_of_the_whole_city_is_the_citys(client, clerk, officer, three) -> None:
    cohort = audited()

    assert sign_in(client, clerk).get(reverse("graduation:cohort", args=[cohort.pk])).status_code == 404
    assert sign_in(client, officer).get(reverse("graduation:cohort", args=[cohort.pk])).status_code == 200


def test_the_result_is_narrowed_by_figure_and_by_reason(client, clerk, three, university) -> None:
    cohort = audited(university=university)
    address = reverse("graduation:cohort", args=[cohort.pk])
    sign_in(client, clerk)

    def names(query: str) -> set[str]:
        return {row["outcome"].candidate.name for row in client.get(address + query).context["rows"]}

    done, half, new = (person.name for person in three)
    assert names("") == {done, half, new}
    assert names("?show=complete") == {done}
    assert names("?show=incomplete") == {half, new}
    assert names("?show=eligible") == set()
    assert names("?reason=71001") == {new}
    assert names("?reason=71002&show=incomplete") == {half, new}
    assert names("?reason=' OR 1=1") == set()


def test_the_difference_to_the_run_before_is_counted(client, clerk, three, university) -> None:
    audited(university=university)
    pass_courses(three[1], ["71002"])
    cohort = audited(university=university)
    address = reverse("graduation:cohort", args=[cohort.pk])

    context = sign_in(client, clerk).get(address + "?show=new").context

    assert [row["outcome"].candidate for row in context["rows"]] == [three[1]]
    assert [count["value"] for count in context["counts"][-2:]] == ["1", "0"]


def test_pages_go_by_key(client, clerk, university, plan, monkeypatch) -> None:
    monkeypatch.setattr("graduation.views.cohorts.PAGE", 2)
    members(university, plan, 5)
    cohort = audited(university=university)
    address, seen = reverse("graduation:cohort", args=[cohort.pk]), []
    sign_in(client, clerk)

    query = "?show=incomplete"
    while query:
        context = client.get(address + query).context
        seen += [row["outcome"].pk for row in context["rows"]]
        query = context["pages"]["next_url"]

    assert seen == list(cohort.outcomes.order_by("pk").values_list("pk", flat=True))


def test_opening_somebodys_tree_is_a_read_of_that_record(client, clerk, three, university) -> None:
    cohort = audited(university=university)
    one = cohort.outcomes.get(candidate=three[1])

    page = sign_in(client, clerk).get(reverse("graduation:outcome", args=[cohort.pk, one.pk])).content.decode()

    read = Event.objects.get(kind="read", verb="audit")
    assert (read.actor, read.candidate_id) == (clerk, three[1].pk)
    assert "毕业审核" in read.note
    assert "71002" in page
    assert "还没有通过" in page


def test_whoever_moved_to_another_university_is_no_longer_opened(client, clerk, three, university, other_university) -> None:
    cohort = audited(university=university)
    one = cohort.outcomes.get(candidate=three[0])
    Candidate.objects.filter(pk=three[0].pk).update(managing_university=other_university)
    three[0].registrations.update(university=other_university)

    assert sign_in(client, clerk).get(reverse("graduation:outcome", args=[cohort.pk, one.pk])).status_code == 404


def test_the_list_costs_the_same_queries_however_long(client, officer, three, university) -> None:
    sign_in(client, officer)
    cohorts.start_cohort(officer, university=university, major=None, on=timezone.localdate())
    client.get(reverse("graduation:cohorts"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("graduation:cohorts"))
    for _ in range(5):
        cohorts.start_cohort(officer, university=university, major=None, on=timezone.localdate())
    with CaptureQueriesContext(connection) as six:
        client.get(reverse("graduation:cohorts"))

    assert len(six) == len(one)


def test_who_graduated_already_is_told_apart(three, university, plan) -> None:
    DiplomaFactory(candidate=three[0], major=plan.major)

    cohort = audited(university=university)

    assert "graduated_before" in cohort.outcomes.get(candidate=three[0]).missing

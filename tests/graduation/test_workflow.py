"""Graduation from desk to desk: who may do what where, by a table written by hand; what each step asks for; what a grant does."""

# ruff: noqa: N802 - tests carry the numbers of the cases

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit.models import Event
from audit.workflow import NotNow, Refused
from graduation.models import Diploma, GraduationApplication
from graduation.workflow import GRADUATION
from records.ledger import book
from records.models import Setting
from tests.factories import (
    CandidateFactory,
    DiplomaFactory,
    DocumentFactory,
    ExemptionFactory,
    PenaltyFactory,
    PlanFactory,
    UserFactory,
    WindowFactory,
)
from tests.graduation.conftest import VERIFIED, MakeApplication, pass_courses

pytestmark = pytest.mark.django_db

STATUSES = ("draft", "university", "municipality", "returned", "granted", "refused", "withdrawn")
STEPS = ("submit", "withdraw", "verify", "recommend", "return", "grant", "send-back", "refuse")
NEED_WORDS = {"return", "send-back", "refuse"}

# Who may take which step from which status; whatever does not stand here is refused to everybody.
ALLOWED = {
    ("draft", "submit"): {"candidate"},
    ("returned", "submit"): {"candidate"},
    ("draft", "withdraw"): {"candidate"},
    ("university", "withdraw"): {"candidate"},
    ("returned", "withdraw"): {"candidate"},
    ("university", "verify"): {"clerk", "clerk and officer"},
    ("university", "recommend"): {"clerk", "clerk and officer"},
    ("university", "return"): {"clerk", "clerk and officer"},
    ("municipality", "grant"): {"officer", "clerk and officer"},
    ("municipality", "send-back"): {"officer", "clerk and officer"},
    ("municipality", "refuse"): {"officer", "clerk and officer"},
}
TARGETS = {
    "submit": "university",
    "withdraw": "withdrawn",
    "verify": "university",
    "recommend": "municipality",
    "return": "returned",
    "grant": "granted",
    "send-back": "university",
    "refuse": "refused",
}


@pytest.fixture
def people(candidate_user, university, other_university, city):
    """One of every role that could come by."""
    both = UserFactory(office=university, roles=["U7", "O6"])
    assign_perm("records.represent_office", both, city)
    return {
        "candidate": candidate_user,
        "another candidate": UserFactory(candidate=CandidateFactory()),
        "clerk": UserFactory(office=university, roles=["U7"]),
        "clerk of other duties": UserFactory(office=university, roles=["U3", "U4", "U5", "U6", "U8", "U9"]),
        "clerk elsewhere": UserFactory(office=other_university, roles=["U7"]),
        "officer": UserFactory(office=city, roles=["O6"]),
        "officer of other duties": UserFactory(office=city, roles=["O1", "O2", "O3", "O4", "O5", "O7"]),
        "clerk and officer": both,
        "clerk with the city's duty but not its office": UserFactory(office=university, roles=["O6"]),
        "counter": UserFactory(roles=["L6"]),
        "inactive clerk": UserFactory(office=university, roles=["U7"], is_active=False),
        "superuser": UserFactory(is_superuser=True),
    }


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("status", STATUSES)
def test_the_matrix(make_application: MakeApplication, people: dict[str, Any], status: str, name: str) -> None:
    case = make_application(status=status)

    taken = set()
    for role, user in people.items():
        with transaction.atomic():
            try:
                GRADUATION.take(name, case, by=user, note="理由")
                taken.add(role)
            except (PermissionDenied, NotNow):
                case.refresh_from_db()
                assert case.status == status
            transaction.set_rollback(True)

    assert taken == ALLOWED.get((status, name), set())


def test_the_matrix_knows_every_step_and_status() -> None:
    assert set(GRADUATION.steps) == set(STEPS)
    assert {status for step in GRADUATION.table for status in (*step.source, step.target)} == set(STATUSES)
    assert {name: step.target for name, step in GRADUATION.steps.items()} == TARGETS
    assert {name for name, step in GRADUATION.steps.items() if step.note_required} == NEED_WORDS


def codes(refusal: Refused) -> list[str]:
    return sorted(problem.code for problem in refusal.problems)


def refused(name: str, case: GraduationApplication, by: Any) -> list[str]:
    """The codes of everything that stands against the step; each with its source and what to do."""
    case.refresh_from_db()
    before = case.status
    with pytest.raises(Refused) as refusal:
        GRADUATION.take(name, case, by=by)
    assert all(str(problem.source) and str(problem.next_step) for problem in refusal.value.problems)
    case.refresh_from_db()
    assert case.status == before
    return codes(refusal.value)


@pytest.mark.parametrize("name", sorted(NEED_WORDS))
def test_what_goes_against_the_candidate_needs_words(make_application: MakeApplication, clerk, officer, name: str) -> None:
    step = GRADUATION.steps[name]
    case = make_application(status=next(iter(step.source)))

    with pytest.raises(Refused) as refusal:
        GRADUATION.take(name, case, by=officer if step.by == "municipality" else clerk, note="\n")

    assert codes(refusal.value) == ["step.note-missing"]


def test_the_whole_way_ends_in_a_diploma(make_application: MakeApplication, candidate_user, clerk, officer) -> None:
    facts = {name: VERIFIED[name] for name in VERIFIED if name != "notice_read_at"}
    case = make_application(**dict.fromkeys(facts, None) | {"appraisal": "", "prior_diploma_how": ""})

    GRADUATION.take("submit", case, by=candidate_user)
    GRADUATION.take("verify", case, by=clerk, facts=facts)
    GRADUATION.take("recommend", case, by=clerk)
    event = GRADUATION.take("grant", case, by=officer)

    case.refresh_from_db()
    diploma = Diploma.objects.get()
    assert case.status == "granted"
    assert (diploma.candidate, diploma.application, diploma.major) == (case.candidate, case, case.major)
    assert diploma.university == case.university
    assert diploma.issued_at == event.at
    assert case.verdict["because"] == "grant"
    assert (case.verdict["eligible"], case.verdict["plan_complete"], case.verdict["lacking"]) == (True, True, [])
    assert [step.verb for step in case.events.steps()] == ["submit", "verify", "recommend", "grant"]


def test_a_draft_submits_only_what_is_complete(make_application: MakeApplication, candidate_user, registered) -> None:
    book.revoke("tests", [f"{registered.pk}-71002-exam-2026-04-30"], because="复核")

    assert refused("submit", make_application(), candidate_user) == ["graduation.plan-incomplete"]


def test_the_refusal_names_what_is_missing(make_application: MakeApplication, candidate_user, registered) -> None:
    book.revoke("tests", [f"{registered.pk}-71002-exam-2026-04-30"], because="复核")

    with pytest.raises(Refused) as refusal:
        GRADUATION.take("submit", make_application(), by=candidate_user)

    (problem,) = refusal.value.problems
    assert str(problem.message) == "还差2项：71002 示例方法；总学分不少于8学分，还差4学分。"


def test_what_the_university_has_to_confirm_does_not_keep_a_draft(make_application: MakeApplication, candidate_user) -> None:
    open_facts = {"appraisal": "", "identity_confirmed": None, "photo_confirmed": None, "prior_diploma_verified": None}

    case = make_application(**open_facts)
    GRADUATION.take("submit", case, by=candidate_user)

    case.refresh_from_db()
    assert case.status == "university"


def test_everything_that_is_wrong_is_said_at_once(make_application: MakeApplication, candidate_user, ready) -> None:
    PenaltyFactory(candidate=ready)
    ExemptionFactory(candidate=ready, status="university")
    ready.prior_education = ""
    ready.save()
    case = make_application(notice_read_at=None, prior_diploma_verified=None, term="2024-12")

    assert refused("submit", case, candidate_user) == [
        "graduation.notice",
        "graduation.penalty",
        "graduation.pending-case",
        "graduation.prior-diploma",
        "graduation.term",
    ]


def test_a_diploma_uploaded_stands_for_an_education_not_on_record(
    make_application: MakeApplication, candidate_user, ready
) -> None:
    ready.prior_education = ""
    ready.save()
    case = make_application(prior_diploma_verified=None)
    case.documents.add(DocumentFactory(candidate=ready, uploaded_by=candidate_user))

    GRADUATION.take("submit", case, by=candidate_user)

    case.refresh_from_db()
    assert case.status == "university"


def test_the_application_itself_is_no_pending_case(make_application: MakeApplication, candidate_user, ready) -> None:
    other = PlanFactory()
    make_application(plan=other, major=other.major, status="university")

    case = make_application()
    GRADUATION.take("submit", case, by=candidate_user)

    case.refresh_from_db()
    assert case.status == "university"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("appraisal", "", "graduation.appraisal"),
        ("appraisal", "failed", "graduation.appraisal"),
        ("identity_confirmed", None, "graduation.identity"),
        ("identity_confirmed", False, "graduation.identity"),
        ("photo_confirmed", None, "graduation.photo"),
        ("photo_confirmed", False, "graduation.photo"),
        ("prior_diploma_verified", None, "graduation.prior-diploma-unverified"),
        ("prior_diploma_verified", False, "graduation.prior-diploma-rejected"),
    ],
)
def test_the_university_records_before_it_recommends_and_it_holds_at_the_grant(
    make_application: MakeApplication, clerk, officer, field: str, value: object, code: str
) -> None:
    case = make_application(status="university", **{field: value})

    assert refused("recommend", case, clerk) == [code]

    GraduationApplication.objects.filter(pk=case.pk).update(status="municipality")
    case.refresh_from_db()
    assert refused("grant", case, officer) == [code]
    assert not Diploma.objects.exists()


def test_an_associate_major_asks_for_no_prior_diploma(make_application: MakeApplication, clerk, plan) -> None:
    plan.prior_diploma = ""
    plan.save()

    case = make_application(status="university", prior_diploma_verified=None)
    GRADUATION.take("recommend", case, by=clerk)

    case.refresh_from_db()
    assert case.status == "municipality"


def test_at_the_grant_everything_is_asked_again(make_application: MakeApplication, officer, ready) -> None:
    case = make_application(status="municipality")
    book.revoke("tests", [f"{ready.pk}-71001-exam-2026-04-30"], because="复核改分")

    assert refused("grant", case, officer) == ["graduation.plan-incomplete"]
    assert not Diploma.objects.exists()


def test_who_has_the_diploma_does_not_get_another(make_application: MakeApplication, officer, ready, plan) -> None:
    DiplomaFactory(candidate=ready, major=plan.major)

    assert refused("grant", make_application(status="municipality"), officer) == ["graduation.graduated-before"]


def test_G35_a_thesis_from_elsewhere_is_refused(make_application: MakeApplication, candidate_user, registered, other_university):
    book.revoke("tests", [f"{registered.pk}-71009-practical-2026-04-30"], because="改登")
    case = make_application()
    book.revoke("tests", [f"{case.candidate_id}-71009-practical-2026-04-30"], because="改登")
    pass_courses(case.candidate, ["71009"], on=dt.date(2026, 5, 1), source="practical", university=other_university)

    assert refused("submit", case, candidate_user) == ["graduation.thesis-host"]


def test_additional_courses_are_decided_by_the_university_where_nobody_has(
    make_application: MakeApplication, clerk, plan
) -> None:
    extra = plan.courses.get(course__code="71002")
    extra.nature = "加考"
    extra.save()
    plan.total_credits = 4
    plan.save()
    case = make_application(status="university")

    assert refused("recommend", case, clerk) == ["graduation.additional-courses"]
    GRADUATION.take("verify", case, by=clerk, facts={"additional_courses": False})
    GRADUATION.take("recommend", case, by=clerk)


@pytest.mark.parametrize(
    ("today", "is_open"), [("2026-11-09", False), ("2026-11-10", True), ("2026-11-30", True), ("2026-12-01", False)]
)
def test_G38_applications_are_taken_in_the_window(
    make_application: MakeApplication, candidate_user, clerk, officer, today: str, is_open: bool
) -> None:
    WindowFactory(kind="graduation", opens_on=dt.date(2026, 11, 10), closes_on=dt.date(2026, 11, 30))
    WindowFactory(kind="graduation", opens_on=dt.date(2027, 5, 10), closes_on=dt.date(2027, 5, 30))
    case = make_application(term="2026-12")

    with time_machine.travel(f"{today}T10:00:00+08:00"):
        if not is_open:
            assert refused("submit", case, candidate_user) == ["graduation.window"]
            return
        GRADUATION.take("submit", case, by=candidate_user)
    with time_machine.travel("2026-12-20T10:00:00+08:00"):
        GRADUATION.take("recommend", case, by=clerk)
        GRADUATION.take("grant", case, by=officer)


def test_G38_the_refusal_names_the_next_window(make_application: MakeApplication, candidate_user) -> None:
    WindowFactory(kind="graduation", opens_on=dt.date(2027, 5, 10), closes_on=dt.date(2027, 5, 30))

    with time_machine.travel("2026-12-05T10:00:00+08:00"), pytest.raises(Refused) as refusal:
        GRADUATION.take("submit", make_application(term="2026-12"), by=candidate_user)

    (problem,) = refusal.value.problems
    assert str(problem.next_step) == "在下一个毕业申请时间（2027年5月10日至2027年5月30日）提交，按那一批办理。"


@pytest.mark.parametrize(("opens_in", "counts"), [(0, True), (1, False)], ids=["of that day", "of a later day"])
def test_completing_a_returned_application_is_judged_by_its_first_submission(
    make_application: MakeApplication, candidate_user, clerk, opens_in: int, counts: bool
) -> None:
    case = make_application()
    GRADUATION.take("submit", case, by=candidate_user)
    GRADUATION.take("return", case, by=clerk, note="请补毕业证书")
    day = timezone.localdate() + dt.timedelta(days=opens_in)
    WindowFactory(kind="graduation", opens_on=day, closes_on=day)

    with time_machine.travel(dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)):
        if counts:
            GRADUATION.take("submit", case, by=candidate_user)
        else:
            assert refused("submit", case, candidate_user) == ["graduation.window"]


@pytest.mark.parametrize(
    ("term", "is_taken"), [("2026-12", True), ("2027-06", True), ("2026-11", False), ("2026-06", False), ("2027-01", False)]
)
def test_one_graduates_in_june_or_december_to_come(
    make_application: MakeApplication, candidate_user, term: str, is_taken: bool
) -> None:
    case = make_application(term=term)

    with time_machine.travel("2026-11-23T10:00:00+08:00"):
        if is_taken:
            GRADUATION.take("submit", case, by=candidate_user)
        else:
            assert refused("submit", case, candidate_user) == ["graduation.term"]


@pytest.mark.parametrize(
    ("term", "version_serves"), [("2026-06", True), ("2026-12", False)], ids=["until its last day", "after it"]
)
def test_G05_the_plan_must_serve_on_the_day_of_graduation(
    make_application: MakeApplication, candidate_user, plan, term: str, version_serves: bool
) -> None:
    plan.graduation_until = dt.date(2026, 6, 30)
    plan.save()
    case = make_application(term=term)

    with time_machine.travel("2026-05-20T10:00:00+08:00"):
        if version_serves:
            GRADUATION.take("submit", case, by=candidate_user)
        else:
            assert refused("submit", case, candidate_user) == ["graduation.plan-open"]


def test_G06_new_candidates_do_not_graduate_by_the_old_plan(make_application: MakeApplication, candidate_user, plan) -> None:
    plan.newcomers_until = dt.date(2024, 8, 31)  # the candidate registered on 2024-09-01
    plan.save()

    assert refused("submit", make_application(), candidate_user) == ["graduation.plan-open"]


@pytest.mark.parametrize(("text", "is_enough"), [("字" * 499 + " \n", False), ("字" * 500, True)])
def test_the_self_assessment_is_as_long_as_the_office_asks(
    make_application: MakeApplication, candidate_user, text: str, is_enough: bool
) -> None:
    Setting.objects.create(key="graduation.self_assessment_least", value=500, in_force_from=dt.date(2020, 1, 1))
    case = make_application(self_assessment=text)

    if is_enough:
        GRADUATION.take("submit", case, by=candidate_user)
    else:
        assert refused("submit", case, candidate_user) == ["graduation.self-assessment"]


def test_findings_leave_a_trail_with_who_wrote_them(make_application: MakeApplication, clerk) -> None:
    case = make_application(status="university", appraisal="")
    since = case.status_since

    GRADUATION.take("verify", case, by=clerk, facts={"appraisal": "failed"})

    change = Event.objects.filter(kind="change", subject_table="graduation_graduationapplication", verb="update").latest("pk")
    assert change.actor == clerk
    assert change.details == {"before": {"appraisal": ""}, "after": {"appraisal": "failed"}}
    case.refresh_from_db()
    assert (case.status, case.status_since) == ("university", since)


def test_findings_are_written_at_the_university_only(make_application: MakeApplication, clerk) -> None:
    case = make_application(status="municipality")

    with pytest.raises(NotNow):
        GRADUATION.take("verify", case, by=clerk, facts={"appraisal": "failed"})

    case.refresh_from_db()
    assert case.appraisal == "passed"


@pytest.mark.parametrize("name", ["recommend", "grant", "submit"])
def test_no_other_step_writes_findings(make_application: MakeApplication, clerk, name: str) -> None:
    with pytest.raises(KeyError):
        GRADUATION.take(name, make_application(), by=clerk, facts={"appraisal": "passed"})


@pytest.mark.parametrize("field", ["status", "candidate_id", "verdict"])
def test_findings_are_the_named_fields_and_no_other(make_application: MakeApplication, clerk, field: str) -> None:
    with pytest.raises(KeyError):
        GRADUATION.take("verify", make_application(status="university"), by=clerk, facts={field: "granted"})


@pytest.mark.parametrize("step", ["verify", "recommend"])
@pytest.mark.parametrize("decision", ["grant", "refuse"])
def test_who_checked_does_not_decide(make_application: MakeApplication, people, step: str, decision: str) -> None:
    case = make_application(status="university")
    both, clerk, officer = people["clerk and officer"], people["clerk"], people["officer"]
    GRADUATION.take(step, case, by=both)
    if step == "verify":
        GRADUATION.take("recommend", case, by=clerk)

    with pytest.raises(PermissionDenied):
        GRADUATION.take(decision, case, by=both, note="理由")

    assert not Diploma.objects.exists()
    GRADUATION.take(decision, case, by=officer, note="理由")


def test_after_a_withdrawal_one_may_apply_again(make_application: MakeApplication, candidate_user) -> None:
    first = make_application()
    GRADUATION.take("submit", first, by=candidate_user)
    GRADUATION.take("withdraw", first, by=candidate_user)

    GRADUATION.take("submit", make_application(), by=candidate_user)

    assert sorted(GraduationApplication.objects.values_list("status", flat=True)) == ["university", "withdrawn"]


def test_the_verdict_of_each_asking_step_is_kept(make_application: MakeApplication, candidate_user, clerk) -> None:
    case = make_application()

    for name, user in (("submit", candidate_user), ("recommend", clerk)):
        GRADUATION.take(name, case, by=user)
        case.refresh_from_db()
        assert case.verdict["because"] == name
        assert case.verdict["plan_complete"] is True


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_issue_one_diploma(make_application: MakeApplication, officer, second_officer) -> None:
    case = make_application(status="municipality")
    outcomes: list[str] = []
    together = threading.Barrier(4)

    def press(user: Any) -> None:
        together.wait()
        try:
            GRADUATION.take("grant", case, by=user)
            outcomes.append("granted")
        except NotNow:
            outcomes.append("moved on")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(user,)) for user in (officer, second_officer) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["granted", "moved on", "moved on", "moved on"]
    assert Diploma.objects.count() == 1
    assert case.events.steps().filter(verb="grant").count() == 1

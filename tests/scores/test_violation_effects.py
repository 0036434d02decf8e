"""What a decision about a violation costs, what it leaves alone, and what comes back when it is revoked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from audit.models import Event
from records.candidates.models import Candidate
from records.models import Credit, Penalty
from scores.models import Mark, MarkRevision
from scores.violations.workflow import VIOLATION
from tests.factories import CandidateFactory, CourseFactory, MarkFactory, PublicationFactory, SittingFactory, ViolationFactory
from tests.scores.violating import Bureau, bureau, decided, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Bureau:
    return bureau()


@pytest.fixture
def candidate() -> Candidate:
    return CandidateFactory()


@pytest.fixture
def april():
    return SittingFactory(name="2026-04")


def state_of(mark: Mark) -> tuple[Decimal | None, str, str]:
    mark = Mark.registry.get(pk=mark.pk)
    return mark.points, mark.flag, mark.flag_reason


def test_a_breach_in_one_course_voids_that_course_only(people, candidate, april):
    english, politics = published(candidate, april), published(candidate, april)

    case = decided(people, candidate, april, "5.1", course=english.course)

    assert state_of(english) == (None, "违纪", case.decision)
    assert state_of(politics) == (Decimal(75), "正常", "")
    assert set(candidate.credits.values_list("course", flat=True)) == {politics.course_id}


@pytest.mark.parametrize(("act", "flag"), [("6.4", "作弊"), ("7.2", "作弊"), ("8.2", "取消")])
def test_cheating_and_disorder_void_the_whole_sitting_written_and_practical_and_no_other_sitting(
    people, candidate, april, act, flag
):
    written = published(candidate, april)
    practical = published(candidate, april, practical=True, course=CourseFactory(practical=True))
    earlier = published(candidate, SittingFactory(name="2025-10"))
    somebody_else = published(CandidateFactory(), april)

    case = decided(people, candidate, april, act, course=written.course)

    assert state_of(written) == state_of(practical) == (None, flag, case.decision)
    assert state_of(earlier) == state_of(somebody_else) == (Decimal(75), "正常", "")
    assert set(candidate.credits.values_list("course", flat=True)) == {earlier.course_id}


def test_who_was_absent_stays_absent(people, candidate, april):
    absent = published(candidate, april, points=None, flag="缺考")

    decided(people, candidate, april, "6.4")

    assert state_of(absent) == (None, "缺考", "")


def test_nothing_is_void_before_the_decision(people, candidate, april):
    mark = published(candidate, april)
    case = ViolationFactory(candidate=candidate, sitting=april, act="6.4")

    people.bring(case, "propose")
    assert state_of(mark) == (Decimal(75), "正常", "")

    people.bring(case, "decide")
    assert state_of(mark)[1] == "作弊"


def test_an_unpublished_mark_is_void_as_well_and_the_figures_before_publication_follow(people, candidate, april):
    publication = PublicationFactory(sitting=april)
    mark = MarkFactory(publication=publication, candidate=candidate)

    decided(people, candidate, april, "6.4")

    publication.refresh_from_db()
    assert state_of(mark)[1] == "作弊"
    assert (publication.preview["marks"], publication.preview["present"]) == (1, 0)


def test_only_a_grave_kind_adds_a_penalty_and_the_marks_within_it_are_void(people, candidate, april):
    within = published(candidate, SittingFactory(name="2026-10"))
    before = published(candidate, SittingFactory(name="2025-10"))
    first = dt.date(2026, 5, 1)

    case = decided(
        people,
        candidate,
        april,
        "6.9",
        grave="receiving",
        happened_on=dt.date(2026, 4, 12),
        penalty_kind="suspension",
        penalty_starts_on=first,
        penalty_ends_on=dt.date(2027, 4, 30),
    )

    penalty = Penalty.objects.get()
    assert case.penalty == penalty
    assert (penalty.kind, penalty.decision, penalty.starts_on) == ("suspension", case.decision, first)
    assert state_of(within) == (None, "取消", case.decision)
    assert state_of(before) == (Decimal(75), "正常", "")


def test_plain_cheating_adds_none(people, candidate, april):
    decided(people, candidate, april, "6.4")

    assert not Penalty.objects.exists()


def test_a_revoked_decision_gives_everything_back(people, candidate, april):
    mark = published(candidate, april)
    within = published(candidate, SittingFactory(name="2026-10"))
    case = decided(
        people,
        candidate,
        april,
        "6.9",
        grave="group",
        happened_on=dt.date(2026, 4, 12),
        penalty_kind="delay",
        penalty_starts_on=dt.date(2026, 5, 1),
        penalty_ends_on=dt.date(2027, 4, 30),
    )
    assert Credit.objects.filter(candidate=candidate).count() == 0

    people.revoke(case)

    assert state_of(mark) == state_of(within) == (Decimal(75), "正常", "")
    assert Credit.objects.filter(candidate=candidate).count() == 2
    assert Penalty.objects.get().revoked_at is not None
    assert not Penalty.objects.running_on(timezone.localdate()).exists()


def test_what_another_decision_voided_stays_void(people, candidate, april):
    mark, other = published(candidate, april), published(candidate, april)
    breach = decided(people, candidate, april, "5.1", course=mark.course)
    cheating = decided(people, candidate, april, "6.4")

    people.revoke(cheating)

    assert state_of(mark) == (None, "违纪", breach.decision)
    assert state_of(other) == (Decimal(75), "正常", "")

    people.revoke(breach)
    assert state_of(mark) == (Decimal(75), "正常", "")


def test_a_review_that_changes_the_decision_leaves_what_the_change_says(people, candidate, april):
    mark, other = published(candidate, april), published(candidate, april)
    case = decided(people, candidate, april, "6.2", grave="", happened_on=dt.date(2026, 4, 12))
    today = timezone.localdate()
    VIOLATION.take("take-review", case, by=people.officer, facts={"review_grounds": "只是交头接耳。", "review_asked_on": today})

    VIOLATION.take(
        "change",
        case,
        by=people.verifier,
        facts={"review_number": "沪考复〔2026〕8号", "review_decided_on": today, "act": "5.4", "course": mark.course},
    )

    case.refresh_from_db()
    assert (case.status, case.review_outcome, case.number_in_force) == ("final", "changed", "沪考复〔2026〕8号")
    assert state_of(mark) == (None, "违纪", "沪考复〔2026〕8号")
    assert state_of(other) == (Decimal(75), "正常", "")


def test_an_upheld_decision_stays(people, candidate, april):
    mark = published(candidate, april)
    case = decided(people, candidate, april, "6.4")
    today = timezone.localdate()
    VIOLATION.take("take-review", case, by=people.officer, facts={"review_grounds": "冤枉。", "review_asked_on": today})

    VIOLATION.take("uphold", case, by=people.verifier, facts={"review_number": "复1", "review_decided_on": today})

    case.refresh_from_db()
    assert (case.status, case.review_outcome) == ("final", "upheld")
    assert state_of(mark)[1] == "作弊"


def test_the_record_says_when_it_holds_no_credit_any_more(people, candidate, april):
    published(candidate, april)
    candidate.refresh_from_db()
    number = candidate.record_number
    assert number

    decided(people, candidate, april, "6.4")

    candidate.refresh_from_db()
    assert candidate.record_number == number
    assert not candidate.credits.exists()


def test_who_decided_stands_at_every_change_of_a_mark(people, candidate, april):
    mark = published(candidate, april)

    case = decided(people, candidate, april, "6.4")

    revision = MarkRevision.objects.get(mark=mark)
    assert (revision.case_table, revision.case_id) == ("scores_violation", case.pk)
    assert case.decision in revision.because
    change = Event.objects.filter(kind="change", subject_table="scores_mark", subject_id=mark.pk).last()
    assert change is not None
    assert change.actor == people.head

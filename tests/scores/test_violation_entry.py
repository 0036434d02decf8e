"""Marks and decisions in whatever order they come: decisions in force void them, a revoked one gives back what was entered."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.workflow import NotNow
from records.models import Candidate, Credit, User
from scores.entry.entering import enter, take_out, why_not_undone
from scores.models import Mark, MarkRevision, Violation
from tests.factories import CandidateFactory, CourseFactory, SittingFactory
from tests.scores.files import SITTING, checked, codes, entered, marks_file, published, ticket_of, warnings
from tests.scores.violating import Bureau, bureau, days_ago, decided

pytestmark = pytest.mark.django_db
NAMES = count()


@pytest.fixture
def people() -> Bureau:
    return bureau()


@pytest.fixture
def candidate() -> Candidate:
    for code in ("00015", "00016"):
        CourseFactory(code=code)
    SittingFactory(name=SITTING)
    return CandidateFactory()


def about(candidate: Candidate, people: Bureau, act: str = "6.4", *, course: str = "00015", **more: object) -> Violation:
    mine = CourseFactory._meta.model.objects.get(code=course)
    return decided(people, candidate, SittingFactory._meta.model.objects.get(name=SITTING), act, course=mine, **more)


def bring(folder: Path, candidate: Candidate, *rows: tuple[str, ...]):
    return entered(marks_file(folder, [(ticket_of(candidate), *row) for row in rows], name=f"{next(NAMES)}.csv"))


def stand(candidate: Candidate) -> dict[str, tuple[Decimal | None, str]]:
    return {mark.course.code: (mark.points, mark.flag) for mark in Mark.registry.filter(candidate=candidate)}


def test_a_mark_that_comes_in_after_the_decision_is_void_and_the_report_says_so(tmp_path, people, candidate):
    case = about(candidate, people)
    rows = [(ticket_of(candidate), "00015", "75"), (ticket_of(candidate), "00016", "", "缺考")]

    batch = checked(marks_file(tmp_path, rows))

    assert warnings(batch) == ["scores.void-by-decision"]
    assert case.decision in batch.preview["warnings"][0]["message"]
    enter(batch)
    assert stand(candidate) == {"00015": (None, "作弊"), "00016": (None, "缺考")}
    revision = MarkRevision.objects.get()
    assert (revision.points_before, revision.batch, revision.case_id) == (Decimal(75), batch, case.pk)


def test_a_breach_voids_its_course_alone_also_later(tmp_path, people, candidate):
    about(candidate, people, "5.1")

    bring(tmp_path, candidate, ("00015", "75"), ("00016", "80"))

    assert stand(candidate) == {"00015": (None, "违纪"), "00016": (Decimal(80), "正常")}


def test_nobody_elses_mark_is_touched(tmp_path, people, candidate):
    about(candidate, people)
    other = CandidateFactory()

    bring(tmp_path, other, ("00015", "75"))

    assert stand(other) == {"00015": (Decimal(75), "正常")}
    assert not MarkRevision.objects.exists()


def test_a_revoked_decision_gives_back_what_the_file_said_with_its_credit(tmp_path, people, candidate, officer: User):
    case = about(candidate, people)
    batch = bring(tmp_path, candidate, ("00015", "75"))
    published(batch, people.officer, people.head)
    assert not Credit.objects.exists()

    people.revoke(case)

    assert stand(candidate) == {"00015": (Decimal(75), "正常")}
    assert Credit.objects.get().mark == Decimal(75)


def test_a_file_that_corrects_a_void_mark_counts_once_the_decision_is_revoked(tmp_path, people, candidate):
    bring(tmp_path, candidate, ("00015", "58"))
    case = about(candidate, people)

    batch = bring(tmp_path, candidate, ("00015", "85"))

    assert batch.preview["changed"] == 1
    assert stand(candidate) == {"00015": (None, "作弊")}
    people.revoke(case)
    assert stand(candidate) == {"00015": (Decimal(85), "正常")}


def test_the_same_file_again_changes_nothing_though_the_mark_is_void(tmp_path, people, candidate):
    bring(tmp_path, candidate, ("00015", "58"))
    about(candidate, people)

    batch = bring(tmp_path, candidate, ("00015", "58", "正常"))

    assert [batch.preview[key] for key in ("new", "changed", "same")] == [0, 0, 1]
    assert MarkRevision.objects.count() == 1


def test_published_marks_are_compared_as_they_were_entered(tmp_path, people, candidate):
    published(bring(tmp_path, candidate, ("00015", "75")), people.officer, people.head)
    about(candidate, people)

    assert bring(tmp_path, candidate, ("00015", "75", "正常")).preview["same"] == 1
    refused = checked(marks_file(tmp_path, [(ticket_of(candidate), "00015", "76")], name="other.csv"))
    assert codes(refused) == ["scores.published"]


def test_a_batch_whose_marks_were_void_as_they_came_is_taken_out_whole(tmp_path, people, candidate):
    case = about(candidate, people)
    batch = bring(tmp_path, candidate, ("00015", "75"))

    take_out(batch)

    assert stand(candidate) == {}
    assert not MarkRevision.objects.exists()
    people.revoke(case)
    assert stand(candidate) == {}


def test_a_batch_that_changed_a_mark_before_a_decision_did_is_not_taken_out(tmp_path, people, candidate):
    bring(tmp_path, candidate, ("00015", "58"))
    batch_two = bring(tmp_path, candidate, ("00015", "60"))
    case = about(candidate, people)

    assert "不能撤销批次" in why_not_undone(batch_two)
    with pytest.raises(NotNow):
        take_out(batch_two)
    people.revoke(case)
    assert stand(candidate) == {"00015": (Decimal(60), "正常")}


def test_a_mark_in_the_span_of_a_penalty_is_void_and_comes_back_with_the_appeal(tmp_path, people, candidate):
    earlier = SittingFactory(name="2026-04")
    case = decided(
        people,
        candidate,
        earlier,
        "6.9",
        grave="group",
        happened_on=days_ago(200),
        penalty_kind="suspension",
        penalty_starts_on=days_ago(200),
        penalty_ends_on=days_ago(-400),
    )

    bring(tmp_path, candidate, ("00015", "75"))

    assert stand(candidate) == {"00015": (None, "取消")}
    people.revoke(case)
    assert stand(candidate) == {"00015": (Decimal(75), "正常")}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("import"), st.integers(0, 100)),
        st.tuples(st.sampled_from(["decide", "revoke"]), st.sampled_from(["6.4", "5.1", "8.2"])),
    ),
    min_size=1,
    max_size=7,
)
FLAGS = {"6.4": "作弊", "5.1": "违纪", "8.2": "取消"}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_in_any_order_the_mark_is_what_the_last_file_and_the_standing_decisions_make_of_it(tmp_path, people, candidate, steps):
    somebody = CandidateFactory()
    value: Decimal | None = None
    standing: dict[str, Violation] = {}
    for what, with_ in steps:
        if what == "import":
            value = Decimal(with_)
            bring(tmp_path, somebody, ("00015", str(with_)))
        elif what == "decide" and with_ not in standing:
            standing[with_] = about(somebody, people, with_)
        elif what == "revoke" and with_ in standing:
            people.revoke(standing.pop(with_))
        last = next(reversed(standing), None)
        expected = {} if value is None else {"00015": (None, FLAGS[last]) if last else (value, "正常")}
        assert stand(somebody) == expected

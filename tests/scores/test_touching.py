"""Figures follow what was changed, and only there: touched and full refreshes end in the same rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.jobs.models import Job
from records.jobs.running import run
from records.models import Candidate, Course
from scores import tasks  # noqa: F401 - registers the work of its jobs
from scores.marks.changing import NewMark, change
from scores.models import Mark, MarkRevision, Sitting, SittingRegistration, SittingStatistic, TouchedStatistic
from scores.statistics import touching
from scores.statistics.refreshing import refresh_statistics
from scores.statistics.touching import TOUCHED_JOB, refresh_soon, refresh_soon_if_touched, refresh_touched, touch
from tests.factories import (
    CandidateFactory,
    CorrectionFactory,
    CourseFactory,
    MajorFactory,
    MarkFactory,
    PublicationFactory,
    SittingFactory,
    UniversityFactory,
)

pytestmark = pytest.mark.django_db

NEW_VALUES = st.one_of(
    st.integers(0, 1000).map(lambda tenths: {"points": Decimal(tenths) / 10}),
    st.sampled_from(["优秀", "合格", "不及格"]).map(lambda grade: {"grade": grade}),
    st.sampled_from(["违纪", "作弊", "取消"]).map(lambda flag: {"flag": flag}),
)


def out(name: str, **more: Any) -> Any:
    """A publication of this sitting that is out and through."""
    now = timezone.now()
    return PublicationFactory(sitting=SittingFactory(name=name), published_at=now, credits_entered_at=now, **more)


def rows() -> dict[tuple[int, int, int | None, int], tuple[Any, ...]]:
    """All figures by their key, without the rows' numbers."""
    names = [field.attname for field in SittingStatistic._meta.concrete_fields if field.attname != "id"]
    found = SittingStatistic.objects.values_list(*names)
    return {line[:4]: tuple(map(str, line[4:])) for line in found}


def numbers() -> dict[tuple[int, int], int]:
    return {(row.course_id, row.university_id): row.pk for row in SittingStatistic.objects.all()}


@pytest.fixture
def decided() -> Any:
    """A case that decides; whose does not matter here."""
    return CorrectionFactory(proofs=False)


@pytest.fixture
def some_marks() -> list[Mark]:
    """Two sittings, three courses, four people of two universities; one of them in a second major, each has sat twice."""
    universities, majors = [UniversityFactory() for _ in range(2)], [MajorFactory() for _ in range(2)]
    people = [CandidateFactory(managing_university=universities[place % 2], major=majors[place // 2]) for place in range(4)]
    courses = [CourseFactory() for _ in range(3)]
    marks = []
    for name in ("2026-04", "2026-10"):
        publication = out(name)
        for person in people:
            marks += [MarkFactory(publication=publication, candidate=person, course=course, points=50) for course in courses]
    return marks


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_after_any_corrections_the_touched_rows_are_those_of_a_full_refresh(
    some_marks: list[Mark], decided: Any, data: st.DataObject
) -> None:
    refresh_statistics(*Sitting.objects.all())
    chosen = data.draw(st.lists(st.sampled_from(some_marks), max_size=8, unique_by=mark_number))

    change([NewMark(mark.pk, **data.draw(NEW_VALUES)) for mark in chosen], because="更正", case=decided)
    refresh_touched()
    touched = rows()
    refresh_statistics(*Sitting.objects.all())

    assert touched == rows()
    assert not MarkRevision.objects.filter(counted_at__isnull=True).exists()


def mark_number(mark: Mark) -> int:
    return mark.pk


def test_rows_of_other_courses_and_universities_are_left_as_they_are(some_marks: list[Mark], decided: Any) -> None:
    refresh_statistics(*Sitting.objects.all())
    SittingStatistic.objects.update(histogram=[7])  # whoever is computed anew loses it
    mark = some_marks[0]

    change([NewMark(mark.pk, Decimal(88))], because="更正", case=decided)
    refresh_touched()

    changed = SittingStatistic.objects.exclude(histogram=[7])
    assert set(changed.values_list("course", flat=True)) == {mark.course_id}
    assert set(changed.values_list("sitting__name", flat=True)) == {"2026-04", "2026-10"}


def test_a_row_that_stays_the_same_is_not_written_again(some_marks: list[Mark], decided: Any) -> None:
    refresh_statistics(*Sitting.objects.all())
    before = numbers()

    change([NewMark(some_marks[0].pk, Decimal(50))], because="查核后维持", case=decided)

    assert refresh_touched() == 2
    assert numbers() == before


def test_killed_on_the_way_nothing_is_crossed_off_and_run_again_it_is_done(
    some_marks: list[Mark], decided: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh_statistics(*Sitting.objects.all())
    change([NewMark(some_marks[0].pk, Decimal(88))], because="更正", case=decided)
    before = rows()

    with monkeypatch.context() as patched:
        patched.setattr(touching, "refresh_courses", killed)
        with pytest.raises(KeyboardInterrupt):
            refresh_touched()
    assert rows() == before
    assert MarkRevision.objects.filter(counted_at__isnull=True).count() == 1

    refresh_touched()
    assert rows() != before
    assert refresh_touched() == 0


def killed(_pairs: object) -> None:
    raise KeyboardInterrupt


def test_a_change_before_publication_touches_no_figure(decided: Any) -> None:
    mark = MarkFactory(points=50)

    change([NewMark(mark.pk, Decimal(88))], because="违纪处理", case=decided)
    refresh_touched()

    assert rows() == {}


def test_whoever_counts_for_another_university_is_counted_there(some_marks: list[Mark], university: Any) -> None:
    refresh_statistics(*Sitting.objects.all())
    person = some_marks[0].candidate

    touch([person.pk])
    Candidate.objects.filter(pk=person.pk).update(managing_university=university)
    refresh_touched()

    assert SittingStatistic.objects.filter(university=university).count() == 6
    touched = rows()
    refresh_statistics(*Sitting.objects.all())
    assert touched == rows()
    assert not TouchedStatistic.objects.exists()


def test_a_later_pass_is_no_first_attempt_once_an_earlier_mark_is_one(candidate: Candidate, decided: Any) -> None:
    course = CourseFactory()
    absent = MarkFactory(publication=out("2026-04"), candidate=candidate, course=course, points=None, flag="缺考")
    MarkFactory(publication=out("2026-10"), candidate=candidate, course=course, points=70)
    refresh_statistics(*Sitting.objects.all())
    assert first_time("2026-10") == 1

    change([NewMark(absent.pk, Decimal(30))], because="漏录", case=decided)
    refresh_touched()

    assert (first_time("2026-04"), first_time("2026-10")) == (0, 0)


def first_time(sitting: str) -> int | None:
    return SittingStatistic.objects.get(sitting__name=sitting).first_time


def test_marks_of_an_old_sitting_that_come_out_late_make_later_passes_second_attempts(candidate: Candidate) -> None:
    course = CourseFactory()
    MarkFactory(publication=out("2026-10"), candidate=candidate, course=course, points=70)
    refresh_statistics(Sitting.objects.get())
    late = PublicationFactory(sitting=SittingFactory(name="2026-04"))
    MarkFactory(publication=late, candidate=candidate, course=course, points=60)
    refresh_statistics(late.sitting)
    assert first_time("2026-10") == 1

    type(late).objects.update(published_at=timezone.now())
    refresh_statistics(late.sitting)

    assert (first_time("2026-04"), first_time("2026-10")) == (1, 0)


def test_one_job_that_has_not_begun_is_enough() -> None:
    refresh_soon()
    refresh_soon()
    assert Job.objects.filter(kind=TOUCHED_JOB).count() == 1

    Job.objects.update(state=Job.State.RUNNING)
    refresh_soon()
    assert Job.objects.filter(kind=TOUCHED_JOB).count() == 2


def test_what_a_failed_job_left_is_taken_up_again(some_marks: list[Mark], decided: Any) -> None:
    refresh_soon_if_touched()
    assert not Job.objects.exists()
    change([NewMark(some_marks[0].pk, Decimal(88))], because="更正", case=decided)
    Job.objects.create(kind=TOUCHED_JOB, title="重算", state=Job.State.FAILED)

    refresh_soon_if_touched()
    run(Job.objects.get(state=Job.State.QUEUED).pk)

    assert not MarkRevision.objects.filter(counted_at__isnull=True).exists()
    assert Job.objects.filter(state=Job.State.DONE).get().outcome == {"courses": 2}


# ---- registered


def registered(course: Course) -> tuple[int, int]:
    row = SittingStatistic.objects.get(course=course)
    return row.registered, row.present


def enlist(sitting: Sitting, course: Course, people: list[Candidate], *, practical: bool = False) -> None:
    for person in people:
        SittingRegistration.objects.create(sitting=sitting, candidate=person, course=course, practical=practical)


@pytest.fixture
def three(university: Any) -> list[Candidate]:
    return [CandidateFactory(managing_university=university) for _ in range(3)]


def test_who_is_registered_and_has_no_mark_counts_as_registered_only(three: list[Candidate]) -> None:
    publication, course = out("2026-10"), CourseFactory()
    enlist(publication.sitting, course, three)
    MarkFactory(publication=publication, candidate=three[0], course=course)

    refresh_statistics(publication.sitting)

    assert registered(course) == (3, 1)


def test_of_a_course_that_nobody_sat_there_is_a_row_of_registered_alone(three: list[Candidate]) -> None:
    publication, course = out("2026-10"), CourseFactory()
    enlist(publication.sitting, course, three)

    refresh_statistics(publication.sitting)

    row = SittingStatistic.objects.get()
    assert (row.registered, row.present, row.mean, row.histogram, row.first_time) == (3, 0, None, None, 0)


def test_where_more_have_a_mark_than_are_registered_the_marks_count(three: list[Candidate]) -> None:
    publication, course = out("2026-10"), CourseFactory()
    enlist(publication.sitting, course, three[:1])
    for person in three:
        MarkFactory(publication=publication, candidate=person, course=course)

    refresh_statistics(publication.sitting)

    assert registered(course) == (3, 3)


def test_registrations_of_a_kind_that_is_not_out_count_nowhere(three: list[Candidate]) -> None:
    publication, written, practical = out("2026-10"), CourseFactory(), CourseFactory()
    PublicationFactory(sitting=publication.sitting, kind="practical")
    MarkFactory(publication=publication, candidate=three[0], course=written)
    enlist(publication.sitting, practical, three, practical=True)

    refresh_statistics(publication.sitting)

    assert registered(written) == (1, 1)
    assert not SittingStatistic.objects.filter(course=practical).exists()


def test_a_mark_that_is_not_out_changes_nothing_of_who_is_registered(three: list[Candidate]) -> None:
    publication, course = out("2026-10"), CourseFactory()
    enlist(publication.sitting, course, three)
    refresh_statistics(publication.sitting)
    before = rows()

    coming = PublicationFactory(sitting=publication.sitting, sequence=2)
    for person in three:
        MarkFactory(publication=coming, candidate=person, course=course, points=99)
    refresh_statistics(publication.sitting)

    assert rows() == before

"""The figures of a sitting, against plain Python over the same marks."""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy
import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.models import Candidate, Course, Registration, User
from scores.models import Mark, Publication, Sitting, SittingStatistic
from scores.statistics.figures import Figures
from scores.statistics.refreshing import answers, refresh_statistics
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    MajorFactory,
    MarkFactory,
    PublicationFactory,
    RegistrationFactory,
    SittingFactory,
    UniversityFactory,
)

pytestmark = pytest.mark.django_db

GRADES = ("优秀", "良好", "中等", "及格", "合格", "不及格", "不合格")
PASSING = {"优秀", "良好", "中等", "及格", "合格"}
SmallCity = tuple[Sitting, list[Candidate], list[Course]]
OUTCOMES = st.one_of(
    st.integers(0, 1000).map(lambda tenths: ("正常", tenths / 10, "")),
    st.sampled_from([("正常", None, grade) for grade in GRADES]),
    st.sampled_from([(flag, None, "") for flag in ("缺考", "违纪", "作弊", "取消")]),
)


def plain(outcomes: Sequence[tuple[str, float | None, str]]) -> dict[str, Any]:
    """The figures by the words of the contract, one by one."""
    present = [(points, grade) for flag, points, grade in outcomes if flag == "正常"]
    points = sorted(mark for mark, _grade in present if mark is not None)
    passed = sum(grade in PASSING if mark is None else mark >= 60 for mark, grade in present)
    bins = [sum(1 for mark in points if min(int(mark // 10), 9) == place) for place in range(10)]
    return {
        "registered": len(outcomes),
        "present": len(present),
        "absent": sum(flag == "缺考" for flag, *_rest in outcomes),
        "barred": sum(flag in {"违纪", "作弊", "取消"} for flag, *_rest in outcomes),
        "passed": passed,
        "pass_rate": passed / len(present) if present else None,
        "mean": statistics.fmean(points) if points else None,
        "stdev": statistics.stdev(points) if len(points) > 1 else None,
        "min": points[0] if points else None,
        "q1": quantile(points, 0.25),
        "median": statistics.median(points) if points else None,
        "q3": quantile(points, 0.75),
        "max": points[-1] if points else None,
        "histogram": bins if points else None,
    }


def quantile(points: list[float], share: float) -> float | None:
    if not points:
        return None
    place = share * (len(points) - 1)
    low, high = points[math.floor(place)], points[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def same(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    return all(
        found[key] == (value if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)) for key, value in expected.items()
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_row_is_what_plain_python_computes(small_city: tuple[Sitting, list[Candidate], list[Course]], data: Any) -> None:
    sitting, people, courses = small_city
    Mark.registry.all().delete()
    publication = PublicationFactory(sitting=sitting, published_at=timezone.now(), sequence=Publication.objects.count() + 1)
    table = st.dictionaries(st.tuples(st.sampled_from(people), st.sampled_from(courses)), OUTCOMES, max_size=40)
    groups: dict[tuple[str, str | None, str], list[tuple[str, float | None, str]]] = defaultdict(list)
    for (person, course), outcome in data.draw(table).items():
        flag, points, grade = outcome
        MarkFactory(publication=publication, candidate=person, course=course, flag=flag, points=points, grade=grade)
        groups[(person.managing_university.code, major_code(person), course.code)].append(outcome)

    refresh_statistics(sitting)

    found = {(row["university"], row["major"], row["course"]): row for row in answers(SittingStatistic.objects.all())}
    assert found.keys() == groups.keys()
    for key, outcomes in groups.items():
        assert same(found[key], plain(outcomes)), key
    everything = Figures.of(SittingStatistic.objects.all())
    assert same(as_answer(everything), plain([outcome for outcomes in groups.values() for outcome in outcomes]))


@pytest.fixture
def small_city() -> SmallCity:
    """A sitting, eight people of two universities and three majors (one of them in none), four courses."""
    universities, majors = [UniversityFactory() for _ in range(2)], [MajorFactory() for _ in range(2)]
    people = [
        CandidateFactory(managing_university=universities[place % 2], major=[*majors, None][place % 3]) for place in range(8)
    ]
    return SittingFactory(), people, [CourseFactory() for _ in range(4)]


def major_code(person: Candidate) -> str | None:
    first = Registration.objects.filter(candidate=person).order_by("registered_on", "pk").first()
    return first.major.code if first else None


def as_answer(figures: Figures) -> dict[str, Any]:
    values = {key: getattr(figures, key) for key in ("registered", "present", "absent", "barred", "passed", "pass_rate", "mean")}
    values |= {key: getattr(figures, key) for key in ("stdev", "q1", "median", "q3")}
    histogram = figures.histogram if figures.marked else None
    return {**values, "min": figures.lowest, "max": figures.highest, "histogram": histogram}


def test_unpublished_marks_are_in_no_figure() -> None:
    out = MarkFactory(publication=PublicationFactory(published_at=timezone.now()), points=60)
    MarkFactory(publication=PublicationFactory(sequence=2), sitting=out.sitting, course=out.course, points=100)

    refresh_statistics(out.sitting)

    assert [(row["registered"], row["max"]) for row in answers(SittingStatistic.objects.all())] == [(1, 60.0)]


def test_the_major_is_the_first_that_the_candidate_registered_for(candidate: Candidate) -> None:
    early, late = MajorFactory(), MajorFactory()
    RegistrationFactory(candidate=candidate, major=late, registered_on="2025-09-01")
    RegistrationFactory(candidate=candidate, major=early, registered_on="2024-09-01")
    mark = MarkFactory(publication=PublicationFactory(published_at=timezone.now()), candidate=candidate)

    refresh_statistics(mark.sitting)

    assert [row["major"] for row in answers(SittingStatistic.objects.all())] == [early.code]


def test_refreshing_twice_leaves_one_row_each() -> None:
    mark = MarkFactory(publication=PublicationFactory(published_at=timezone.now()))

    assert refresh_statistics(mark.sitting) == refresh_statistics(mark.sitting) == 1
    assert SittingStatistic.objects.count() == 1


@pytest.mark.parametrize(("points", "place"), [(0, 0), (9.9, 0), (10, 1), (59.9, 5), (60, 6), (99.9, 9), (100, 9)])
def test_the_histogram_has_ten_bins_and_100_in_the_last(points: float, place: int) -> None:
    mark = MarkFactory(publication=PublicationFactory(published_at=timezone.now()), points=points)

    refresh_statistics(mark.sitting)

    histogram = answers(SittingStatistic.objects.all())[0]["histogram"]
    assert histogram == [int(bin_ == place) for bin_ in range(10)]
    assert Figures.of(SittingStatistic.objects.all()).histogram == histogram


@pytest.fixture
def two_universities() -> list[Mark]:
    publication = PublicationFactory(sitting=SittingFactory(name="2026-10"), published_at=timezone.now())
    marks = [MarkFactory(publication=publication, points=points) for points in (50, 70)]
    refresh_statistics(publication.sitting)
    return marks


def asked(capsys: pytest.CaptureFixture[str], **options: str) -> list[dict[str, Any]]:
    call_command("statistics", **options)
    out, errors = capsys.readouterr()
    assert errors == ""
    answer: list[dict[str, Any]] = json.loads(out)
    return answer


def test_the_command_prints_one_array_with_the_members_of_the_contract(
    two_universities: list[Mark], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = asked(capsys, sitting="2026-10")

    assert len(rows) == 2
    assert list(rows[0]) == [
        *("sitting", "university", "major", "course", "registered", "present", "absent", "barred", "passed", "pass_rate"),
        *("mean", "stdev", "min", "q1", "median", "q3", "max", "histogram"),
    ]


def test_the_command_narrows_by_course_and_university(two_universities: list[Mark], capsys: pytest.CaptureFixture[str]) -> None:
    first, second = two_universities

    assert [row["max"] for row in asked(capsys, sitting="2026-10", course=first.course.code)] == [50.0]
    university = second.candidate.managing_university.code
    assert [row["max"] for row in asked(capsys, sitting="2026-10", university=university)] == [70.0]
    assert asked(capsys, sitting="2026-10", course=first.course.code, university=university) == []


@pytest.mark.parametrize("unknown", [{"sitting": "2020-01"}, {"course": "99999"}, {"university": "0000"}, {"sitting": "x"}])
def test_the_command_answers_the_unknown_with_exit_2(
    two_universities: list[Mark], capsys: pytest.CaptureFixture[str], unknown: dict[str, str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        call_command("statistics", **{"sitting": "2026-10", **unknown})

    assert stopped.value.code == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert len(errors.splitlines()) == 1


def test_a_university_sees_its_own_rows(two_universities: list[Mark], officer: User, clerk: User) -> None:
    mine = two_universities[0].candidate
    Candidate.objects.filter(pk=mine.pk).update(managing_university=next(iter(clerk.reach.universities)))
    refresh_statistics(two_universities[0].sitting)

    assert SittingStatistic.objects.visible_to(clerk).count() == 1
    assert SittingStatistic.objects.visible_to(officer).count() == 2


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tenths=st.lists(st.integers(0, 1000), min_size=1, max_size=60))
def test_the_figures_are_those_of_numpy_to_the_last_digit_shown(small_city: SmallCity, tenths: list[int]) -> None:
    sitting, people, courses = small_city
    Mark.registry.all().delete()
    publication = PublicationFactory(sitting=sitting, published_at=timezone.now(), sequence=Publication.objects.count() + 1)
    university = people[0].managing_university
    sitters = [CandidateFactory(managing_university=university) for _ in tenths]
    for person, mark in zip(sitters, tenths, strict=True):
        MarkFactory(publication=publication, candidate=person, course=courses[0], points=mark / 10)

    refresh_statistics(sitting)

    marks = numpy.array(tenths) / 10
    row = answers(SittingStatistic.objects.all())[0]
    expected = [marks.mean(), marks.min(), *numpy.percentile(marks, [25, 50, 75]), marks.max()]
    assert [row[key] for key in ("mean", "min", "q1", "median", "q3", "max")] == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert row["stdev"] == (pytest.approx(marks.std(ddof=1), rel=1e-9, abs=1e-9) if len(marks) > 1 else None)
    assert row["histogram"] == numpy.histogram(marks, bins=10, range=(0, 100))[0].tolist()

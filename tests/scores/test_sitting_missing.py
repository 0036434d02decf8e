"""Who is registered and has no mark: counted for a file of marks and for the sitting, listed; and what a merger does to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.merging.moving import Pair
from records.models import Candidate, Office
from scores import moving
from scores.entry.entering import take_out
from scores.models import SittingRegistration, SittingTally
from scores.sittings import missing, tallying
from scores.sittings.tallying import Tally
from tests.factories import CandidateFactory, CourseFactory, SittingFactory, UniversityFactory
from tests.scores import files, seats
from tests.scores.files import SITTING, ticket_of

PAPER, OTHER = "00015", "00016"


@pytest.fixture
def first(db: None) -> Office:
    return UniversityFactory(code="5101", short_name="一大")


@pytest.fixture
def second(db: None) -> Office:
    return UniversityFactory(code="5102", short_name="二大")


@pytest.fixture
def people(first: Office, second: Office) -> list[Candidate]:
    """Two of the first university, one of the second; two courses are there."""
    for code in (PAPER, OTHER):
        CourseFactory(code=code)
    return [CandidateFactory(managing_university=each) for each in (first, first, second)]


@pytest.fixture
def registered(tmp_path: Path, people: list[Candidate]) -> list[str]:
    """All three sit the first paper at two sites; their tickets."""
    tickets = [ticket_of(person) for person in people]
    rows = [
        (tickets[0], PAPER, "一中", "1", "01"),
        (tickets[1], PAPER, "一中", "1", "02"),
        (tickets[2], PAPER, "二中", "1", "01"),
    ]
    seats.entered(seats.seats_file(tmp_path, rows))
    return tickets


def of_the_sitting() -> Tally:
    return tallying.tally_of(tallying.whole(SittingFactory(name=SITTING).pk, practical=False))


def names_missing(*, practical: bool = False) -> list[str]:
    found = missing.missing_in(SittingFactory(name=SITTING).pk, practical=practical)
    return [ticket_of(each.candidate) for each in found.select_related("candidate")]


def test_a_file_of_marks_says_how_many_registered_are_neither_in_it_nor_in_the_sitting(
    tmp_path: Path, registered: list[str]
) -> None:
    batch = files.checked(files.marks_file(tmp_path, [(registered[0], PAPER, 70)]))

    assert (batch.preview["registered"], batch.preview["missing"]) == (3, 2)
    assert batch.preview["missing_by"] == [
        {"code": "5101", "name": "一大", "missing": 1},
        {"code": "5102", "name": "二大", "missing": 1},
    ]
    assert [ticket_of(each.candidate) for each in missing.missing_of(batch)] == registered[1:]
    assert names_missing() == registered


def test_nobody_is_missing_once_every_registered_has_a_mark_or_a_flag(tmp_path: Path, registered: list[str]) -> None:
    rows = [(registered[0], PAPER, 70), (registered[1], PAPER, "", "缺考"), (registered[2], PAPER, 0)]

    batch = files.entered(files.marks_file(tmp_path, rows))

    assert (batch.preview["missing"], batch.preview["missing_by"]) == (0, [])
    assert names_missing() == []
    assert of_the_sitting() == Tally(registered=3, marked=3, sat=2)


def test_a_second_file_counts_the_marks_that_the_first_brought(tmp_path: Path, registered: list[str]) -> None:
    files.entered(files.marks_file(tmp_path, [(registered[0], PAPER, 70)]))

    batch = files.checked(files.marks_file(tmp_path, [(registered[1], PAPER, 70)], name="second.csv"))

    assert batch.preview["missing"] == 1
    assert [ticket_of(each.candidate) for each in missing.missing_of(batch)] == registered[2:]


def test_where_nobody_is_registered_nothing_is_missing_and_nothing_is_warned_of(tmp_path: Path, people: list[Candidate]) -> None:
    batch = files.checked(files.marks_file(tmp_path, [(ticket_of(people[0]), PAPER, 70)]))

    assert (batch.preview["registered"], batch.preview["missing"]) == (0, 0)
    assert batch.preview["warnings"] == []


def test_a_mark_of_somebody_who_is_not_registered_for_it_is_taken_with_a_warning(tmp_path: Path, registered: list[str]) -> None:
    rows = [(registered[0], PAPER, 70), (registered[0], OTHER, 70)]

    batch = files.entered(files.marks_file(tmp_path, rows))

    assert [(each["row"], each["code"]) for each in batch.preview["warnings"]] == [(3, "scores.not-registered")]
    assert of_the_sitting() == Tally(registered=3, marked=2, sat=2, missing=2, unregistered=1)


def test_registrations_of_the_other_kind_make_no_warning(tmp_path: Path, registered: list[str]) -> None:
    CourseFactory(code="00017", practical=True)

    batch = files.checked(files.marks_file(tmp_path, [(registered[0], "00017", 70)]), practical=True)

    assert [each["code"] for each in batch.preview["warnings"]] == []
    assert batch.preview["registered"] == 0


def test_tallies_divide_a_university_by_course_and_by_site(tmp_path: Path, registered: list[str]) -> None:
    seats.entered(seats.seats_file(tmp_path, [(registered[0], OTHER, "二中", "1", "09")], name="more.csv"))
    files.entered(files.marks_file(tmp_path, [(registered[0], PAPER, 70, "", "一中")]))
    lines = SittingTally.objects.filter(university__code="5101").select_related("course")

    by_course = {line.course.code: (line.registered, line.missing) for line in lines if line.course}
    by_site = {line.site: (line.registered, line.missing) for line in lines if line.site is not None}

    assert by_course == {PAPER: (2, 1), OTHER: (1, 1)}
    assert by_site == {"一中": (2, 1), "二中": (1, 1)}


def test_taking_marks_out_again_makes_their_people_missing_again(tmp_path: Path, registered: list[str]) -> None:
    batch = files.entered(files.marks_file(tmp_path, [(registered[0], PAPER, 70)]))
    assert of_the_sitting().missing == 2

    take_out(batch)

    assert names_missing() == registered
    assert of_the_sitting() == Tally(registered=3, missing=3)


def test_the_list_as_a_table_has_a_row_for_each_with_all_its_columns(registered: list[str], people: list[Candidate]) -> None:
    found = missing.missing_in(SittingFactory(name=SITTING).pk, practical=False)

    rows = list(missing.rows_of(found))

    assert len(missing.heads()) == len(rows[0])
    assert rows[0][:2] == [registered[0], people[0].name]
    assert rows[0][3] == PAPER
    assert rows[2][5:] == ["二中", "1", "01"]


def test_a_merger_moves_registrations_and_leaves_the_kept_record_its_own_seat(
    tmp_path: Path, registered: list[str], people: list[Candidate]
) -> None:
    kept, merged, other = people
    seats.entered(seats.seats_file(tmp_path, [(registered[1], OTHER, "二中", "1", "09")], name="more.csv"))

    moved = moving.sitting_registrations(Pair(kept=kept.pk, merged=merged.pk))

    assert moved == 1
    assert not SittingRegistration.objects.filter(candidate=merged).exists()
    mine = {each.course.code: each.seat for each in SittingRegistration.objects.filter(candidate=kept).select_related("course")}
    assert mine == {PAPER: "01", OTHER: "09"}
    assert SittingRegistration.objects.filter(candidate=other).count() == 1

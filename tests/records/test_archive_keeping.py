"""What a clerk may do with a paper file, what stays in its history, and who may do nothing at all with it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from audit.acting import acting
from audit.models import Event
from audit.workflow import NotNow, Refused
from records.archive import keeping
from records.archive.filing import open_file
from records.archive.history import history_of
from records.archive.models import UNPLACED, PaperFile, PaperItem
from records.archive.printing import contents_of, pages_in
from tests.factories import CandidateFactory, PaperFileFactory, PaperItemFactory, UserFactory


@pytest.fixture
def file(candidate) -> PaperFile:
    return PaperFileFactory(candidate=candidate, place="1室-3柜-12盒")


@pytest.fixture
def paper(file) -> PaperItem:
    return PaperItemFactory(file=file, pages=3)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def titles(file: PaperFile) -> list[str]:
    return [str(line.title) for line in history_of(file, file.items.all())]


def test_a_file_is_moved_and_its_history_says_from_where_by_whom(file, clerk):
    with acting(clerk):
        keeping.move(file, "2室-1柜-1盒", by=clerk)

    file.refresh_from_db()
    assert file.place == "2室-1柜-1盒"
    newest = history_of(file, [])[0]
    assert (newest.title, newest.note) == ("移动位置", "1室-3柜-12盒 → 2室-1柜-1盒")
    assert newest.who == f"{clerk.full_name}，{file.university.title}"


def test_papers_come_in_go_out_with_a_reason_and_come_back(file, clerk):
    paper = keeping.add_paper(file, kind="identity", title="身份证复印件", pages=2, by=clerk)

    keeping.take_out(paper, " 借出复印 ", by=clerk)
    paper.refresh_from_db()
    assert (paper.removed_on, paper.removed_because) == (timezone.localdate(), "借出复印")
    keeping.put_back(paper, by=clerk)
    paper.refresh_from_db()
    assert (paper.removed_on, paper.removed_because) == (None, "")
    assert titles(file) == ["放回材料", "取出材料", "归入材料", "立卷"]


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_is_taken_out_without_a_reason(paper, clerk, reason):
    with pytest.raises(Refused) as refusal:
        keeping.take_out(paper, reason, by=clerk)

    assert codes(refusal) == ["archive.reason-missing"]
    paper.refresh_from_db()
    assert paper.removed_on is None


def test_what_is_out_cannot_be_taken_out_again_nor_put_back_twice(paper, clerk):
    keeping.take_out(paper, "借出", by=clerk)
    with pytest.raises(NotNow) as second:
        keeping.take_out(paper, "再借", by=clerk)
    keeping.put_back(paper, by=clerk)
    with pytest.raises(NotNow) as again:
        keeping.put_back(paper, by=clerk)

    assert codes(second) == ["archive.not-in-the-file"]
    assert codes(again) == ["archive.in-the-file"]


def test_what_is_owed_is_confirmed_once_and_cannot_leave_before(file, clerk, second_clerk):
    owed = PaperItemFactory(file=file, filed_on=None, filed_by=UserFactory())
    with pytest.raises(NotNow):
        keeping.take_out(owed, "借出", by=clerk)

    keeping.confirm_filed(owed, pages=2, by=clerk)
    with pytest.raises(NotNow) as second:
        keeping.confirm_filed(owed, pages=9, by=second_clerk)

    owed.refresh_from_db()
    assert (owed.filed_on, owed.filed_by, owed.pages) == (timezone.localdate(), clerk, 2)
    assert codes(second) == ["archive.filed-already"]


def test_only_papers_that_lie_in_the_file_count_pages(file, clerk):
    first = PaperItemFactory(file=file, pages=3)
    PaperItemFactory(file=file, pages=5, removed_on=dt.date(2026, 1, 2), removed_because="借出")
    PaperItemFactory(file=file, pages=7, filed_on=None)
    last = PaperItemFactory(file=file, pages=2)

    entries = contents_of(file.items.order_by("pk"))

    assert [(entry.place, entry.first_page, entry.last_page) for entry in entries] == [
        (1, 1, 3),
        (2, None, None),
        (3, None, None),
        (4, 4, 5),
    ]
    assert pages_in(entries) == first.pages + last.pages
    assert [entry.state for entry in entries] == ["在卷", "已取出", "待归档", "在卷"]


WORK: list[Any] = [
    lambda file, paper, by: keeping.move(file, "别处", by=by),
    lambda file, paper, by: keeping.add_paper(file, kind="other", title="材料", pages=1, by=by),
    lambda file, paper, by: keeping.take_out(paper, "借出", by=by),
    lambda file, paper, by: keeping.put_back(paper, by=by),
    lambda file, paper, by: keeping.confirm_filed(paper, by=by),
    lambda file, paper, by: keeping.move_all(file.university, file.place, "别处", expected=1, by=by),
]


@pytest.mark.parametrize("work", WORK)
def test_whoever_does_not_keep_the_files_changes_nothing(file, paper, foreign_clerk, officer, university, work):
    reader = UserFactory(office=university, roles=["U4", "UH"])
    before = Event.objects.count()

    for person in (foreign_clerk, officer, reader):
        with pytest.raises(PermissionDenied):
            work(file, paper, person)

    assert Event.objects.count() == before


@pytest.mark.parametrize("work", WORK[:5])
def test_nothing_is_done_to_a_file_on_its_way(file, paper, clerk, other_university, work):
    keeping.hand_over(file, to=other_university, by=clerk)

    with pytest.raises(NotNow) as refusal:
        work(file, paper, clerk)

    assert codes(refusal) == ["archive.on-the-way"]


def test_a_file_follows_to_another_university_with_a_receipt(file, paper, clerk, foreign_clerk, other_university):
    PaperFileFactory(candidate__managing_university=other_university, number=f"{timezone.localdate().year}000001")
    keeping.hand_over(file, to=other_university, by=clerk)
    file.refresh_from_db()
    assert (file.university, file.handed_to, file.handed_on) == (clerk_office(clerk), other_university, timezone.localdate())
    assert file in PaperFile.objects.visible_to(foreign_clerk)
    with pytest.raises(PermissionDenied):
        keeping.receive(file, by=clerk)

    keeping.receive(file, by=foreign_clerk)

    file.refresh_from_db()
    assert (file.university, file.handed_to, file.handed_on, file.place) == (other_university, None, None, UNPLACED)
    assert file.number == f"{timezone.localdate().year}000002"
    assert list(file.items.all()) == [paper]
    assert file not in PaperFile.objects.visible_to(clerk)
    assert titles(file)[:2] == ["接收", "移交"]
    with pytest.raises(NotNow):
        keeping.receive(file, by=foreign_clerk)


def clerk_office(clerk: Any) -> Any:
    return clerk.appointments.first().office


def test_a_file_is_handed_to_another_university_only(file, clerk, city):
    for office in (file.university, city):
        with pytest.raises(Refused) as refusal:
            keeping.hand_over(file, to=office, by=clerk)
        assert codes(refusal) == ["archive.not-another-university"]


def test_a_file_that_follows_is_still_the_one_that_a_correction_finds(file, clerk, other_university):
    keeping.hand_over(file, to=other_university, by=clerk)

    assert open_file(file.candidate) == file


@pytest.fixture
def shelf(university, other_university) -> list[PaperFile]:
    """Two files in a box, one in another box of that cabinet, one in a cabinet whose name begins alike, a stranger's."""
    places = ["3柜-1盒", "3柜-1盒", "3柜-2盒", "3柜旧-1盒"]
    files = [PaperFileFactory(candidate=CandidateFactory(managing_university=university), place=place) for place in places]
    return [*files, PaperFileFactory(candidate__managing_university=other_university, place="3柜-1盒")]


def places(files: list[PaperFile]) -> list[str]:
    return [PaperFile.objects.get(pk=file.pk).place for file in files]


def test_a_box_is_moved_whole_and_nothing_else(shelf, university, clerk):
    assert keeping.move_all(university, "3柜-1盒", "5柜-9盒", expected=2, by=clerk) == 2

    assert places(shelf) == ["5柜-9盒", "5柜-9盒", "3柜-2盒", "3柜旧-1盒", "3柜-1盒"]
    assert Event.objects.filter(subject_table="records_paperfile", verb="update").count() == 2


def test_a_cabinet_is_moved_with_its_boxes(shelf, university, clerk):
    assert keeping.move_all(university, "3柜", "新馆-7柜", expected=3, by=clerk, with_levels_below=True) == 3

    assert places(shelf) == ["新馆-7柜-1盒", "新馆-7柜-1盒", "新馆-7柜-2盒", "3柜旧-1盒", "3柜-1盒"]


@pytest.mark.parametrize("expected", [1, 3])
def test_a_box_that_changed_since_it_was_looked_at_stays(shelf, university, clerk, expected):
    with pytest.raises(NotNow) as refusal:
        keeping.move_all(university, "3柜-1盒", "5柜", expected=expected, by=clerk)

    assert codes(refusal) == ["archive.count-changed"]
    assert places(shelf)[0] == "3柜-1盒"


@pytest.mark.parametrize(("length", "moves"), [(57, True), (58, False)])
def test_a_place_never_becomes_longer_than_it_may_be(university, clerk, length, moves):
    PaperFileFactory(candidate__managing_university=university, place="柜-1盒")
    target = "新" * length

    if moves:
        assert keeping.move_all(university, "柜", target, expected=1, by=clerk, with_levels_below=True) == 1
    else:
        with pytest.raises(Refused) as refusal:
            keeping.move_all(university, "柜", target, expected=1, by=clerk, with_levels_below=True)
        assert codes(refusal) == ["archive.place-too-long"]

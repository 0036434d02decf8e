"""A file's way into the sitting and out again: all or nothing, once only, undone until publication."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import Event
from audit.workflow import NotNow
from records.imports.batches import is_under_way
from records.imports.reports import fault_workbook
from records.models import Candidate, ImportFile, User
from scores.entry import staging
from scores.entry.entering import enter, request_entry, take_out, undo, why_not_undone
from scores.entry.importing import check, receive, report_again, report_of, sitting_named
from scores.models import Mark, Publication, ReplacedMark, ScoreBatch, StagedMark
from scores.publishing.publication import prepare
from tests.factories import CandidateFactory, CourseFactory
from tests.scores.files import SITTING, checked, codes, entered, marks_file, published, ticket_of, warnings

pytestmark = pytest.mark.django_db
State = ScoreBatch.State
SALTS = count()


@pytest.fixture
def tickets() -> list[str]:
    for code in ("00015", "00016"):
        CourseFactory(code=code)
    return [ticket_of(CandidateFactory()) for _ in range(3)]


def marks() -> dict[tuple[str, str], Decimal | None]:
    found = Mark.registry.select_related("candidate", "course")
    return {(ticket_of(mark.candidate), mark.course.code): mark.points for mark in found}


@pytest.mark.parametrize("name", ["2026-13", "2026-00", "2026-1", "26-10", "2026/10", "2026-10 ", "２０２６-10", ""])
def test_a_sitting_is_named_by_year_and_month(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(name)}$"):
        sitting_named(name)


def test_checking_writes_no_mark_and_says_what_entering_would(tmp_path: Path, tickets: list[str]) -> None:
    entered(marks_file(tmp_path, [(tickets[0], "00015", "50"), (tickets[1], "00015", "60")]))

    batch = checked(
        marks_file(
            tmp_path,
            [(tickets[0], "00015", "50"), (tickets[1], "00015", "61"), (tickets[2], "00015", "70")],
            name="second.csv",
        )
    )

    assert batch.state == State.READY
    assert [batch.preview[key] for key in ("rows", "new", "changed", "same")] == [3, 1, 1, 1]
    assert sum(line["new"] for line in batch.preview["universities"]) == 1
    assert len(batch.preview["universities"]) == 3
    assert marks() == {(tickets[0], "00015"): Decimal(50), (tickets[1], "00015"): Decimal(60)}


def test_entering_changes_what_differs_and_leaves_the_rest(tmp_path: Path, tickets: list[str]) -> None:
    entered(marks_file(tmp_path, [(tickets[0], "00015", "50"), (tickets[1], "00015", "60")]))

    batch = entered(marks_file(tmp_path, [(tickets[0], "00015", "50"), (tickets[1], "00015", "", "缺考")], name="second.csv"))

    assert marks() == {(tickets[0], "00015"): Decimal(50), (tickets[1], "00015"): None}
    assert report_of(batch).as_json() == {"rows": 2, "written": 1, "unchanged": 1, "warnings": []}
    assert batch.file.accepted is True
    assert not StagedMark.objects.exists()


def test_a_refused_file_leaves_nothing_but_its_report(tmp_path: Path, tickets: list[str]) -> None:
    batch = checked(marks_file(tmp_path, [(tickets[0], "00015", "50"), (tickets[1], "00015", "101")]))

    assert batch.state == State.FAULTY
    assert batch.preview["faults"] == batch.preview["faulty_rows"] == 1
    assert batch.file.accepted is False
    assert fault_workbook(batch.file).read_bytes().startswith(b"PK")
    assert not Mark.registry.exists()
    assert not StagedMark.objects.exists()
    assert enter(batch).state == State.FAULTY


def test_a_file_that_cannot_be_read_is_refused_by_its_report_too(tmp_path: Path, tickets: list[str]) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("准考证号,课程代码,分数,标记,考点\n", encoding="utf-8")

    assert codes(checked(path)) == ["table.unknown-column", "table.missing-column"]


def test_the_same_file_again_changes_nothing_and_says_so(tmp_path: Path, tickets: list[str]) -> None:
    path = marks_file(tmp_path, [(tickets[0], "00015", "50")])
    first = entered(path)

    again, is_new = receive(path, first.sitting, first.kind, by=None)

    assert (again.pk, is_new) == (first.pk, False)
    report = report_again(again).as_json()
    assert (report["rows"], report["written"], report["unchanged"]) == (1, 0, 1)
    assert [warning["code"] for warning in report["warnings"]] == ["import.same-file"]
    assert ImportFile.objects.filter(sha256=first.file.sha256).count() == 2
    assert Mark.registry.count() == 1


def test_the_same_bytes_for_another_sitting_or_kind_are_another_file(tmp_path: Path, tickets: list[str]) -> None:
    path = marks_file(tmp_path, [(tickets[0], "00015", "50")])
    first = entered(path)

    assert receive(path, sitting_named("2026-04"), first.kind, by=None)[1]
    assert receive(path, first.sitting, Publication.Kind.PRACTICAL, by=None)[1]


def test_the_same_rows_in_another_file_are_all_unchanged(tmp_path: Path, tickets: list[str]) -> None:
    entered(marks_file(tmp_path, [(tickets[0], "00015", "50", "", "第一考点")]))

    batch = entered(marks_file(tmp_path, [(tickets[0], "00015", "50.0", "正常", "第一考点")], name="same.csv"))

    assert report_of(batch).as_json() == {"rows": 1, "written": 0, "unchanged": 1, "warnings": []}


def test_undoing_takes_back_what_was_new_and_restores_what_was_changed(tmp_path: Path, tickets: list[str]) -> None:
    entered(marks_file(tmp_path, [(tickets[0], "00015", "50", "", "第一考点")]))
    before = list(Mark.registry.values())
    batch = entered(marks_file(tmp_path, [(tickets[0], "00015", "", "作弊"), (tickets[1], "00015", "60")], name="second.csv"))
    assert marks() == {(tickets[0], "00015"): None, (tickets[1], "00015"): Decimal(60)}

    take_out(batch)

    assert list(Mark.registry.values()) == before
    assert not ReplacedMark.objects.exists()
    batch.refresh_from_db()
    assert batch.state == State.UNDONE
    assert batch.publication.preview["marks"] == 1


def test_an_undone_file_may_come_again(tmp_path: Path, tickets: list[str]) -> None:
    path = marks_file(tmp_path, [(tickets[0], "00015", "50")])
    take_out(entered(path))
    assert not Mark.registry.exists()

    entered(path)

    assert Mark.registry.count() == 1


def test_a_batch_that_a_later_one_has_changed_is_undone_after_it(tmp_path: Path, tickets: list[str]) -> None:
    first = entered(marks_file(tmp_path, [(tickets[0], "00015", "50")]))
    second = entered(marks_file(tmp_path, [(tickets[0], "00015", "60")], name="second.csv"))

    with pytest.raises(NotNow, match="not-undoable"):
        take_out(first)
    assert marks() == {(tickets[0], "00015"): Decimal(60)}

    take_out(second)
    take_out(first)
    assert not Mark.registry.exists()


def test_a_published_batch_is_not_undone(tmp_path: Path, tickets: list[str], officer: User, second_officer: User) -> None:
    batch = entered(marks_file(tmp_path, [(tickets[0], "00015", "50")]))
    published(batch, officer, second_officer)

    with pytest.raises(NotNow):
        undo(batch, by=officer, note="写错")

    assert take_out(batch).state == State.PUBLISHED
    assert Mark.objects.count() == 1


def test_a_batch_whose_publication_is_asked_for_is_neither_undone_nor_joined(
    tmp_path: Path, tickets: list[str], officer: User
) -> None:
    batch = entered(marks_file(tmp_path, [(tickets[0], "00015", "50")]))
    later = checked(marks_file(tmp_path, [(tickets[1], "00015", "60")], name="later.csv"))
    prepare(batch.publication, by=officer)
    batch.publication.refresh_from_db()

    assert "退回公布" in why_not_undone(batch)
    with pytest.raises(NotNow):
        undo(batch, by=officer, note="写错")
    with pytest.raises(NotNow, match="publication-prepared"):
        request_entry(later, by=officer)
    with pytest.raises(NotNow, match="publication-prepared"):
        enter(later)
    assert Mark.registry.count() == 1


def test_giving_up_a_batch_that_was_never_entered_takes_no_worker(tmp_path: Path, tickets: list[str], officer: User) -> None:
    batch = checked(marks_file(tmp_path, [(tickets[0], "00015", "50")]))

    undo(batch, by=officer, note="传错文件")

    batch.refresh_from_db()
    assert (batch.state, batch.undone_by, batch.job) == (State.UNDONE, officer, None)
    assert not StagedMark.objects.exists()


def test_confirming_twice_takes_once(tmp_path: Path, tickets: list[str], officer: User) -> None:
    batch = checked(marks_file(tmp_path, [(tickets[0], "00015", "50")]))
    request_entry(batch, by=officer)

    with pytest.raises(NotNow, match="moved-on"):
        request_entry(batch, by=officer)

    batch.refresh_from_db()
    assert is_under_way(batch)
    assert Event.objects.about(batch).steps().filter(verb="confirm").count() == 1


def test_entering_again_after_a_crash_writes_nothing_twice(tmp_path: Path, tickets: list[str]) -> None:
    batch = entered(marks_file(tmp_path, [(tickets[0], "00015", "50")]))

    enter(batch)

    assert Mark.registry.count() == 1


def test_staged_rows_that_were_lost_are_made_again_from_the_kept_file(tmp_path: Path, tickets: list[str]) -> None:
    batch = checked(marks_file(tmp_path, [(ticket, "00015", "50") for ticket in tickets]))
    StagedMark.objects.filter(batch=batch).delete()

    assert enter(batch).state == State.CONFIRMED
    assert Mark.registry.count() == 3


def test_checking_again_after_a_crash_stages_no_row_twice(tmp_path: Path, tickets: list[str]) -> None:
    batch = receive(marks_file(tmp_path, [(tickets[0], "00015", "50")]), sitting_named(SITTING), "written", by=None)[0]
    staging.stage(batch)

    check(batch)

    assert (batch.state, batch.preview["rows"]) == (State.READY, 1)
    assert StagedMark.objects.count() == 1


def test_what_came_in_between_checking_and_entering_is_noticed(
    tmp_path: Path, tickets: list[str], officer: User, second_officer: User
) -> None:
    slow = checked(marks_file(tmp_path, [(tickets[0], "00015", "50"), (tickets[1], "00015", "70")]))
    published(entered(marks_file(tmp_path, [(tickets[0], "00015", "60")], name="quick.csv")), officer, second_officer)

    assert enter(slow).state == State.FAULTY
    assert codes(ScoreBatch.objects.get(pk=slow.pk)) == ["scores.published"]
    assert marks() == {(tickets[0], "00015"): Decimal(60)}


def test_marks_that_arrive_after_a_publication_go_into_the_next(
    tmp_path: Path, tickets: list[str], officer: User, second_officer: User
) -> None:
    first = published(entered(marks_file(tmp_path, [(tickets[0], "00015", "60")])), officer, second_officer)

    batch = entered(marks_file(tmp_path, [(tickets[1], "00015", "60")], name="late.csv"))

    assert (first.sequence, batch.publication.sequence) == (1, 2)
    assert Mark.objects.count() == 1


def test_written_and_practical_marks_are_published_apart(tmp_path: Path, tickets: list[str]) -> None:
    written = entered(marks_file(tmp_path, [(tickets[0], "00015", "60")]))
    practical = entered(marks_file(tmp_path, [(tickets[0], "00016", "良好")], name="practical.csv"), practical=True)

    assert written.publication != practical.publication
    assert {mark.practical for mark in Mark.registry.filter(publication=practical.publication)} == {True}


def test_a_file_of_several_pieces_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.imports.staging.PIECE", 2)
    CourseFactory(code="00015")
    tickets = [ticket_of(CandidateFactory()) for _ in range(5)]
    seen: list[tuple[int, int | None]] = []
    batch = receive(
        marks_file(tmp_path, [(ticket, "00015", "60") for ticket in tickets]), sitting_named(SITTING), "written", by=None
    )[0]

    check(batch, lambda done, total: seen.append((done, total)))

    assert StagedMark.objects.count() == 5
    assert seen[-1] == (5, 6)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_any_of_the_encodings_is_read(tmp_path: Path, tickets: list[str], encoding: str) -> None:
    entered(marks_file(tmp_path, [(tickets[0], "00015", "", "违纪", "第一考点")], encoding=encoding))

    assert (Mark.registry.get().flag, Mark.registry.get().site) == ("违纪", "第一考点")


def test_the_application_role_can_do_all_of_it(
    tmp_path: Path, tickets: list[str], officer: User, second_officer: User, as_application: None
) -> None:
    batch = entered(marks_file(tmp_path, [(tickets[0], "00015", "60"), (tickets[1], "00015", "50")]))
    take_out(entered(marks_file(tmp_path, [(tickets[1], "00015", "70")], name="second.csv")))

    assert published(batch, officer, second_officer).credits_entered_at is not None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_sitting_holds_what_the_files_said_last(tmp_path: Path, tickets: list[str], data: st.DataObject) -> None:
    """Whatever files come in and are undone, newest first, the marks are those of the files that are left."""
    Mark.registry.all().delete()
    cell = st.tuples(st.sampled_from(tickets), st.sampled_from(["00015", "00016"]))
    files = data.draw(st.lists(st.dictionaries(cell, st.integers(0, 100), min_size=1), min_size=1, max_size=4))
    kept = data.draw(st.integers(0, len(files)))
    salt = next(SALTS)  # no two examples send the same bytes

    batches = [
        entered(
            marks_file(
                tmp_path, [(*key, f"{points}", "", f"{salt}-{place}") for key, points in file.items()], name=f"{place}.csv"
            )
        )
        for place, file in enumerate(files)
    ]
    for batch in reversed(batches[kept:]):
        take_out(batch)

    expected: dict[tuple[str, str], Decimal] = {}
    for file in files[:kept]:
        expected |= {key: Decimal(points) for key, points in file.items()}
    assert marks() == expected


def test_the_statistics_of_a_sitting_without_a_publication_are_empty(
    tmp_path: Path, tickets: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    entered(marks_file(tmp_path, [(tickets[0], "00015", "60")]))

    call_command("statistics", sitting=SITTING)

    assert capsys.readouterr().out == "[]\n"


def test_nothing_is_warned_about_a_plain_file(tmp_path: Path, candidate: Candidate) -> None:
    CourseFactory(code="00015")

    assert warnings(checked(marks_file(tmp_path, [(ticket_of(candidate), "00015", "60")]))) == []

"""Every fault of a row, on both sides of its border, and what is only worth knowing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from records.models import Candidate, User
from records.penalties.models import Penalty
from scores.models import Mark, ScoreBatch
from tests.factories import (
    CandidateFactory,
    CourseFactory,
    MarkFactory,
    PenaltyFactory,
    PlanCourseFactory,
    PublicationFactory,
    SittingFactory,
)
from tests.scores.files import SITTING, checked, codes, entered, marks_file, published, ticket_of, warnings

pytestmark = pytest.mark.django_db

GRADES = ["优秀", "良好", "中等", "及格", "不及格", "合格", "不合格"]


@pytest.fixture
def ticket(candidate: Candidate) -> str:
    CourseFactory(code="00015")
    return ticket_of(candidate)


def only_mark() -> Mark:
    return Mark.registry.get()


@pytest.mark.parametrize(
    ("written", "points"),
    [
        ("0", "0"),
        ("0.1", "0.1"),
        ("59.9", "59.9"),
        ("60", "60"),
        ("85.50", "85.5"),
        ("085", "85"),
        ("99.9", "99.9"),
        ("100", "100"),
    ],
)
def test_marks_from_0_to_100_with_one_decimal_are_taken(tmp_path: Path, ticket: str, written: str, points: str) -> None:
    entered(marks_file(tmp_path, [(ticket, "00015", written)]))

    assert only_mark().points == Decimal(points)
    assert only_mark().flag == Mark.Flag.NORMAL


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("100.1", "scores.mark-out-of-range"),
        ("101", "scores.mark-out-of-range"),
        ("-1", "scores.mark-out-of-range"),
        ("1" * 400, "scores.mark-out-of-range"),
        ("85.55", "scores.mark-decimals"),
        ("0.01", "scores.mark-decimals"),
        ("8O", "scores.mark-not-a-number"),
        ("1e2", "scores.mark-not-a-number"),
        ("+85", "scores.mark-not-a-number"),
        (".5", "scores.mark-not-a-number"),
        ("缺考", "scores.mark-not-a-number"),
        ("及格", "scores.grade-in-theory"),
        ("", "scores.mark-missing"),
    ],
)
def test_any_other_mark_of_a_written_paper_is_a_fault(tmp_path: Path, ticket: str, written: str, code: str) -> None:
    batch = checked(marks_file(tmp_path, [(ticket, "00015", written)]))

    assert batch.state == ScoreBatch.State.FAULTY
    assert codes(batch) == [code]
    assert not Mark.registry.exists()


@pytest.mark.parametrize("grade", GRADES)
def test_practical_marks_may_be_grades(tmp_path: Path, ticket: str, grade: str) -> None:
    entered(marks_file(tmp_path, [(ticket, "00015", grade)]), practical=True)

    assert (only_mark().grade, only_mark().points, only_mark().practical) == (grade, None, True)


@pytest.mark.parametrize(
    ("case", "written", "points", "flag"),
    [
        ("R09", "++", Decimal(100), "正常"),
        ("R10", "--", None, "缺考"),
        ("-0", "-0", None, "违纪"),
        ("+0", "+0", None, "取消"),
        ("full-width", "＋＋", Decimal(100), "正常"),
    ],
)
def test_the_old_notation_is_understood(
    tmp_path: Path, ticket: str, case: str, written: str, points: Decimal | None, flag: str
) -> None:
    batch = entered(marks_file(tmp_path, [(ticket, "00015", written)]))

    assert (only_mark().points, only_mark().flag) == (points, flag)
    assert "scores.old-notation" in warnings(batch)


@pytest.mark.parametrize(
    ("written", "flag", "expected"),
    [
        ("", "缺考", []),
        ("", "违纪", []),
        ("", "作弊", []),
        ("", "取消", []),
        ("80", "正常", []),
        ("--", "缺考", []),
        ("--", "缓考", []),
        ("0", "缺考", ["scores.mark-not-empty"]),
        ("++", "缺考", ["scores.mark-not-empty"]),
        ("8O", "违纪", ["scores.mark-not-empty"]),
        ("", "正常", ["scores.mark-missing"]),
        ("", "缺席", ["scores.unknown-flag"]),
        ("80", "缺席", ["scores.unknown-flag"]),
        ("--", "违纪", ["scores.flag-contradicts"]),
    ],
)
def test_mark_and_flag_must_go_together(tmp_path: Path, ticket: str, written: str, flag: str, expected: list[str]) -> None:
    batch = checked(marks_file(tmp_path, [(ticket, "00015", written, flag)]))

    assert (codes(batch) if batch.state == ScoreBatch.State.FAULTY else []) == expected


def test_a_deferred_examination_is_an_absence_and_the_report_says_so(tmp_path: Path, ticket: str) -> None:
    batch = entered(marks_file(tmp_path, [(ticket, "00015", "", "缓考")]))

    assert only_mark().flag == Mark.Flag.ABSENT
    assert warnings(batch) == ["scores.old-notation"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("", "00015", "80"), ["scores.ticket-missing"]),
        (("999999999999", "00015", "80"), ["scores.unknown-ticket"]),
        (("{ticket}", "", "80"), ["scores.course-missing"]),
        (("{ticket}", "99999", "80"), ["scores.unknown-course"]),
        (("999999999999", "99999", "101", "?"), ["scores.unknown-ticket", "scores.unknown-course", "scores.unknown-flag"]),
        (("{ticket}", "00015", "80", "", "考" * 60), []),
        (("{ticket}", "00015", "80", "", "考" * 61), ["scores.site-too-long"]),
    ],
)
def test_a_row_names_a_known_ticket_and_course(tmp_path: Path, ticket: str, row: tuple[str, ...], expected: list[str]) -> None:
    batch = checked(marks_file(tmp_path, [[cell.format(ticket=ticket) for cell in row]]))

    found = codes(batch) if batch.state == ScoreBatch.State.FAULTY else []
    assert [code for code in found if code != "scores.mark-out-of-range"] == expected


def test_all_faults_are_found_in_one_pass_with_row_and_column(tmp_path: Path, ticket: str) -> None:
    rows = [(ticket, "00015", "80"), (ticket, "00015", "81"), ("1", "00015", "105"), (ticket, "99999", "8O")]

    faults = checked(marks_file(tmp_path, rows)).file.outcome["faults"]

    assert [(fault["row"], fault["column"], fault["value"]) for fault in faults] == [
        (3, "课程代码", "00015"),
        (4, "准考证号", "1"),
        (4, "成绩", "105"),
        (5, "课程代码", "99999"),
        (5, "成绩", "8O"),
    ]
    assert "第 2 行" in faults[0]["message"]
    assert not Mark.registry.exists()


def test_a_course_twice_for_a_person_is_a_fault_also_by_a_former_ticket(tmp_path: Path, candidate: Candidate) -> None:
    CourseFactory(code="00015")
    former = candidate.tickets.create(number="190000000001", is_current=False, issued_on=dt.date(2019, 9, 1))

    batch = checked(marks_file(tmp_path, [(former.number, "00015", "50"), (ticket_of(candidate), "00015", "60")]))

    assert codes(batch) == ["scores.twice-in-file"]


def test_two_people_may_sit_the_same_course_and_one_person_two_courses(tmp_path: Path, candidate: Candidate) -> None:
    CourseFactory(code="00015")
    CourseFactory(code="00016")
    other = CandidateFactory()
    rows = [(ticket_of(candidate), "00015", "50"), (ticket_of(other), "00015", "60"), (ticket_of(candidate), "00016", "70")]

    entered(marks_file(tmp_path, rows))

    assert Mark.registry.count() == 3


def test_full_width_digits_and_blanks_are_put_right_and_reported(tmp_path: Path, ticket: str) -> None:
    wide = ticket.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})

    batch = entered(marks_file(tmp_path, [(f" {wide}", "０００１５", "８５．５")]))

    assert only_mark().points == Decimal("85.5")
    assert set(warnings(batch)) == {"table.normalised"}


def test_a_ticket_spoilt_by_a_spreadsheet_is_told_as_that_and_not_as_missing(tmp_path: Path, ticket: str) -> None:
    batch = checked(marks_file(tmp_path, [("2.6E+11", "00015", "80")]))

    assert codes(batch) == ["table.float-identifier"]


def test_published_marks_cannot_be_changed_by_import(
    tmp_path: Path, candidate: Candidate, officer: User, second_officer: User
) -> None:
    CourseFactory(code="00015")
    ticket = ticket_of(candidate)
    published(entered(marks_file(tmp_path, [(ticket, "00015", "59")])), officer, second_officer)

    batch = checked(marks_file(tmp_path, [(ticket, "00015", "60")], name="better.csv"))

    assert codes(batch) == ["scores.published"]
    assert "复核或更正" in batch.file.outcome["faults"][0]["message"]
    assert Mark.objects.get().points == Decimal(59)


def test_published_marks_that_come_again_are_the_same(
    tmp_path: Path, candidate: Candidate, officer: User, second_officer: User
) -> None:
    CourseFactory(code="00015")
    ticket = ticket_of(candidate)
    published(entered(marks_file(tmp_path, [(ticket, "00015", "59")])), officer, second_officer)

    batch = checked(marks_file(tmp_path, [(ticket, "00015", "59.0", "正常", "第一考点")], name="again.csv"))

    assert batch.state == ScoreBatch.State.READY
    assert [batch.preview[key] for key in ("new", "changed", "same")] == [0, 0, 1]


def test_a_practical_mark_of_the_same_course_and_sitting_is_a_fault_beside_a_written_one(tmp_path: Path, ticket: str) -> None:
    entered(marks_file(tmp_path, [(ticket, "00015", "59")]))

    batch = checked(marks_file(tmp_path, [(ticket, "00015", "80")], name="practical.csv"), practical=True)

    assert codes(batch) == ["scores.other-kind"]


def test_a_practical_course_in_a_theory_file_is_taken_with_a_warning_and_the_reverse(tmp_path: Path, ticket: str) -> None:
    CourseFactory(code="00099", practical=True)

    theory = checked(marks_file(tmp_path, [(ticket, "00015", "80"), (ticket, "00099", "80")]))
    practical = checked(marks_file(tmp_path, [(ticket, "00015", "80"), (ticket, "00099", "80")], name="p.csv"), practical=True)

    assert warnings(theory) == ["scores.practical-in-theory"]
    assert warnings(practical) == ["scores.theory-in-practical"]


@pytest.mark.parametrize(("has_passed", "expected"), [(False, ["scores.practical-without-theory"]), (True, [])])
def test_a_practical_mark_without_its_theory_pass_is_worth_a_warning(
    tmp_path: Path, candidate: Candidate, officer: User, second_officer: User, has_passed: bool, expected: list[str]
) -> None:
    theory, practical = CourseFactory(code="00015"), CourseFactory(code="00099", practical=True)
    PlanCourseFactory(course=practical, theory=theory)
    mark = "60" if has_passed else "59.9"
    earlier = marks_file(tmp_path, [(ticket_of(candidate), "00015", mark)], name="earlier.csv")
    published(entered(earlier, sitting="2026-04"), officer, second_officer)

    batch = checked(marks_file(tmp_path, [(ticket_of(candidate), "00099", "及格")]), practical=True)

    assert warnings(batch) == expected


def test_many_rows_of_one_warning_are_named_up_to_a_number_and_counted_beyond(tmp_path: Path) -> None:
    CourseFactory(code="00099", practical=True)
    rows = [(ticket_of(CandidateFactory()), "00099", "80") for _ in range(53)]

    batch = checked(marks_file(tmp_path, rows))

    assert warnings(batch) == ["scores.practical-in-theory"] * 51
    assert "3 行" in batch.preview["warnings"][-1]["message"]


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "flag"),
    [
        (dt.date(2026, 10, 31), dt.date(2027, 10, 30), "取消"),
        (dt.date(2026, 11, 1), dt.date(2027, 10, 31), "正常"),
        (dt.date(2025, 10, 31), dt.date(2026, 10, 31), "取消"),
        (dt.date(2025, 10, 30), dt.date(2026, 10, 30), "正常"),
    ],
)
def test_a_mark_earned_under_a_penalty_is_void_by_its_decision(
    tmp_path: Path, candidate: Candidate, ticket: str, starts_on: dt.date, ends_on: dt.date, flag: str
) -> None:
    PenaltyFactory(candidate=candidate, decision="考处〔2026〕7号", starts_on=starts_on, ends_on=ends_on)

    batch = entered(marks_file(tmp_path, [(ticket, "00015", "88")]))

    is_void = flag == "取消"
    assert only_mark().flag == flag
    assert only_mark().flag_reason == ("考处〔2026〕7号" if is_void else "")
    assert only_mark().points == (None if is_void else Decimal(88))
    assert warnings(batch) == (["scores.void-by-penalty"] if is_void else [])


def test_a_penalty_does_not_touch_an_absence_nor_a_revoked_one_a_mark(tmp_path: Path, candidate: Candidate, ticket: str) -> None:
    span = {"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2026, 12, 31)}
    PenaltyFactory(candidate=candidate, **span)
    pardoned = CandidateFactory()
    Penalty.objects.filter(pk=PenaltyFactory(candidate=pardoned, **span).pk).update(revoked_at=dt.datetime.now(dt.UTC))

    entered(marks_file(tmp_path, [(ticket, "00015", "", "缺考"), (ticket_of(pardoned), "00015", "70")]))

    assert Mark.registry.get(candidate=candidate).flag == Mark.Flag.ABSENT
    assert Mark.registry.get(candidate=pardoned).flag == Mark.Flag.NORMAL


def test_marks_of_another_sitting_are_no_obstacle(tmp_path: Path, candidate: Candidate) -> None:
    course = CourseFactory(code="00015")
    MarkFactory(candidate=candidate, course=course, publication=PublicationFactory(sitting=SittingFactory(name="2026-04")))

    batch = checked(marks_file(tmp_path, [(ticket_of(candidate), "00015", "60")]), sitting=SITTING)

    assert batch.preview["new"] == 1

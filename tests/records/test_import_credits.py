"""Credits taken over from an existing city: entered once, records opened, nothing written when a row is faulty."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from records.candidates.numbers import has_valid_check_digit
from records.ledger import book
from records.ledger.importing import import_credits
from records.models import Candidate, Course, Credit, CreditChange, CreditEntry, ImportFile
from tests.factories import CandidateFactory, CourseFactory, PlanCourseFactory

pytestmark = pytest.mark.django_db
Command = Callable[..., tuple[int, dict[str, Any]]]
COLUMNS = ["准考证号", "课程代码", "来源", "成绩", "日期", "文号"]
TICKET = "010250000017"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.KAOJI_HOME = tmp_path / "home"


@pytest.fixture(autouse=True)
def holder(db: None) -> Candidate:
    """The candidate with the ticket of ``credit``."""
    return CandidateFactory(ticket=TICKET)


@pytest.fixture(autouse=True)
def courses(db: None) -> list[Course]:
    return [CourseFactory(code="03708"), CourseFactory(code="03709"), CourseFactory(code="03710", practical=True)]


def credit(**cells: str) -> dict[str, str]:
    """A pass by examination with 75 points in April 2020."""
    return {"准考证号": TICKET, "课程代码": "03708", "来源": "考试", "成绩": "75", "日期": "2020-04-30", "文号": "", **cells}


def write(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run the command on these rows: its exit code and what it printed."""

    def run(*rows: dict[str, str], name: str = "学分.csv") -> tuple[int, dict[str, Any]]:
        output = io.StringIO()
        try:
            call_command("import_credits", str(write(tmp_path / name, *rows)), stdout=output)
        except SystemExit as ended:
            return int(ended.code or 0), json.loads(output.getvalue())
        return 0, json.loads(output.getvalue())

    return run


def test_each_source_becomes_a_credit_with_its_mark_and_day(command: Command, holder: Candidate) -> None:
    CourseFactory(code="03711")

    code, answer = command(
        credit(),
        credit(课程代码="03709", 来源="免考", 成绩="", 文号="免〔2020〕7号"),
        credit(课程代码="03710", 来源="实践", 成绩="良好"),
        credit(课程代码="03711", 来源="转入", 成绩="88.5", 日期="2021-12-31"),
    )

    assert (code, answer) == (0, {"rows": 4, "written": 4, "unchanged": 0, "warnings": []})
    assert {(each.course.code, each.source, each.mark, each.grade, each.on) for each in holder.credits.all()} == {
        ("03708", "exam", Decimal(75), "", dt.date(2020, 4, 30)),
        ("03709", "exemption", None, "", dt.date(2020, 4, 30)),
        ("03710", "practical", None, "良好", dt.date(2020, 4, 30)),
        ("03711", "transfer", Decimal("88.5"), "", dt.date(2021, 12, 31)),
    }
    assert CreditEntry.objects.get(course__code="03709").document == "免〔2020〕7号"
    assert CreditChange.objects.count() == 4


def test_the_first_pass_by_examination_opens_the_record(command: Command, holder: Candidate) -> None:
    command(credit(日期="2021-04-30"), credit(课程代码="03710", 来源="实践", 成绩="", 日期="2020-10-31"))

    holder.refresh_from_db()
    assert holder.record_opened_on == dt.date(2020, 10, 31)
    assert holder.record_number
    assert has_valid_check_digit(holder.record_number)


def test_exemption_and_transfer_open_no_record(command: Command, holder: Candidate) -> None:
    command(credit(来源="免考", 成绩=""), credit(课程代码="03709", 来源="转入"))

    holder.refresh_from_db()
    assert (holder.record_number, holder.record_opened_on) == (None, None)


def test_a_record_number_taken_over_is_kept_when_the_record_opens(command: Command, holder: Candidate) -> None:
    Candidate.objects.filter(pk=holder.pk).update(record_number="31000099")

    command(credit())

    holder.refresh_from_db()
    assert (holder.record_number, holder.record_opened_on) == ("31000099", dt.date(2020, 4, 30))


def test_the_same_file_and_the_same_rows_again_change_nothing(command: Command) -> None:
    command(credit(), credit(课程代码="03709"))

    code, again = command(credit(), credit(课程代码="03709"))
    assert (code, again["written"], again["unchanged"]) == (0, 0, 2)
    assert [warning["code"] for warning in again["warnings"]] == ["import.same-file"]

    code, other = command(credit(课程代码="03709"), credit(), credit(日期="2022-04-30", 成绩="90"), name="二.csv")
    assert (code, other["written"], other["unchanged"], other["warnings"]) == (0, 1, 2, [])
    assert CreditEntry.objects.count() == 3
    assert Credit.objects.get(course__code="03708").mark == 90


def test_a_revoked_credit_does_not_come_back_with_its_file(command: Command, holder: Candidate) -> None:
    command(credit())
    entry = CreditEntry.objects.get()
    book.revoke(entry.origin, [entry.origin_id], because="违规处理")

    code, answer = command(credit(), credit(课程代码="03709"), name="二.csv")

    assert (code, answer["written"]) == (0, 1)
    assert [each.course.code for each in holder.credits.all()] == ["03709"]


def test_a_former_ticket_leads_to_the_same_candidate(command: Command, holder: Candidate) -> None:
    holder.tickets.create(number="010200000003", is_current=False, issued_on=dt.date(2015, 9, 1))

    command(credit(准考证号="010200000003"))

    assert holder.credits.count() == 1


@pytest.mark.parametrize(
    ("cells", "column", "fault"),
    [
        ({"准考证号": ""}, "准考证号", "value.missing"),
        ({"准考证号": "999999999999"}, "准考证号", "credits.unknown-ticket"),
        ({"课程代码": ""}, "课程代码", "value.missing"),
        ({"课程代码": "99999"}, "课程代码", "credits.unknown-course"),
        ({"来源": "补考"}, "来源", "value.choice"),
        ({"来源": ""}, "来源", "value.missing"),
        ({"成绩": "59.9"}, "成绩", "credits.not-passed"),
        ({"成绩": "100.1"}, "成绩", "value.number"),
        ({"成绩": "75.25"}, "成绩", "value.number"),
        ({"成绩": "-0"}, "成绩", "value.number"),
        ({"成绩": "良好"}, "成绩", "value.number"),
        ({"来源": "实践", "成绩": "不及格"}, "成绩", "value.number"),
        ({"来源": "转入", "成绩": "59"}, "成绩", "credits.not-passed"),
        ({"日期": ""}, "日期", "value.missing"),
        ({"日期": "2020-02-30"}, "日期", "table.date"),
        ({"文号": "长" * 61}, "文号", "value.too-long"),
    ],
)
def test_a_faulty_row_is_named_and_nothing_is_written(command: Command, cells: dict[str, str], column: str, fault: str) -> None:
    code, answer = command(credit(课程代码="03709"), credit(**cells))

    assert code == 1
    assert [(each["row"], each["column"], each["code"]) for each in answer["faults"]] == [(3, column, fault)]
    assert not CreditEntry.objects.exists()
    assert ImportFile.objects.get().accepted is False


@pytest.mark.parametrize("mark", ["60", "60.0", "100", ""])
def test_a_pass_has_sixty_points_or_more_or_none_recorded(command: Command, mark: str) -> None:
    assert command(credit(成绩=mark))[0] == 0


def test_a_row_that_says_something_else_than_before_is_refused(command: Command) -> None:
    command(credit())

    code, answer = command(credit(成绩="76"), name="二.csv")

    assert (code, [each["code"] for each in answer["faults"]]) == (1, ["credits.entered-otherwise"])
    assert Credit.objects.get().mark == 75


def test_two_rows_that_contradict_each_other_are_refused(command: Command) -> None:
    code, answer = command(credit(), credit(成绩="76"))

    assert (code, [(each["row"], each["code"]) for each in answer["faults"]]) == (1, [(3, "credits.contradiction")])


def test_what_is_worth_knowing_is_a_warning_and_the_row_is_taken(command: Command) -> None:
    code, answer = command(
        credit(),
        credit(),
        credit(课程代码="03710"),
        credit(课程代码="03709", 来源="实践"),
        credit(课程代码="03709", 来源="免考", 成绩="80"),
    )

    assert (code, answer["written"], answer["unchanged"]) == (0, 4, 1)
    assert [(each["row"], each["code"]) for each in answer["warnings"]] == [
        (3, "credits.same-row"),
        (4, "credits.practical-course"),
        (5, "credits.theory-course"),
        (6, "credits.mark-of-exemption"),
    ]
    assert CreditEntry.objects.get(source="exemption").mark is None


@pytest.mark.parametrize("where", ["nowhere", "file", "register"])
def test_a_practical_without_its_theory_pass_is_a_warning(command: Command, where: str) -> None:
    PlanCourseFactory(course=Course.objects.get(code="03710"), theory=Course.objects.get(code="03709"))
    if where == "register":
        command(credit(课程代码="03709"), name="一.csv")

    rows = [credit(课程代码="03710", 来源="实践")] + [credit(课程代码="03709")] * (where == "file")
    _code, answer = command(*rows)

    assert [each["code"] for each in answer["warnings"]] == ["credits.theory-missing"] * (where == "nowhere")


def test_the_number_of_statements_does_not_depend_on_the_rows(tmp_path: Path) -> None:
    codes = [CourseFactory().code for _number in range(40)]

    def statements(day: str, rows: int) -> int:
        path = write(tmp_path / f"{rows}.csv", *(credit(课程代码=code, 日期=day) for code in codes[:rows]))
        with CaptureQueriesContext(connection) as queries:
            import_credits(path)
        return len(queries)

    import_credits(write(tmp_path / "first.csv", credit()))  # opens the record
    assert statements("2020-04-30", 2) == statements("2021-04-30", 40)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mark=st.one_of(st.decimals(min_value=0, max_value=120, places=1).map(str), st.text(max_size=6)))
def test_any_mark_is_a_pass_that_stands_as_written_or_a_fault(command: Command, holder: Candidate, mark: str) -> None:
    Credit.objects.all().delete()
    CreditEntry.objects.all().delete()

    ImportFile.objects.all().delete()
    code, _answer = command(credit(成绩=mark))

    found = Credit.objects.filter(candidate=holder).first()
    assert (code == 0) == (found is not None)
    if found is not None:
        assert found.mark is None or (60 <= found.mark <= 100 and found.mark == Decimal(mark.strip()))

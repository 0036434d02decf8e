"""A file of candidates: kept, taken whole or refused, known when it comes again; identity numbers as the cases demand."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from records.candidates.numbers import has_valid_check_digit
from records.imports.faults import ImportReport
from records.models import Candidate, ImportFile, Major, Office, Registration, Ticket, User
from records.registration.importing import import_candidates
from tests.factories import MajorFactory, PlanFactory, identity_number
from tests.records.candidate_files import BORN, person, write_csv, write_dbf, write_xlsx

pytestmark = pytest.mark.django_db
Command = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.KAOJI_HOME = tmp_path / "home"


@pytest.fixture(autouse=True)
def majors(university: Office) -> list[Major]:
    majors = [MajorFactory(code=code, hosts=[university]) for code in ("X9999901", "X9999902")]
    for major in majors:
        PlanFactory(major=major)
    return majors


@pytest.fixture
def command(university: Office) -> Command:
    """Run the command on a file: its exit code and what it printed."""

    def run(path: Path, code: str = university.code) -> tuple[int, dict[str, Any]]:
        output = io.StringIO()
        try:
            call_command("import_candidates", str(path), university=code, stdout=output)
        except SystemExit as ended:
            return int(ended.code or 0), json.loads(output.getvalue() or "{}")
        return 0, json.loads(output.getvalue())

    return run


def counts() -> tuple[int, int, int]:
    return Candidate.objects.count(), Ticket.objects.count(), Registration.objects.count()


@pytest.mark.parametrize("write", [write_csv, write_xlsx, write_dbf])
def test_a_file_is_taken_and_kept_with_what_came_of_it(tmp_path: Path, command: Command, university: Office, write: Any) -> None:
    suffix = write.__name__.removeprefix("write_")
    path = write(tmp_path / f"新生.{suffix}", person(1), person(2), person(3, 专业代码="X9999902"))

    code, answer = command(path)

    assert (code, answer) == (0, {"rows": 3, "written": 3, "unchanged": 0, "warnings": []})
    assert counts() == (3, 3, 3)
    (file,) = ImportFile.objects.all()
    assert (file.kind, file.scope, file.name, file.accepted, file.sent_by) == (
        "candidates",
        university.code,
        path.name,
        True,
        None,
    )
    assert file.outcome == answer
    assert file.path.read_bytes() == path.read_bytes()


def test_one_faulty_row_keeps_the_whole_file_out(tmp_path: Path, command: Command) -> None:
    path = write_csv(tmp_path / "新生.csv", person(1), person(2, 性别="男"), person(3, 手机号码="1"))

    code, answer = command(path)

    assert code == 1
    assert [(fault["row"], fault["column"], fault["code"]) for fault in answer["faults"]] == [
        (3, "证件号码", "identity.sex-differs"),
        (4, "手机号码", "phone.shape"),
    ]
    assert set(answer["faults"][0]) == {"row", "column", "value", "code", "message"}
    assert "*" in answer["faults"][0]["value"]
    assert counts() == (0, 0, 0)
    assert ImportFile.objects.get().accepted is False


def test_faults_of_rows_and_of_the_register_come_in_one_report(tmp_path: Path, command: Command) -> None:
    command(write_csv(tmp_path / "一.csv", person(1, 准考证号="010250000017")))

    rows = [person(1, 姓名="别人"), person(2, 准考证号="010250000017"), person(3, 民族="火星族"), person(4, 考籍号="777777")]
    code, answer = command(write_csv(tmp_path / "二.csv", *rows, person(5, 考籍号="777777")))

    assert code == 1
    assert [(fault["row"], fault["code"]) for fault in answer["faults"]] == [
        (2, "registration.name-differs"),
        (3, "registration.number-taken"),
        (4, "value.choice"),
        (6, "registration.number-repeated"),
    ]
    assert counts() == (1, 1, 1)


def test_the_same_file_again_changes_nothing_and_says_so(tmp_path: Path, command: Command) -> None:
    path = write_csv(tmp_path / "新生.csv", person(1), person(2))
    command(path)

    code, answer = command(path)

    assert (code, answer["rows"], answer["written"], answer["unchanged"]) == (0, 2, 0, 2)
    assert [warning["code"] for warning in answer["warnings"]] == ["import.same-file"]
    assert counts() == (2, 2, 2)


def test_the_same_rows_in_another_file_change_nothing(tmp_path: Path, command: Command) -> None:
    command(write_csv(tmp_path / "一.csv", person(1), person(2)))

    code, answer = command(write_csv(tmp_path / "二.csv", person(2), person(3), person(1)))

    assert (code, answer) == (0, {"rows": 3, "written": 1, "unchanged": 2, "warnings": []})
    assert counts() == (3, 3, 3)


def test_a_refused_file_is_looked_at_again_when_it_comes_again(tmp_path: Path, command: Command, university: Office) -> None:
    path = write_csv(tmp_path / "新生.csv", person(1, 专业代码="X9999903"))
    assert command(path)[0] == 1

    PlanFactory(major=MajorFactory(code="X9999903", hosts=[university]))

    assert command(path)[0] == 0


def test_one_person_on_two_rows_is_one_candidate_with_two_majors(tmp_path: Path, command: Command) -> None:
    second = person(1, 专业代码="X9999902", 考籍号="31000099", 加考="N")
    path = write_csv(tmp_path / "新生.csv", person(1, 考籍号="", 加考=""), second)

    code, answer = command(path)

    assert (code, answer["written"]) == (0, 2)
    candidate = Candidate.objects.get()
    assert (candidate.record_number, candidate.additional_courses) == ("31000099", False)
    assert (candidate.tickets.count(), candidate.registrations.count()) == (1, 2)


def test_majors_registered_on_one_day_keep_the_order_of_the_file(tmp_path: Path, command: Command) -> None:
    command(write_csv(tmp_path / "new.csv", person(专业代码="X9999902"), person(专业代码="X9999901")))

    assert [each.major.code for each in Registration.objects.order_by("pk")] == ["X9999902", "X9999901"]


def test_what_one_of_the_two_rows_says_of_the_person_is_kept(tmp_path: Path, command: Command) -> None:
    first = person(前置学历="", 加考="Y")
    second = person(专业代码="X9999902", 前置学历="专科", 前置专业="护理", 加考="")

    code, answer = command(write_csv(tmp_path / "new.csv", first, second))

    assert (code, answer["written"], answer["warnings"]) == (0, 2, [])
    candidate = Candidate.objects.get()
    assert (candidate.prior_education, candidate.prior_major, candidate.additional_courses) == ("专科", "护理", True)


def test_one_person_twice_with_the_same_major_is_a_warning(tmp_path: Path, command: Command) -> None:
    code, answer = command(write_csv(tmp_path / "新生.csv", person(1), person(1)))

    assert (code, answer["written"], answer["unchanged"]) == (0, 1, 1)
    assert [(warning["row"], warning["code"]) for warning in answer["warnings"]] == [(3, "registration.same-row")]
    assert counts() == (1, 1, 1)


def test_one_person_with_two_tickets_keeps_the_first_as_current(tmp_path: Path, command: Command) -> None:
    rows = [person(1), person(1, 专业代码="X9999902", 准考证号="0102500001"), person(1, 准考证号="0102500002")]

    code, answer = command(write_csv(tmp_path / "新生.csv", *rows))

    assert code == 0
    assert {(each.number, each.is_current) for each in Ticket.objects.all()} == {("0102500001", True), ("0102500002", False)}
    assert [(warning["row"], warning["code"]) for warning in answer["warnings"]] == [
        (4, "registration.another-ticket"),
        (4, "registration.same-row"),
    ]


def test_one_person_under_two_names_in_one_file_is_refused(tmp_path: Path, command: Command) -> None:
    code, answer = command(write_csv(tmp_path / "新生.csv", person(1), person(1, 姓名="别人", 专业代码="X9999902")))

    assert code == 1
    assert [(fault["row"], fault["code"]) for fault in answer["faults"]] == [(3, "registration.name-differs")]


def test_columns_may_stand_in_any_order_and_optional_ones_may_be_absent(tmp_path: Path, command: Command) -> None:
    cells = person(1)
    path = write_csv(tmp_path / "新生.csv", dict(reversed(cells.items())), encoding="gb18030")

    assert command(path)[0] == 0
    assert Candidate.objects.get().name == cells["姓名"]


def test_a_missing_and_an_unknown_column_are_both_named(tmp_path: Path, command: Command) -> None:
    cells = person(1, 血型="A")
    del cells["民族"]

    code, answer = command(write_csv(tmp_path / "新生.csv", cells))

    assert code == 1
    assert {(fault["column"], fault["code"]) for fault in answer["faults"]} == {
        ("民族", "table.missing-column"),
        ("血型", "table.unknown-column"),
    }


def test_what_was_found_before_the_file_breaks_off_is_reported_too(tmp_path: Path, command: Command) -> None:
    path = write_csv(tmp_path / "新生.csv", person(1, 性别="男"))
    with path.open("a", encoding="utf-8") as file:
        file.write('"没有结束的引号')

    code, answer = command(path)

    assert code == 1
    assert {fault["code"] for fault in answer["faults"]} == {"identity.sex-differs", "table.unclosed-quote"}
    assert counts() == (0, 0, 0)


def test_an_unknown_university_is_one_plain_line_and_exit_2(
    tmp_path: Path, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = command(write_csv(tmp_path / "新生.csv", person(1)), "00000")

    assert (code, answer) == (2, {})
    assert capsys.readouterr().err.strip().splitlines() == ["没有代码为 00000 的主考院校"]
    assert not ImportFile.objects.exists()


def test_the_municipal_office_registers_nobody(tmp_path: Path, command: Command, city: Office) -> None:
    assert command(write_csv(tmp_path / "新生.csv", person(1)), city.code)[0] == 2


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path, command: Command) -> None:
    code, answer = command(tmp_path / "没有.csv")

    assert (code, [fault["code"] for fault in answer["faults"]]) == (1, ["table.no-such-file"])


def test_an_upload_is_kept_with_who_sent_it(university: Office, clerk: User, tmp_path: Path) -> None:
    content = write_csv(tmp_path / "新生.csv", person(1)).read_bytes()

    report = import_candidates(SimpleUploadedFile("新生.csv", content), university, sent_by=clerk)

    assert isinstance(report, ImportReport)
    assert ImportFile.objects.get().sent_by == clerk


def test_the_number_of_statements_does_not_depend_on_the_rows(tmp_path: Path, university: Office) -> None:
    def statements(first: int, rows: int) -> int:
        path = write_csv(tmp_path / f"{rows}.csv", *(person(first + place) for place in range(rows)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            import_candidates(path, university)
        return len(queries)

    assert statements(1, 2) == statements(10, 60)


def test_every_issued_number_is_its_own_and_checks(tmp_path: Path, command: Command) -> None:
    command(write_csv(tmp_path / "新生.csv", *(person(serial) for serial in range(100))))

    tickets = set(Ticket.objects.values_list("number", flat=True))
    registrations = set(Candidate.objects.values_list("registration_number", flat=True))
    assert (len(tickets), len(registrations)) == (100, 100)
    assert all(map(has_valid_check_digit, tickets | registrations))
    assert not tickets & registrations


def test_many_like_warnings_are_counted_not_listed(tmp_path: Path, command: Command, other_university: Office) -> None:
    path = tmp_path / "新生.csv"
    write_csv(path, person(0))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(person(0)))
        for serial in range(1, 520):
            day = BORN + dt.timedelta(days=serial)
            writer.writerow(person(serial, 出生日期=day.isoformat(), 证件号码=identity_number(serial, day)))

    code, answer = command(path, other_university.code)

    assert (code, answer["written"]) == (0, 520)
    warnings = [warning for warning in answer["warnings"] if warning["code"] == "registration.not-host"]
    assert len(warnings) == 501
    assert (warnings[-1]["row"], "520" in warnings[-1]["message"]) == (0, True)


# The cases I of the domain's decisions, through the file that they arrive in
IDENTITIES = {
    "I01": ("居民身份证", "11010519491231002X", "1949-12-31", "女", ""),
    "I02": ("居民身份证", "110105194912310021", "1949-12-31", "女", "identity.check-character"),
    "I03": ("港澳台居民居住证", "810000199408230021", "1994-08-23", "女", ""),
    "I03-as-resident": ("居民身份证", "810000199408230021", "1994-08-23", "女", "identity.other-kind"),
    "I05": ("外国人永久居留身份证", "931840198001010017", "1980-01-01", "男", ""),
    "I05-as-resident": ("居民身份证", "931840198001010017", "1980-01-01", "男", "identity.other-kind"),
}


@pytest.mark.parametrize(("kind", "number", "born", "sex", "fault"), IDENTITIES.values(), ids=IDENTITIES)
def test_identity_numbers_are_checked_in_full(
    tmp_path: Path, command: Command, kind: str, number: str, born: str, sex: str, fault: str
) -> None:
    cells = person(1, 证件类型=kind, 证件号码=number, 出生日期=born, 性别=sex)

    code, answer = command(write_csv(tmp_path / "新生.csv", cells))

    if fault:
        assert (code, [each["code"] for each in answer["faults"]]) == (1, [fault])
        assert not Candidate.objects.exists()
    else:
        assert code == 0
        assert Candidate.objects.get().identity_number == number

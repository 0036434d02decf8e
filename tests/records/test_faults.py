"""What a report says, what it hides, and how it comes back as a workbook to be mended."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from xlsxwriter import Workbook

from records.imports.faults import Fault, Faults, FileRefused, ImportReport, Notice, refusal
from records.imports.mending import write_fault_workbook
from records.imports.tabular import open_table
from tests.records.corpus import FAULTY_FILES, GOOD, HEADER, SHAPE, Faulty, text_file


def cells_of(path: Path, sheet: int = 0) -> list[list[Any]]:
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book.worksheets[sheet].iter_rows()]


def test_a_fault_is_told_as_the_contract_says() -> None:
    fault = Fault(3, "成绩", "101", "scores.out-of-range", "成绩应在 0 到 100 之间")

    assert fault.as_json() == {
        "row": 3,
        "column": "成绩",
        "value": "101",
        "code": "scores.out-of-range",
        "message": "成绩应在 0 到 100 之间",
    }
    assert FileRefused([fault]).as_json() == {"faults": [fault.as_json()]}


def test_a_report_is_told_as_the_contract_says() -> None:
    notice = Notice(2, "证件号码", "", "table.normalised", "有 1 处全角字符已改正")

    assert ImportReport(3, 2, 1).as_json() == {"rows": 3, "written": 2, "unchanged": 1, "warnings": []}
    assert ImportReport(3, 2, 1, (notice,)).as_json()["warnings"] == [notice.as_json()]


@pytest.mark.parametrize("kind", [Fault, Notice])
@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("证件号码", "11010519491231002X", "110***********002X"),
        ("证件号码", "H12345678", "H******78"),
        ("手机号码", "13812345678", "138****5678"),
        ("姓名", "张三11010519491231002X", "张三110***********002X"),
        ("准考证号", "002610000017", "002610000017"),
        ("姓名", "张\0三", "张\ufffd三"),
        ("备注", "长" * 100, "长" * 100),
        ("备注", "长" * 101, "长" * 99 + "…"),
    ],
)
def test_values_are_masked_where_they_are_secret(kind: Any, column: str, value: str, shown: str) -> None:
    assert kind(2, column, value, "x", "y").value == shown


def test_faults_come_back_in_the_order_of_the_rows_and_once_for_each_cell() -> None:
    faults = Faults()
    faults.add(Fault(5, "成绩", "x", "a", "first"))
    faults.add(Fault(2, "", "", "b", "the row"))
    faults.add(Fault(5, "成绩", "x", "c", "second"))
    faults.add(Fault(2, "", "", "d", "the row again"))

    assert [(fault.row, fault.code) for fault in faults] == [(2, "b"), (2, "d"), (5, "a")]
    with pytest.raises(FileRefused) as refused:
        faults.refuse_if_any()
    assert len(refused.value.faults) == 3


def test_without_faults_nothing_is_refused() -> None:
    faults = Faults()

    faults.refuse_if_any()

    assert len(faults) == 0


def test_beyond_the_limit_faults_are_counted() -> None:
    faults = Faults(limit=2)
    for row in range(2, 7):
        faults.add(Fault(row, "成绩", "x", "a", "m"))

    found = list(faults)

    assert [fault.row for fault in found] == [2, 3, 0]
    assert "3 处" in found[-1].message
    assert len(faults) == 5


def test_the_report_holds_the_rows_in_their_places_with_what_is_wrong(tmp_path: Path) -> None:
    path, report = tmp_path / "a.csv", tmp_path / "report.xlsx"
    text_file(f"{HEADER}\n{GOOD}\n\n=1+1,@b,101,\n1,b,60,,多\n")(path)
    faults = [
        Fault(4, "准考证号", "=1+1", "table.formula", "单元格是公式"),
        Fault(4, "成绩", "101", "scores.out-of-range", "超出范围"),
        Fault(0, "", "", "table.more-faults", "还有"),
    ]

    write_fault_workbook(path, faults, report)

    assert cells_of(report) == [
        ["准考证号", "姓名", "成绩", "出生日期", "错误", None],
        ["002610000017", "张三", "86.5", "1990-01-02", None, None],
        [None] * 6,
        ["=1+1", "@b", "101", None, "准考证号：单元格是公式；成绩：超出范围", None],
        ["1", "b", "60", None, None, "多"],
    ]
    assert cells_of(report, 1) == [
        ["行", "列", "内容", "说明"],
        ["4", "准考证号", "=1+1", "单元格是公式"],
        ["4", "成绩", "101", "超出范围"],
        ["0", None, None, "还有"],
    ]


def test_nothing_in_the_report_is_computed(tmp_path: Path) -> None:
    path, report = tmp_path / "a.csv", tmp_path / "report.xlsx"
    text_file(f"{HEADER}\n=HYPERLINK(1),+1,-1,@a\n")(path)

    write_fault_workbook(path, [], report)

    cells = [cell for row in openpyxl.load_workbook(report).worksheets[0].iter_rows(min_row=2) for cell in row if cell.value]
    assert [cell.data_type for cell in cells] == ["s"] * 4
    assert {cell.number_format for cell in cells} == {"@"}


def test_a_mended_report_is_taken_when_sent_again(tmp_path: Path) -> None:
    path, report, mended = tmp_path / "a.csv", tmp_path / "report.xlsx", tmp_path / "mended.xlsx"
    text_file(f"{HEADER}\n{GOOD}\n1,b,60,1990-02-30\n")(path)
    with open_table(path, SHAPE) as table:
        assert len(list(table)) == 2
    write_fault_workbook(path, table.faults, report)
    book = openpyxl.load_workbook(report)
    book.worksheets[0]["D3"] = "1990-02-28"
    book.save(mended)

    with open_table(mended, SHAPE) as table:
        rows = dict(table)

    assert not list(table.faults)
    assert rows[2]["准考证号"] == "002610000017"
    assert rows[3]["出生日期"] == "1990-02-28"


def test_a_report_on_a_report_has_one_fault_column(tmp_path: Path) -> None:
    path, report = tmp_path / "a.xlsx", tmp_path / "report.xlsx"
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "错误", "成绩"])
        sheet.write_row(1, 0, ["张三", "旧的", 60])

    write_fault_workbook(path, [Fault(2, "成绩", "60", "x", "新的")], report)

    assert cells_of(report) == [["姓名", "成绩", "错误"], ["张三", "60", "成绩：新的"]]


SMALL_FILES = [faulty for faulty in FAULTY_FILES if faulty.name != "too-many-rows.xlsx"]


@pytest.mark.parametrize("faulty", SMALL_FILES, ids=[faulty.name for faulty in SMALL_FILES])
def test_every_faulty_file_gets_its_report(faulty: Faulty, tmp_path: Path) -> None:
    path, report = tmp_path / faulty.name, tmp_path / "report.xlsx"
    faulty.build(path)

    write_fault_workbook(path, refusal(faulty.code, "说明").faults, report)

    assert "错误" in cells_of(report)[0]
    assert cells_of(report, 1)[1][3] == "说明"
    assert not list(tmp_path.glob("tmp*"))

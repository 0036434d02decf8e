"""Reading uploaded tables: what is taken, what is put right, and what every faulty file of the corpus is told."""

import csv
import datetime as dt
import multiprocessing
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from records.imports.faults import Fault, FileRefused, Notice
from records.imports.tabular import Table, TableShape, open_table
from tests.records.corpus import (
    FAULTY_FILES,
    GOOD,
    HEADER,
    SHAPE,
    Faulty,
    crafted,
    inline_row,
    million_blank_rows,
    text_file,
    workbook,
)

GOOD_ROW = {"准考证号": "002610000017", "姓名": "张三", "成绩": "86.5", "出生日期": "1990-01-02", "手机号码": "", "备注": ""}


def read(path: Path, shape: TableShape = SHAPE, **options: Any) -> tuple[list[tuple[int, dict[str, str]]], Table]:
    with open_table(path, shape, **options) as table:
        return list(table), table


def faults_of(path: Path, **options: Any) -> list[Fault]:
    """All faults, whether they refuse the file at once or are collected."""
    try:
        return list(read(path, **options)[1].faults)
    except FileRefused as refused:
        return list(refused.faults)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Write a file of this name by one of the builders of the corpus."""

    def build(name: str, builder: Any) -> Path:
        path = tmp_path / name
        builder(path)
        return path

    return build


@pytest.mark.parametrize("faulty", FAULTY_FILES, ids=[faulty.name for faulty in FAULTY_FILES])
def test_every_faulty_file_is_told_what_is_wrong_and_where(faulty: Faulty, file: Any) -> None:
    faults = faults_of(file(faulty.name, faulty.build))

    assert (faulty.code, faulty.row, faulty.column) in [(fault.code, fault.row, fault.column) for fault in faults]
    found = next(fault for fault in faults if fault.code == faulty.code)
    assert faulty.mention in found.message
    assert all(ord(sign) >= 32 for fault in faults for sign in fault.value + fault.column + fault.message)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_in_each_encoding_alike(file: Any, encoding: str) -> None:
    text = f"{HEADER}\n{GOOD}\n002610000025,阿依古丽·买买提㐂𠮷,60,\n"

    rows, table = read(file("a.csv", text_file(text, encoding)))

    assert rows[0] == (2, GOOD_ROW)
    assert rows[1][1]["姓名"] == "阿依古丽·买买提㐂𠮷"
    assert table.columns == SHAPE.required
    assert not list(table.faults)
    assert table.notices() == []


def test_columns_come_in_any_order_and_optional_ones_may_be_absent(file: Any) -> None:
    path = file("a.csv", text_file("成绩,备注,出生日期,准考证号,姓名\n60,补,1990-01-02,0012,张三\n"))

    rows, table = read(path)

    assert rows == [(2, {**GOOD_ROW, "成绩": "60", "准考证号": "0012", "备注": "补"})]
    assert "手机号码" not in table.columns
    assert "备注" in table.columns


def test_rows_are_numbered_as_the_spreadsheet_shows_them(file: Any) -> None:
    path = file("a.csv", text_file(f'{HEADER}\r\n\r\n1,"两\n行",60,\r\n,,,\r\n" ",　,,\r\n2,b,61,\r\n'))

    rows, table = read(path)

    assert [row for row, _cells in rows] == [3, 6]
    assert rows[0][1]["姓名"] == "两\n行"
    assert table.rows_read == 2


def test_all_faults_are_found_in_one_pass(file: Any) -> None:
    path = file("a.csv", text_file(f"{HEADER}\n1,a,60\n{GOOD}\n1E5,=a,60,1990-13-01\n3.1E+17,b,60,19900102\n"))

    rows, table = read(path)

    assert [row for row, _cells in rows] == [3, 4, 5]
    assert [(fault.row, fault.column, fault.code) for fault in table.faults] == [
        (2, "", "table.too-few-cells"),
        (4, "姓名", "table.formula"),
        (4, "出生日期", "table.date"),
        (5, "准考证号", "table.float-identifier"),
        (5, "出生日期", "table.date"),
    ]
    with pytest.raises(FileRefused):
        table.faults.refuse_if_any()


def test_several_faults_of_the_header_are_named_together(file: Any) -> None:
    faults = faults_of(file("a.csv", text_file("准考证号,姓名,姓名,分数\n1,a,b,60\n")))

    assert [(fault.code, fault.column) for fault in faults] == [
        ("table.repeated-column", "姓名"),
        ("table.unknown-column", "分数"),
        ("table.missing-column", "成绩"),
        ("table.missing-column", "出生日期"),
    ]
    assert {fault.row for fault in faults} == {1}


def test_an_unusable_cell_is_not_also_called_empty(file: Any) -> None:
    with open_table(file("a.csv", text_file(f"{HEADER}\n1,a,60,1990-13-01\n")), SHAPE) as table:
        for row, cells in table:
            assert cells["出生日期"] == ""
            table.refuse(row, "出生日期", "", "candidates.missing", "出生日期不能为空")
            table.refuse(row, "姓名", "a", "candidates.name", "姓名有误")

    assert [(fault.column, fault.code) for fault in table.faults] == [
        ("出生日期", "table.date"),
        ("姓名", "candidates.name"),
    ]


def test_full_width_digits_and_stray_blanks_are_put_right_and_reported(file: Any) -> None:
    lines = ["００２６　１０, 张 三\u3000,８６．５,１９９０－０１－０２", "002610,《李》，（四）,++,1990-01-02"]
    path = file("a.csv", text_file("\n".join([HEADER, *lines, *[" 1,b,60,"] * 6])))

    rows, table = read(path)

    assert rows[0][1]["准考证号"] == "002610"
    assert rows[0][1]["姓名"] == "张 三"
    assert rows[0][1]["成绩"] == "86.5"
    assert rows[0][1]["出生日期"] == "1990-01-02"
    assert rows[1][1]["姓名"] == "《李》，（四）"
    assert rows[1][1]["成绩"] == "++"
    notices = {notice.column: notice for notice in table.notices()}
    assert set(notices) == {"准考证号", "姓名", "成绩", "出生日期"}
    assert {notice.code for notice in notices.values()} == {"table.normalised"}
    assert "7 处" in notices["准考证号"].message
    assert "2、4、5、6、7…" in notices["准考证号"].message
    assert "1 处" in notices["姓名"].message
    assert all(isinstance(notice, Notice) and notice.row == 2 for notice in notices.values())


def test_a_workbook_reads_as_the_same_table_in_csv(file: Any, tmp_path: Path) -> None:
    in_csv = read(file("a.csv", text_file(f"{HEADER}\n{GOOD}\n7,王五,86,\n")))[0]
    path = tmp_path / "a.xlsx"
    with Workbook(str(path)) as book:
        sheet, day = book.add_worksheet("第一张"), book.add_format({"num_format": "yyyy/m/d"})
        book.add_worksheet("第二张").write(0, 0, "别的")
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.write_row(1, 0, ["002610000017", "张三", 86.5])
        sheet.write_datetime(1, 3, dt.date(1990, 1, 2), day)
        sheet.write_row(2, 0, [7, "王五", 86.0])

    rows, table = read(path)

    assert rows == in_csv
    assert [(notice.column, notice.code, notice.row) for notice in table.notices()] == [("准考证号", "table.number-as-text", 3)]
    assert not list(table.faults)


@pytest.mark.parametrize(
    ("number", "text"),
    [("123456789012345", "123456789012345"), ("1234567890123456", ""), ("0", "0"), ("-1", ""), ("1e3", "1000")],
)
def test_numbers_of_fifteen_digits_are_exact(file: Any, number: str, text: str) -> None:
    path = file("a.xlsx", crafted(inline_row(1, HEADER.split(",")) + f'<row r="2"><c r="A2"><v>{number}</v></c></row>'))

    rows, table = read(path)

    assert rows[0][1]["准考证号"] == text
    assert [fault.code for fault in table.faults] == ([] if text else ["table.float-identifier"])


def test_a_date_with_a_time_of_day_is_no_date(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with Workbook(str(path)) as book:
        sheet, moment = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.write_row(1, 0, ["1", "a", 60])
        sheet.write_number(1, 3, 32875 + 8.5 / 24, moment)
        sheet.write_number(2, 0, 32875, moment)

    _rows, table = read(path)

    assert [(fault.row, fault.column, fault.code, fault.value) for fault in table.faults] == [
        (2, "出生日期", "table.date", "1990-01-02 08:30:00"),
        (3, "准考证号", "table.date-in-identifier", "1990-01-02"),
    ]


def test_a_formula_cell_is_refused_even_with_a_value(file: Any) -> None:
    sheet = inline_row(1, HEADER.split(",")) + (
        '<row r="2"><c r="A2" t="str"><f>"00"&amp;1</f><v>001</v></c><c r="C2"><f>1+1</f></c></row>'
    )

    rows, table = read(file("a.xlsx", crafted(sheet)))

    assert rows[0][1]["准考证号"] == ""
    assert [(fault.row, fault.column, fault.value) for fault in table.faults] == [(2, "准考证号", "001"), (2, "成绩", "")]


def test_shared_texts_keep_their_pieces_and_lose_their_readings(file: Any) -> None:
    texts = "<sst><si><t>准考证号</t></si><si><r><t>姓</t></r><r><t>名</t></r><rPh><t>xìng</t></rPh></si></sst>"
    relations = (
        '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
        '<Relationship Id="rId2" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    sheet = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>' + inline_row(2, ["1", "张三"])
    path = file("a.xlsx", crafted(sheet, xl__sharedStrings=texts))
    _replace_part(path, "xl/_rels/workbook.xml.rels", relations)

    rows, _table = read(path, TableShape(required=("准考证号", "姓名")))

    assert rows == [(2, {"准考证号": "1", "姓名": "张三"})]


def _replace_part(path: Path, part: str, content: str) -> None:
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()} | {part: content.encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)


def within_megabytes(limit: int, work: Callable[[], None]) -> bool:
    """Whether ``work`` succeeds in a process of its own that may take only so much memory more than this one has."""
    child = multiprocessing.get_context("fork").Process(target=_limited, args=(limit, work))
    child.start()
    child.join()
    return child.exitcode == 0


def _limited(limit: int, work: Callable[[], None]) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + limit * 2**20, -1))
    work()


def test_a_million_blank_rows_do_not_hurt(file: Any) -> None:
    path = file("a.xlsx", million_blank_rows)

    def work() -> None:
        rows, table = read(path)
        assert [row for row, _cells in rows] == [2, 1_048_576]
        assert not list(table.faults)

    assert within_megabytes(30, work)


def test_a_csv_streams(file: Any) -> None:
    path = file("a.csv", text_file(f"{HEADER}\n" + f"{GOOD}\n" * 500_000))

    def stream() -> None:
        with open_table(path, SHAPE) as table:
            assert sum(1 for _row in table) == 500_000

    def hold() -> None:
        assert len(read(path)[0]) == 500_000

    assert within_megabytes(30, stream)
    assert not within_megabytes(30, hold)


def test_the_unpacked_size_is_a_setting(file: Any) -> None:
    path = file("a.xlsx", workbook(GOOD.split(",")))

    assert read(path)[0] == [(2, GOOD_ROW)]
    assert [fault.code for fault in faults_of(path, unpacked_limit=1_000)] == ["table.too-large"]


def test_two_hundred_thousand_rows_of_a_workbook_are_taken(file: Any) -> None:
    rows = "<row><c><v>1</v></c></row>" * 200_000

    _rows, table = read(file("a.xlsx", crafted(inline_row(1, HEADER.split(",")) + rows)))

    assert table.rows_read == 200_000


def test_the_name_sent_decides_how_a_file_is_read(file: Any) -> None:
    path = file("17", text_file(f"{HEADER}\n{GOOD}\n"))

    assert read(path, name="成绩.CSV")[0] == [(2, GOOD_ROW)]
    assert [fault.code for fault in faults_of(path)] == ["table.unknown-suffix"]


def test_a_mended_report_may_still_carry_its_fault_column(file: Any) -> None:
    rows, table = read(file("a.csv", text_file(f"{HEADER},错误\n{GOOD},成绩超出范围\n")))

    assert rows == [(2, GOOD_ROW)]
    assert "错误" not in table.columns


def test_nameless_empty_columns_at_the_end_are_ignored(file: Any) -> None:
    rows, table = read(file("a.csv", text_file(f"{HEADER},,\n{GOOD},,\n{GOOD}, ,\n{GOOD}\n")))

    assert [row for row, _cells in rows] == [2, 3, 4]
    assert not list(table.faults)


def test_a_table_that_may_be_empty_may(file: Any) -> None:
    shape = TableShape(required=("专业代码",), may_be_empty=True)

    rows, table = read(file("a.csv", text_file("专业代码\n")), shape)

    assert rows == []
    assert not list(table.faults)


def test_a_shape_names_only_its_own_columns() -> None:
    with pytest.raises(ValueError, match="成绩"):
        TableShape(required=("姓名",), numbers=frozenset({"成绩"}))


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Cf", "Zl", "Zp"]), min_size=1), min_size=1))
def test_texts_survive_as_they_were_sent(tmp_path_factory: Any, name: str, texts: list[str]) -> None:
    texts = [text for text in texts if not text.startswith("=")] or ["x"]
    path = tmp_path_factory.mktemp("t") / name
    if name == "a.csv":
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([["姓名"], *[[text] for text in texts]])
    else:
        with Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet()
            for row, text in enumerate(["姓名", *texts]):
                sheet.write_string(row, 0, text)

    rows, _table = read(path, TableShape(required=("姓名",)))

    assert [cells["姓名"] for _row, cells in rows] == texts


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)),
            st.integers(0, 10**15 - 1),
            st.decimals(0, 100, places=1),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_a_workbook_of_another_writer_reads_as_that_writer_reads_it(tmp_path_factory: Any, rows: list[Any]) -> None:
    path = tmp_path_factory.mktemp("t") / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["出生日期", "准考证号", "成绩"])
    for born, number, points in rows:
        book.active.append([born, number, float(points)])
    book.save(path)
    shape = TableShape(
        required=("出生日期", "准考证号", "成绩"),
        dates=frozenset({"出生日期"}),
        identifiers=frozenset({"准考证号"}),
        numbers=frozenset({"成绩"}),
    )

    read_rows, table = read(path, shape)

    assert not list(table.faults)
    for (_row, cells), (born, number, points) in zip(read_rows, rows, strict=True):
        assert cells["出生日期"] == born.isoformat()
        assert cells["准考证号"] == str(number)
        assert float(cells["成绩"]) == float(points)
        assert not cells["成绩"].endswith(".0")

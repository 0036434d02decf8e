"""A catalogue folder is loaded whole or not at all, and as often as one likes."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from config.catalogue import load_catalogue
from graduation.models import CohortAudit, CohortOutcome
from records.imports.faults import FileRefused, ImportReport
from records.imports.lines import Line
from records.models import Course, Major, Office, Plan, PlanCourse, PlanGroup, Replacement
from tests.factories import CandidateFactory, MajorFactory, PlanFactory
from tests.records.catalogue_folders import Folder, course, replacement, row, sound_folder, write_folder

REAL = settings.BASE_DIR / "data" / "catalogue"
TABLES = (Office, Major, Plan, PlanCourse, PlanGroup, Replacement, Course)


@pytest.fixture
def folder() -> Folder:
    return sound_folder()


@pytest.fixture
def load(tmp_path: Path, db: None) -> Callable[[Folder], ImportReport]:
    def load(folder: Folder, **options: Any) -> ImportReport:
        return load_catalogue(write_folder(tmp_path / "catalogue", folder, **options))

    return load


def counts() -> list[int]:
    return [table._default_manager.count() for table in TABLES]


@pytest.mark.django_db
def test_the_real_catalogue_is_loaded_with_one_warning_and_a_second_time_unchanged() -> None:
    first = load_catalogue(REAL)
    again = load_catalogue(REAL)

    assert (first.rows, first.written, first.unchanged) == (1452, 1452, 0)
    assert (again.rows, again.written, again.unchanged) == (1452, 0, 1452)
    assert (Major.objects.count(), Plan.objects.count(), Office.objects.universities().count()) == (20, 40, 10)
    assert (PlanCourse.objects.count(), PlanGroup.objects.count(), Replacement.objects.count()) == (808, 44, 530)
    for report in (first, again):
        (warning,) = report.warnings
        assert warning.code == "catalogue.credits"
        assert "金融学 2021" in warning.message
        assert "70" in warning.message


@pytest.mark.django_db
def test_the_rows_of_the_real_catalogue_stand_as_in_the_files() -> None:
    load_catalogue(REAL)

    major = Major.objects.get(code="X1460104")
    plan = major.plans.get(version="2021")
    assert (major.name, major.level, [office.code for office in major.hosts.all()]) == ("机械制造及自动化", "专科", ["11117"])
    assert (plan.effective_from, plan.newcomers_until) == (dt.date(2021, 1, 1), dt.date(2024, 6, 30))
    assert (plan.graduation_until, plan.total_credits, plan.total_courses) == (dt.date(2026, 6, 30), 73, None)
    first = plan.courses.first()
    assert first is not None
    assert (first.course.code, first.name, first.credits, first.ordinal) == ("03706", "思想道德修养与法律基础", 2, "1")
    assert PlanCourse.objects.get(first_sitting="2026-10").plan.version == "2024"
    assert Replacement.objects.filter(passed="27015;00341").exists()


def test_a_course_that_only_replacements_name_has_neither_name_nor_credits(load: Any, folder: Folder) -> None:
    load(folder)

    old = Course.objects.get(code="00099")
    assert (old.name, old.credits) == ("", None)


def test_what_somebody_entered_about_an_old_course_stays(load: Any, folder: Folder) -> None:
    load(folder)
    Course.objects.filter(code="00099").update(name="旧课程", credits=4)

    load(folder)

    assert Course.objects.get(code="00099").name == "旧课程"


def test_a_changed_row_changes_in_place_and_is_the_only_one_written(load: Any, folder: Folder) -> None:
    load(folder)
    before = PlanCourse.objects.get(course__code="10001")

    folder["plan_courses.csv"][0]["学分"] = "12"
    report = load(folder)

    after = PlanCourse.objects.get(course__code="10001")
    assert (after.pk, after.credits, after.course.credits) == (before.pk, 12, 12)
    assert (report.written, report.unchanged) == (1, 9)


def test_rows_that_vanish_go_and_the_report_says_how_many(load: Any, folder: Folder) -> None:
    load(folder)

    del folder["plan_courses.csv"][1:3]
    del folder["replacements.csv"][0]
    report = load(folder)

    assert set(PlanCourse.objects.values_list("course__code", flat=True)) == {"10001", "10004", "10005"}
    assert not Replacement.objects.exists()
    assert [(warning.code, warning.message) for warning in report.warnings if warning.code == "catalogue.removed"] == [
        ("catalogue.removed", "plan_courses.csv：2 行已不在文件中，已删除"),
        ("catalogue.removed", "replacements.csv：1 行已不在文件中，已删除"),
    ]
    assert report.written == 2  # the two electives moved up


def test_a_plan_version_that_vanishes_goes_unless_an_audit_stands_on_it(load: Any, folder: Folder) -> None:
    used = PlanFactory(major=MajorFactory(code="X2999901"), version="2015")
    PlanFactory(major=used.major, version="2018")
    audit = CohortAudit.objects.create(on=dt.date(2026, 1, 1))
    CohortOutcome.objects.create(
        audit=audit, candidate=CandidateFactory(), major=used.major, plan=used, eligible=False, plan_complete=False
    )

    report = load(folder)

    assert set(used.major.plans.values_list("version", flat=True)) == {"2024", "2015"}
    codes = {(warning.code, warning.value) for warning in report.warnings}
    assert {("catalogue.plan-in-use", "2015"), ("catalogue.removed", "2018")} <= codes


def test_majors_that_the_folder_does_not_name_stay_with_their_plans(load: Any, folder: Folder) -> None:
    other = PlanFactory(major=MajorFactory(code="X9000001"))
    Replacement.objects.create(position=1, major=other.major, version=other.version, passed="1", replaces="2")

    load(folder)

    assert Plan.objects.filter(pk=other.pk).exists()
    assert other.major.replacements.count() == 1


def test_rows_for_every_major_stay_while_a_folder_has_none_of_their_level_and_version(load: Any, folder: Folder) -> None:
    for_all = replacement(专业代码="", 层次="专升本", 已通过="03708", 顶替="10002")
    load({**folder, "replacements.csv": [replacement(), for_all, {**for_all, "已通过": "03709"}]})

    load(folder)
    untouched = set(Replacement.objects.filter(major=None).values_list("passed", flat=True))
    load({**folder, "replacements.csv": [replacement(), for_all]})

    assert untouched == {"03708", "03709"}
    assert [each.passed for each in Replacement.objects.filter(major=None)] == ["03708"]


def test_plans_of_other_majors_are_no_concern_of_the_report(load: Any, folder: Folder) -> None:
    PlanFactory(total_credits=100)
    folder["plans.csv"][0]["总学分"] = "50.5"

    (warning,) = load(folder).warnings

    assert (warning.code, warning.value) == ("catalogue.credits", "50.5")
    assert "X2999901" in warning.message
    assert "合计 40 学分" in warning.message


def test_replacement_rows_keep_the_order_of_the_file(load: Any, folder: Folder) -> None:
    folder["replacements.csv"] = [replacement(已通过=code) for code in ("00001", "00002", "00002")]
    load(folder)

    folder["replacements.csv"].insert(0, replacement(已通过="00003"))
    report = load(folder)

    assert [each.passed for each in Replacement.objects.all()] == ["00003", "00001", "00002", "00002"]
    assert report.written == 1


def test_the_newest_plan_says_what_a_course_is_called(load: Any, folder: Folder) -> None:
    folder["plans.csv"].append({**folder["plans.csv"][0], "计划版本": "2021", "生效日期": "2021-01-01"})
    old = [course("10001", 计划版本="2021", 课程名称="旧名", 学分="3", 证书课程="Y", 全国统一="N")]
    folder["plan_courses.csv"] += old

    load(folder)

    found = Course.objects.get(code="10001")
    assert (found.name, found.credits, found.certificate, found.national) == ("课程10001", Decimal(10), True, False)


def test_an_unknown_unification_does_not_undo_a_known_one(load: Any, folder: Folder) -> None:
    folder["plan_courses.csv"][0]["全国统一"] = "Y"
    load(folder)

    folder["plan_courses.csv"][0]["全国统一"] = ""
    load(folder)

    assert Course.objects.get(code="10001").national is True


def test_files_in_gb18030_with_full_width_digits_are_understood(load: Any, folder: Folder) -> None:
    folder["plan_courses.csv"][0]["课程代码"] = "１０００１ "

    report = load(folder, encoding="gb18030")

    assert PlanCourse.objects.filter(course__code="10001").exists()
    assert "table.normalised" in {warning.code for warning in report.warnings}


def test_a_row_without_any_effect_is_a_warning(load: Any, folder: Folder) -> None:
    folder["replacements.csv"].append(replacement(顶替="77777"))

    report = load(folder)

    (warning,) = [warning for warning in report.warnings if warning.code == "catalogue.idle-row"]
    assert (warning.row, warning.value) == (3, "77777")


def test_a_group_that_cannot_reach_its_own_minimum_is_a_warning(load: Any, folder: Folder) -> None:
    folder["plan_groups.csv"][0]["最少门数"] = "3"

    report = load(folder)

    assert "catalogue.unreachable-group" in {warning.code for warning in report.warnings}


@dataclass(frozen=True)
class Spoilt:
    """A fault, the file and cell that it must be found in, and how to make it."""

    code: str
    file: str
    column: str
    line: int
    cells: dict[str, str]


def spoilt(code: str, file: str, column: str, value: str, line: int = 2, **others: str) -> Spoilt:
    return Spoilt(code, file, column, line, {column: value, **others})


CORPUS = [
    spoilt("value.shape", "universities.csv", "院校代码", "江大"),
    spoilt("value.missing", "universities.csv", "院校名称", ""),
    spoilt("value.too-long", "universities.csv", "简称", "长" * 21),
    spoilt("value.shape", "majors.csv", "专业代码", "X-1"),
    spoilt("value.choice", "majors.csv", "层次", "本科"),
    spoilt("value.choice", "majors.csv", "状态", "在办"),
    spoilt("table.date", "majors.csv", "停考日期", "2024-02-30"),
    spoilt("catalogue.unknown-university", "majors.csv", "主考院校代码", "99001;10001"),
    spoilt("value.missing", "majors.csv", "主考院校代码", ""),
    spoilt("catalogue.unknown-major", "plans.csv", "专业代码", "X2999999"),
    spoilt("value.missing", "plans.csv", "计划版本", ""),
    spoilt("value.missing", "plans.csv", "生效日期", ""),
    spoilt("table.date", "plans.csv", "生效日期", "2024/7/1"),
    spoilt("catalogue.ends-before-start", "plans.csv", "新生截止", "2024-06-30"),
    spoilt("catalogue.ends-before-start", "plans.csv", "毕业截止", "2024-06-30"),
    spoilt("value.number", "plans.csv", "总学分", "七十"),
    spoilt("value.number", "plans.csv", "总学分", "70.25"),
    spoilt("value.missing", "plans.csv", "总学分", ""),
    spoilt("value.number", "plans.csv", "总门数", "0"),
    spoilt("value.number", "plans.csv", "总门数", "15.5"),
    spoilt("value.choice", "plans.csv", "毕业所需前置学历", "高中"),
    spoilt("catalogue.unknown-plan", "plan_courses.csv", "计划版本", "2019"),
    spoilt("value.shape", "plan_courses.csv", "课程代码", "0370-6"),
    spoilt("value.missing", "plan_courses.csv", "课程代码", ""),
    spoilt("value.repeated", "plan_courses.csv", "课程代码", "10001", line=3),
    spoilt("value.missing", "plan_courses.csv", "课程名称", ""),
    spoilt("value.number", "plan_courses.csv", "学分", "-1"),
    spoilt("value.choice", "plan_courses.csv", "计学分", "是"),
    spoilt("value.missing", "plan_courses.csv", "计学分", ""),
    spoilt("value.choice", "plan_courses.csv", "考核方式", "机考"),
    spoilt("value.choice", "plan_courses.csv", "课程性质", "任选"),
    spoilt("value.missing", "plan_courses.csv", "选考组", "", line=5),
    spoilt("catalogue.unknown-group", "plan_courses.csv", "选考组", "NONE", line=5),
    spoilt("catalogue.group-not-elective", "plan_courses.csv", "选考组", "OPT"),
    spoilt("catalogue.set-without-group", "plan_courses.csv", "套", "SET1"),
    spoilt("catalogue.unknown-university", "plan_courses.csv", "学位课程", "10285"),
    spoilt("catalogue.unknown-theory", "plan_courses.csv", "理论课程", "88888", line=4),
    spoilt("catalogue.unknown-theory", "plan_courses.csv", "理论课程", "10003", line=4),
    spoilt("value.shape", "plan_courses.csv", "首考", "2026-13"),
    spoilt("value.choice", "plan_courses.csv", "全国统一", "是"),
    spoilt("value.missing", "plan_groups.csv", "选考组", ""),
    spoilt("catalogue.empty-group", "plan_groups.csv", "选考组", "MAJ"),
    spoilt("value.shape", "plan_groups.csv", "最少门数", "1.5"),
    spoilt("value.shape", "plan_groups.csv", "最低学分", "所有"),
    spoilt("value.shape", "plan_groups.csv", "换考最低学分", "4.25"),
    spoilt("catalogue.unknown-major", "replacements.csv", "专业代码", "X2999999"),
    spoilt("value.missing", "replacements.csv", "层次", "", 专业代码=""),
    spoilt("catalogue.other-level", "replacements.csv", "层次", "专科"),
    spoilt("catalogue.unknown-plan", "replacements.csv", "计划版本", "2019"),
    spoilt("catalogue.unknown-plan", "replacements.csv", "计划版本", "2019", 专业代码="", 层次="专升本"),
    spoilt("value.choice", "replacements.csv", "路径", "英语"),
    spoilt("value.missing", "replacements.csv", "已通过", ""),
    spoilt("catalogue.notation", "replacements.csv", "已通过", "00099;;00098"),
    spoilt("catalogue.notation", "replacements.csv", "已通过", "00099+00099"),
    spoilt("catalogue.notation", "replacements.csv", "已通过", "12345678901"),
    spoilt("catalogue.notation", "replacements.csv", "顶替", "10001|10002"),
    spoilt("catalogue.notation", "replacements.csv", "免考核", "10003;10002"),
    spoilt("value.number", "replacements.csv", "需要数", "0"),
    spoilt("catalogue.needs-too-many", "replacements.csv", "需要数", "2"),
    spoilt("value.choice", "replacements.csv", "逐门", "N"),
    spoilt("catalogue.purpose", "replacements.csv", "仅计学分", "Y"),
    spoilt("catalogue.purpose", "replacements.csv", "顶替", ""),
]


@pytest.mark.parametrize("fault", CORPUS, ids=[f"{each.file}-{each.column}-{each.cells[each.column]}" for each in CORPUS])
def test_a_faulty_row_is_named_and_nothing_is_written(load: Any, folder: Folder, fault: Spoilt) -> None:
    before = counts()
    folder[fault.file][fault.line - 2] |= fault.cells

    with pytest.raises(FileRefused) as refused:
        load(folder)

    found = [(each.code, each.message.partition("：")[0], each.column, each.row) for each in refused.value.faults]
    assert (fault.code, fault.file, fault.column, fault.line) in found
    assert counts() == before


@pytest.mark.parametrize(
    ("file", "column"),
    [("universities.csv", "院校代码"), ("majors.csv", "专业代码"), ("plans.csv", "计划版本"), ("plan_groups.csv", "选考组")],
)
def test_a_repeated_key_is_refused_with_the_row_that_had_it_first(load: Any, folder: Folder, file: str, column: str) -> None:
    folder[file].append(folder[file][0])

    with pytest.raises(FileRefused) as refused:
        load(folder)

    (fault,) = refused.value.faults
    assert (fault.code, fault.column, fault.row) == ("value.repeated", column, 3)
    assert "第 2 行" in fault.message


def test_all_faults_of_all_files_come_at_once(load: Any, folder: Folder) -> None:
    folder["universities.csv"][0]["院校名称"] = ""
    folder["majors.csv"][0]["状态"] = ""
    folder["plan_courses.csv"][0] |= {"学分": "x", "考核方式": "y"}
    folder["replacements.csv"][0]["顶替"] = "?"

    with pytest.raises(FileRefused) as refused:
        load(folder)

    assert [(each.message.partition("：")[0], each.row, each.column) for each in refused.value.faults] == [
        ("universities.csv", 2, "院校名称"),
        ("majors.csv", 2, "状态"),
        ("plan_courses.csv", 2, "学分"),
        ("plan_courses.csv", 2, "考核方式"),
        ("replacements.csv", 2, "顶替"),
    ]


def test_a_file_that_cannot_be_read_does_not_make_the_others_look_wrong(tmp_path: Path, folder: Folder, db: None) -> None:
    path = write_folder(tmp_path / "catalogue", folder)
    (path / "majors.csv").write_bytes(b"\xff\xff\xff")
    (path / "plan_groups.csv").unlink()

    with pytest.raises(FileRefused) as refused:
        load_catalogue(path)

    assert [each.code for each in refused.value.faults] == ["table.encoding", "catalogue.missing-file"]


def test_a_contradiction_between_two_plans_about_one_course_is_refused(load: Any, folder: Folder) -> None:
    folder["plans.csv"].append({**folder["plans.csv"][0], "计划版本": "2021"})
    folder["plan_courses.csv"][0]["全国统一"] = "Y"
    folder["plan_courses.csv"].append(course("10001", 计划版本="2021", 全国统一="N"))

    with pytest.raises(FileRefused) as refused:
        load(folder)

    assert [(each.code, each.row) for each in refused.value.faults] == [("catalogue.contradiction", 7)]


def test_the_code_of_another_office_is_refused(load: Any, folder: Folder) -> None:
    folder["universities.csv"].append(row("universities.csv", 院校代码="0000", 院校名称="冒名大学"))

    with pytest.raises(FileRefused) as refused:
        load(folder)

    assert [each.code for each in refused.value.faults] == ["catalogue.other-office"]
    assert Office.objects.municipality().name != "冒名大学"


@pytest.mark.django_db
def test_the_command_prints_one_json_line(tmp_path: Path, folder: Folder) -> None:
    path = write_folder(tmp_path / "catalogue", folder)
    output = io.StringIO()
    call_command("load_catalogue", str(path), stdout=output)
    assert json.loads(output.getvalue()) == {"rows": 10, "written": 10, "unchanged": 0, "warnings": []}

    folder["plans.csv"][0]["总学分"] = "?"
    write_folder(path, folder)
    output = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("load_catalogue", str(path), stdout=output)
    assert ended.value.code == 1
    (fault,) = json.loads(output.getvalue())["faults"]
    assert set(fault) == {"row", "column", "value", "code", "message"}
    assert (fault["row"], fault["column"], fault["value"]) == (2, "总学分", "?")


class Gathered:
    """Faults as they come."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def refuse(self, row: int, column: str, value: str, code: str, message: str) -> None:
        self.codes.append(code)


@given(st.decimals(min_value=0, max_value=9999, places=1))
def test_every_number_with_one_decimal_is_read_as_it_is_written(value: Decimal) -> None:
    gathered = Gathered()

    assert Line(gathered, 2, {"学分": str(value)}).decimal("学分", 9999) == value
    assert gathered.codes == []


@given(st.text(max_size=12))
def test_whatever_is_no_number_is_refused_and_never_raises(text: str) -> None:
    gathered = Gathered()
    line = Line(gathered, 2, {"学分": text})

    value = line.decimal("学分", 999)

    assert (value is None) == (not text or bool(gathered.codes))
    if value is not None:
        assert 0 <= value <= 999
        assert text.isascii()


@given(st.integers(min_value=-10, max_value=2000))
def test_a_whole_number_is_taken_within_its_bounds_only(number: int) -> None:
    gathered = Gathered()

    value = Line(gathered, 2, {"总门数": str(number)}).whole("总门数", 1, 999)

    assert value == (number if 1 <= number <= 999 else None)
    assert gathered.codes == ([] if 1 <= number <= 999 else ["value.number"])

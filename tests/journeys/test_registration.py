"""How candidates come in: one at the counter with everything that can go wrong there, and many by a file that is mended."""

import datetime as dt
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from records.models import Candidate, CandidateBatch, Major, ProbableDuplicate, Registration
from tests.factories import identity_number
from tests.journeys.city import LEARNER, MAJOR
from tests.journeys.scenes import sign_in
from tests.journeys.visiting import Visitor
from tests.records.candidate_files import BORN, person, write_csv

pytestmark = pytest.mark.browser

NUMBER = identity_number(77, LEARNER.birth)
MISTYPED = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
CLOSED, SECOND = "X2120202", "X2020301K"
LAST_DAY = dt.date(2025, 12, 31)


@pytest.fixture
def clerk(city, arrive):
    Major.objects.filter(code=CLOSED).update(state=Major.State.CLOSED, closed_on=LAST_DAY)
    visitor = arrive("clerk")
    sign_in(visitor, "clerk")
    return visitor


def test_one_person_at_the_counter(clerk):
    clerk.follow("登记考生", within="nav")
    clerk.stop("form")
    clerk.field("姓名").fill(LEARNER.name)
    clerk.page.get_by_label("女", exact=True).check()
    clerk.field("证件号码").fill(MISTYPED)
    clerk.field("出生日期").fill(LEARNER.birth.isoformat())
    clerk.field("手机号码").fill("13900001234")
    choose_major(clerk, CLOSED)
    clerk.press("核对并登记")
    clerk.page.get_by_text("接收新生到2025年12月31日为止").first.wait_for()
    clerk.stop("closed-major", status=422)
    choose_major(clerk, MAJOR)
    clerk.press("核对并登记")
    possibly_the_same(clerk)

    assert LEARNER.name in clerk.text()
    assert LEARNER.identity not in clerk.page.content()
    decide(clerk, "")
    clerk.page.get_by_text("请写明凭什么判断不是同一人。").first.wait_for()
    clerk.stop("no-grounds", status=422)
    decide(clerk, "两人照片和籍贯都不同。")
    clerk.page.get_by_role("link", name=re.compile("证件号码")).wait_for()
    clerk.stop("mistyped", status=422)
    assert clerk.field("证件号码").get_attribute("aria-invalid") == "true"
    assert clerk.field("证件号码").input_value() == MISTYPED
    assert clerk.field("手机号码").input_value() == "13900001234"
    assert not Candidate.objects.filter(phone_mask="139****1234").exists()
    assert clerk.field("依据").input_value() == "两人照片和籍贯都不同。"

    clerk.field("证件号码").fill(NUMBER)
    clerk.press("按判断办理")
    clerk.page.get_by_role("heading", name=f"已登记：{LEARNER.name}").wait_for()
    clerk.stop("registered")
    newcomer = Candidate.objects.get(phone_mask="139****1234")
    assert newcomer.ticket_number in clerk.text()
    assert ProbableDuplicate.objects.get().finding == "different"
    a_second_major(clerk, newcomer)


def choose_major(clerk: Visitor, code: str) -> None:
    clerk.field("报考专业").select_option(value=code)


def possibly_the_same(clerk: Visitor) -> None:
    """Somebody of this name and birthday is shown; nothing is registered before the clerk has decided."""
    clerk.page.get_by_text("可能是已登记的考生").wait_for()
    clerk.stop("probable-duplicate", status=422)


def decide(clerk: Visitor, grounds: str) -> None:
    """Another person, on these grounds."""
    clerk.page.get_by_label("不是同一人：照常登记").check()
    clerk.field("依据").fill(grounds)
    clerk.press("按判断办理")


def a_second_major(clerk: Visitor, newcomer: Candidate) -> None:
    clerk.follow("增报专业")
    clerk.stop("second")
    choose_major(clerk, SECOND)
    clerk.page.locator("main form button[type=submit]").click()
    clerk.page.get_by_text("已报考，准考证号不变。").wait_for()
    clerk.stop("two-majors")
    assert set(newcomer.registrations.values_list("major__code", flat=True)) == {MAJOR, SECOND}
    assert newcomer.tickets.count() == 1


def test_many_by_a_file_that_is_mended_and_taken_back(clerk, worker, tmp_path):
    before = Registration.objects.count()
    clerk.follow("考生批次", within="nav")
    clerk.stop("no-batches")
    clerk.follow("上传考生文件")
    clerk.stop("upload")
    upload(clerk, faulty_file(tmp_path))
    clerk.page.get_by_text("整个文件没有写入任何一行").wait_for()
    clerk.stop("faults")
    assert "2行有2处错误" in clerk.text()

    with clerk.page.expect_download() as download:
        clerk.follow("下载带错误列的表")
    download.value.save_as(tmp_path / "错误.xlsx")
    clerk.follow("上传改好的文件")
    upload(clerk, mended(tmp_path / "错误.xlsx", tmp_path / "改好的新生.xlsx"))
    clerk.page.get_by_text("前几行").first.wait_for()
    clerk.stop("preview")
    assert Registration.objects.count() == before
    clerk.take("确认入库")
    clerk.page.get_by_role("link", name="撤销整个批次…").wait_for()
    clerk.stop("written")
    assert Registration.objects.count() == before + 3

    clerk.follow("撤销整个批次…")
    clerk.stop("undo")
    clerk.press("撤销整个批次")
    clerk.page.get_by_text("请填写理由。").wait_for()
    clerk.stop("no-reason", status=422)
    clerk.field("理由").fill("学校送错了年份的名单。")
    clerk.press("撤销整个批次")
    clerk.page.locator("main").get_by_text("已撤销", exact=True).first.wait_for()
    clerk.stop("undone")
    assert Registration.objects.count() == before
    assert not Candidate.objects.filter(birth_date=BORN).exists()
    assert CandidateBatch.objects.latest("pk").state == "undone"


WRONG, RIGHT = identity_number(2, BORN)[:-1] + "*", identity_number(2, BORN)


def faulty_file(folder: Path) -> Path:
    """Three people: one number is no number, one major does not exist."""
    rows = (person(1, 专业代码=MAJOR), person(2, 专业代码=MAJOR, 证件号码=WRONG), person(3, 专业代码="X0000000"))
    return write_csv(folder / "新生.csv", *rows)


def upload(clerk: Visitor, path: Path) -> None:
    clerk.page.get_by_role("heading", name="上传考生文件").wait_for()
    clerk.attach("考生文件", path)
    clerk.press("上传并核对")
    clerk.page.wait_for_url(re.compile(r"/batches/\d+/"))


def mended(faulty: Path, path: Path) -> Path:
    """The sheet with its faults corrected and the column that names them taken away."""
    book = load_workbook(faulty)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    assert heads[-1] == "错误"
    assert [bool(row[-1].value) for row in sheet.iter_rows(min_row=2)] == [False, True, True]
    sheet.delete_cols(len(heads))
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.value = {WRONG: RIGHT, "X0000000": MAJOR}.get(str(cell.value), cell.value)
    book.save(path)
    return path

"""The municipal officer's way: a file of marks with faults, mended, entered, published by two people; the figures."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook

from scores.models import Mark, Publication, ScoreBatch
from tests.journeys.city import COMPLETE, LEARNER, NEWCOMER, marks_file
from tests.journeys.scenes import look_up, sent_by_hand, sign_in, steps_taken
from tests.journeys.visiting import Visitor
from tests.working import Worker

pytestmark = pytest.mark.browser

SITTING = "2026-10"
ROWS = [
    [NEWCOMER.ticket, "15040", "66", "", "南京一中"],
    [LEARNER.ticket, "04184", "160.5", "", "南京一中"],  # above 100
    [LEARNER.ticket, "99999", "70", "", "南京一中"],  # no such course
    [COMPLETE.ticket, "00015", "81", "", "南京一中"],
]
MENDED = {"160.5": "60.5", "99999": "13000"}


def test_marks_from_a_faulty_file_to_a_record_number(city, arrive, worker, tmp_path):
    visitor, officer = arrive("visitor", phone=True), arrive("officer")
    visitor.open("/lookup/")
    assert look_up(visitor, NEWCOMER) == "尚未建立考籍"
    visitor.follow("再查一次")
    sign_in(officer, "officer")
    officer.follow("成绩批次", within="nav")
    officer.stop("batches")
    officer.follow("上传成绩文件")
    officer.stop("upload")
    with worker.held():
        upload(officer, marks_file(tmp_path, ROWS))
        officer.stop("checking")
        assert "0%" in officer.text()
    officer.page.get_by_text("整个文件没有写入任何一行").wait_for()
    officer.stop("faults")
    assert "2行有2处错误" in officer.text()

    faulty = download(officer, "下载带错误列的表", tmp_path)
    assert faulty.name == "marks 错误.xlsx"
    officer.follow("上传改好的文件")
    upload(officer, mend(faulty, tmp_path / "改好的成绩.xlsx"))
    officer.page.get_by_text("新成绩").first.wait_for()
    officer.stop("preview")
    assert not Mark.registry.filter(sitting__name=SITTING).exists()
    stale = officer.tab()
    with worker.held():
        officer.take_twice("确认入库")
        officer.stop("entering")
    worker.finish()
    officer.take_too_late(stale, "确认入库", "这个批次已不在这一步")
    officer.page.reload()
    officer.stop("entered")
    assert Mark.registry.filter(sitting__name=SITTING).count() == len(ROWS)
    assert steps_taken(ScoreBatch.objects.latest("pk"), "confirm") == 1

    publish(officer, arrive("second"), worker)

    assert look_up(visitor, NEWCOMER) == NEWCOMER.record().record_number
    visitor.stop("number")
    officer.follow("统计", within="nav")
    officer.stop("sittings")
    officer.follow("2026年10月")
    officer.stop("statistics")
    assert all(figure in officer.text() for figure in ("100.0%", "69.4", "标准差8.7"))


def publish(officer: Visitor, second: Visitor, worker: Worker) -> None:
    """One proposes, another confirms; then the worker enters the credits and opens the records."""
    officer.follow("去公布")
    officer.stop("publication")
    officer.take_by_keyboard("提出公布", "与上次相比，人数很少。")
    officer.page.get_by_text("公布由您提出，须由另一人确认。").wait_for()
    officer.stop("proposed")
    assert sent_by_hand(officer, f"{urlsplit(officer.page.url).path}publish/") == 403
    sign_in(second, "second")
    second.stop("desk")
    second.open(officer.page.url)
    second.stop("to-confirm")
    with worker.held():
        second.take_twice("确认公布")
        second.stop("publishing")
    worker.finish()
    second.page.reload()
    second.stop("published")
    assert "已公布" in second.text()
    publication = Publication.objects.get(sitting__name=SITTING)
    assert steps_taken(publication, "publish") == 1


def upload(officer: Visitor, path: Path) -> None:
    """The form of the upload by keyboard alone."""
    officer.page.get_by_role("heading", name="上传成绩文件").wait_for()
    officer.type_into("考次", SITTING)
    officer.attach("成绩文件", path)
    officer.enter_on(officer.page.get_by_role("button", name="上传并校验"))
    officer.page.wait_for_url(re.compile(r"/batches/\d+/"))


def download(officer: Visitor, name: str, folder: Path) -> Path:
    """What the link gives, under the name that it proposes."""
    with officer.page.expect_download() as download:
        officer.follow(name)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def mend(faulty: Path, path: Path) -> Path:
    """What an officer does with the sheet: correct the cells that its last column names, take that column away."""
    book = load_workbook(faulty)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    assert heads[-1] == "错误"
    assert [bool(row[-1].value) for row in sheet.iter_rows(min_row=2)] == [False, True, True, False]
    sheet.delete_cols(len(heads))
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.value = MENDED.get(str(cell.value), cell.value)
    book.save(path)
    return path

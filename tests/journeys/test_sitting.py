"""A sitting: an officer brings in who sits where, a candidate finds the seat on a phone, whose mark is missing is listed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from config.city.seating import next_name
from scores.models import SittingRegistration
from tests.journeys.city import LEARNER, NEWCOMER, marks_file
from tests.journeys.scenes import account_of, sign_in, steps_taken
from tests.journeys.visiting import Visitor
from tests.working import Worker

pytestmark = pytest.mark.browser

LAST = "2026-10"
COLUMNS = ["准考证号", "课程代码", "考点", "考场", "座位号"]


def seats_file(folder: Path, rows: list[list[str]], name: str = "报考.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return path


def upload(officer: Visitor, sitting: str, file: Path) -> None:
    officer.follow("上传报考文件")
    officer.field("考次").fill(sitting)
    officer.page.get_by_label("报考文件").set_input_files(file)
    officer.press("上传并校验")


def test_from_a_file_of_registrations_to_the_seat_on_a_phone(city: object, arrive, worker: Worker, tmp_path: Path) -> None:
    coming = next_name(timezone.localdate())
    officer = arrive("officer")
    sign_in(officer, "officer")
    officer.follow("考次", within="nav")
    officer.stop("no-sitting")
    upload(officer, coming, seats_file(tmp_path, [[LEARNER.ticket, "99999", "一中", "", ""]]))
    officer.page.get_by_text("整个文件没有写入任何一行").wait_for()
    officer.stop("faults")
    officer.open(reverse("sittings:list"))
    rows = [[LEARNER.ticket, "00015", "第一中学", "3", "07"], [NEWCOMER.ticket, "00015", "第一中学", "3", "08"]]
    upload(officer, coming, seats_file(tmp_path, rows, "改好的报考.csv"))
    officer.page.get_by_text("新报考").first.wait_for()
    officer.stop("preview")
    assert not SittingRegistration.objects.exists()
    officer.take_twice("确认入库")
    worker.finish()
    officer.page.reload()
    officer.page.get_by_text("看这个考次").wait_for()
    officer.stop("entered")

    officer.follow("看这个考次")
    officer.stop("sitting")
    officer.follow("考试时间")
    officer.page.get_by_label("各课程的考试时间").fill(f"00015 {coming}-24 09:00-11:30")
    officer.stop("times")
    officer.press("保存")
    officer.page.get_by_text("考试时间已保存，共1门课程。").wait_for()
    officer.follow("笔试报考名单")
    officer.stop("registered")
    assert LEARNER.name in officer.text()

    finds_the_seat(arrive)

    officer.page.get_by_role("row", name=NEWCOMER.name).get_by_role("link", name="取消报考").click()
    officer.field("理由").fill("考生来函放弃")
    officer.stop("cancel")
    officer.press("取消报考")
    officer.page.get_by_text("报考已取消。").wait_for()
    assert SittingRegistration.objects.get().candidate == LEARNER.record()
    assert NEWCOMER.name not in officer.text()


def finds_the_seat(arrive) -> None:
    """From what comes next in the space: day, site, room and seat, and the notice."""
    account_of(LEARNER)
    candidate = arrive("candidate", phone=True, themes=("light", "dark"))
    sign_in(candidate, LEARNER.ticket)
    candidate.stop("space")
    candidate.follow("看考试安排")
    candidate.stop("seat")
    assert all(words in candidate.text() for words in ("第一中学", "07", "09:00–11:30"))
    link = candidate.page.get_by_role("link", name="考试通知单")
    answer = candidate.page.request.get(str(link.get_attribute("href")))
    assert answer.body().startswith(b"%PDF")


def test_whose_mark_is_missing_is_listed_before_publication(city: object, arrive, worker: Worker, tmp_path: Path) -> None:
    rows = [[person.ticket, "15040", "第二中学", "1", seat] for person, seat in ((LEARNER, "01"), (NEWCOMER, "02"))]
    call_command("import_registrations", str(seats_file(tmp_path, rows)), sitting=LAST)
    call_command("import_scores", str(marks_file(tmp_path, [[LEARNER.ticket, "15040", "66", "", "第二中学"]])), sitting=LAST)
    officer, clerk = arrive("officer"), arrive("clerk")
    sign_in(officer, "officer")
    officer.open(reverse("sittings:list"))
    officer.stop("sittings")
    officer.follow("2026年10月")
    officer.stop("over")
    officer.follow("笔试缺成绩名单")
    officer.stop("missing")
    assert NEWCOMER.name in officer.text()
    assert LEARNER.name not in officer.text()
    with officer.page.expect_download() as download:
        officer.page.get_by_role("link", name="导出Excel").click()
    assert download.value.suggested_filename == "missing-marks-2026-10.xlsx"

    sign_in(clerk, "clerk")
    clerk.open(reverse("sittings:detail", args=[LAST]))
    clerk.stop("as-the-university-sees-it")
    assert "缺成绩" not in clerk.text()
    clerk.follow("报考名单")
    clerk.stop("own-candidates")
    assert all(person.name in clerk.text() for person in (LEARNER, NEWCOMER))


def test_an_officer_registers_one_candidate_and_is_told_what_forbids_it(city: object, arrive) -> None:
    coming = next_name(timezone.localdate())
    officer = arrive("officer")
    sign_in(officer, "officer")
    call_command("import_registrations", str(_one(officer)), sitting=coming)
    officer.open(reverse("sittings:register", args=[coming]))
    fill(officer, "00015")
    officer.press("报考")
    officer.page.get_by_text("该考生在这个考次已经报考这门课程。").first.wait_for()
    officer.stop("twice", status=409)
    fill(officer, "15040")
    officer.press("报考")
    officer.page.get_by_text("已报考。").wait_for()
    assert steps_taken(SittingRegistration.objects.latest("pk"), "register-by-hand") == 1


def _one(officer: Visitor) -> Path:
    return seats_file(officer.folder, [[LEARNER.ticket, "00015", "第一中学", "3", "07"]])


def fill(officer: Visitor, course: str) -> None:
    officer.field("准考证号").fill(LEARNER.ticket)
    officer.field("课程代码").fill(course)
    officer.field("理由").fill("学校来函补报")

"""The candidate's way: look up, sign in for the first time, see the record, apply for an exemption, see the credit."""

import datetime as dt
import re
import time
from pathlib import Path

import pytest

from exemptions.models import ExemptionApplication
from records.lookups.proof import WAIT_SECONDS
from tests.journeys.city import LEARNER, NEWCOMER, Person
from tests.journeys.scenes import first_sign_in, look_up, sign_in, work_on
from tests.journeys.visiting import Visitor
from tests.proofs import PDF

pytestmark = pytest.mark.browser

CERTIFICATE = {"证书编号": "320012024100001", "发证单位": "教育部教育考试院"}
ISSUED_ON = dt.date(2024, 12, 14)
ENGLISH = "英语(专升本)"
BOTH = ("light", "dark")
STRANGER = Person("林知薇", 77)  # nobody


def fill_in_credential(visitor: Visitor) -> None:
    """The whole first page of an exemption by keyboard, but for the proof."""
    visitor.choose("凭据种类", "全国大学英语四级")
    for label, text in CERTIFICATE.items():
        visitor.type_into(label, text)
    visitor.type_day("发证日期", ISSUED_ON)
    visitor.type_into("证书成绩", "467")


def masked(person: Person) -> str:
    """The identity number as pages show it."""
    return f"{person.identity[:3]}{'*' * 11}{person.identity[-4:]}"


def test_a_hit_and_a_miss_look_the_same_but_for_the_line_and_who_has_no_record_is_told_so(city, arrive):
    visitor = arrive("visitor", phone=True, themes=BOTH)
    visitor.open("/")
    visitor.stop("home")
    visitor.follow("查询考籍号")
    visitor.stop("lookup")

    hit = look_up(visitor, LEARNER)
    visitor.stop("hit")
    address, found = visitor.page.url, visitor.text()
    visitor.follow("再查一次")
    miss = look_up(visitor, STRANGER)
    visitor.stop("miss")

    assert re.fullmatch(r"\d{10}", hit)
    assert visitor.page.url == address
    found = found.replace(LEARNER.name, STRANGER.name).replace(masked(LEARNER), masked(STRANGER))
    found = found.replace("只属于本人，请勿转给他人。\n复制考籍号", "姓名和证件号码没有对上。请看下面的说明。")
    assert visitor.text() == found.replace(hit, miss)
    visitor.follow("再查一次")
    assert look_up(visitor, NEWCOMER) == "尚未建立考籍"
    visitor.stop("no-record")
    visitor.follow("再查一次")
    visitor.page.get_by_label("改为查询报名号").check()
    assert look_up(visitor, NEWCOMER) == NEWCOMER.record().registration_number


def test_without_script_a_wait_takes_the_place_of_the_computing(city, arrive):
    visitor = arrive("visitor", phone=True, script=False)
    visitor.open("/lookup/")
    visitor.field("姓名").fill(LEARNER.name)
    visitor.field("证件号码").fill(LEARNER.identity)
    visitor.press("查询")
    visitor.page.get_by_text("提交得太快").first.wait_for()
    assert visitor.field("证件号码").input_value() == LEARNER.identity

    time.sleep(WAIT_SECONDS)
    visitor.press("查询")

    assert visitor.page.locator("output").inner_text() == LEARNER.record().record_number


def test_from_the_first_sign_in_to_the_credit_of_an_exemption(city, arrive, tmp_path):
    candidate = arrive("candidate", phone=True, themes=BOTH)
    first_sign_in(candidate, LEARNER)
    candidate.stop("space")
    assert candidate.page.locator(".kj-seven > li:not(.is-aside)").count() == 7
    assert re.search(r"差\s*14\s*项", candidate.text())
    candidate.follow("成绩", within="nav")
    candidate.stop("passed")
    assert "15040" in candidate.text()
    assert "13000" not in candidate.text()
    assert "04184" not in candidate.text()  # tried and failed
    candidate.follow("毕业进度", within="nav")
    candidate.stop("progress")
    assert all(words in candidate.text() for words in ("还差14项", "9/74学分"))

    apply_for_english(candidate, tmp_path)
    candidate.stop("draft")
    candidate.follow("我的申请", within="nav")
    candidate.stop("draft-among-applications")
    assert "在您本人" in candidate.text()
    candidate.follow("免考：13000")
    candidate.enter_on(candidate.page.get_by_role("button", name="提交"))
    candidate.page.get_by_text("已办：提交").wait_for()
    candidate.follow("我的申请", within="nav")
    assert "在南京财经大学自考办" in candidate.text()

    number = ExemptionApplication.objects.get().case_number
    clerk = arrive("clerk")
    sign_in(clerk, "clerk")
    work_on(clerk, number, "建议准予")
    candidate.page.reload()
    assert "在市自考办" in candidate.text()
    officer = arrive("officer")
    sign_in(officer, "officer")
    work_on(officer, number, "准予免考")

    candidate.page.reload()
    candidate.stop("granted")
    assert "已批准" in candidate.text()
    candidate.follow("成绩", within="nav")
    candidate.stop("passed-afterwards")
    assert re.search(r"13000英语\(专升本\)\s7\s免考", candidate.text())
    candidate.follow("毕业进度", within="nav")
    candidate.stop("progress-afterwards")
    assert "16/74学分" in candidate.text()


def apply_for_english(candidate: Visitor, folder: Path) -> None:
    """By keyboard alone: first with a file that is no proof, then with a PDF; the course becomes a draft."""
    candidate.follow("我的申请", within="nav")
    candidate.stop("applications")
    candidate.follow("申请免考")
    candidate.stop("start")
    (wrong := folder / "证书.pdf").write_bytes(b"MZ no picture of a certificate")
    (right := folder / "四级成绩单.pdf").write_bytes(PDF)
    fill_in_credential(candidate)
    send_credential(candidate, wrong)
    candidate.page.get_by_role("alert").wait_for()
    candidate.stop("wrong-file", status=422)
    assert "证书.pdf：只收PDF、JPEG和PNG文件；按内容看，这个文件不是。" in candidate.text()
    kept = {label: candidate.field(label).input_value() for label in (*CERTIFICATE, "发证日期", "证书成绩")}
    assert kept == {**CERTIFICATE, "发证日期": f"{ISSUED_ON}", "证书成绩": "467"}

    send_credential(candidate, right)
    candidate.page.get_by_role("heading", name="选免考课程").wait_for()
    candidate.stop("courses")
    candidate.tab_to(candidate.page.get_by_label(ENGLISH))
    candidate.page.keyboard.press("Space")
    candidate.enter_on(candidate.page.get_by_role("button", name="存为草稿"))
    candidate.page.get_by_text("已存为草稿").wait_for()


def send_credential(candidate: Visitor, proof: Path) -> None:
    candidate.attach("上传材料", proof)
    candidate.enter_on(candidate.page.get_by_role("button", name="保存，去选课程"))

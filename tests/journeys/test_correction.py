"""The way of a correction (K2): from the candidate's phone, and from the counter where the head has to agree as well."""

import datetime as dt
import re
from pathlib import Path

import pytest

from records.models import CorrectionRequest, Office, PaperItem
from records.people.identity import upgraded
from tests.factories import PASSWORD, UserFactory, lay_down_correction_kinds
from tests.journeys.city import LEARNER
from tests.journeys.scenes import account_of, sent_by_hand, sign_in, steps_taken
from tests.journeys.visiting import Visitor
from tests.proofs import PDF

pytestmark = pytest.mark.browser

RIGHT_NAME = "林知薇"


@pytest.fixture
def people(city):
    """Those of the city whom a correction needs; the editors are named persons."""
    lay_down_correction_kinds()
    office = Office.objects.municipality()
    return {
        name: UserFactory(username=name, full_name=full_name, office=office, roles=[role], password=PASSWORD)
        for name, full_name, role in (
            ("verifier", "郑核定", "OV"),
            ("head", "冯主任", "OH"),
            ("editor", "褚专人", "OE"),
            ("editor2", "卫专人", "OE"),
        )
    }


@pytest.fixture
def paper(tmp_path):
    """A scan."""
    path = tmp_path / "身份证.pdf"
    path.write_bytes(PDF)
    return path


def arrived(arrive, who: str, number: str = "", **options) -> Visitor:
    visitor = arrive(who, **options)
    sign_in(visitor, number or who)
    return visitor


def work(visitor: Visitor, number: str, step: str, *, tick: str = "", choose: str = "", name: str = "") -> None:
    """Find the case on the desk and take the step with what it asks for."""
    visitor.open("/desk/")
    visitor.follow(number)
    visitor.stop(f"{name or 'case'}-before")
    summary = re.compile(f"^{re.escape(step)}…$")
    visitor.page.locator("main summary", has_text=summary).click()
    opened = visitor.page.locator("main details[open]")
    if tick:
        opened.get_by_label(tick).check()
    if choose:
        opened.get_by_role("combobox").select_option(label=choose)
    visitor.stop(f"{name or 'case'}-open")
    opened.get_by_role("button").click()
    visitor.page.get_by_text(f"已办：{step}").wait_for()
    visitor.stop(f"{name or 'case'}-after")


def attach(visitor: Visitor, label: str, path: Path) -> None:
    visitor.page.get_by_label(re.compile(f"^{re.escape(label)}")).first.set_input_files(path)


def test_from_a_phone_to_the_named_editor(city, people, arrive, paper):
    account_of(LEARNER)
    candidate = arrived(arrive, "candidate", LEARNER.ticket, phone=True, themes=("light", "dark"))
    candidate.open("/space/personal/")
    candidate.stop("personal")
    candidate.follow("申请更改")
    candidate.stop("kinds")
    candidate.page.get_by_role("link", name="填写 姓名更正").click()
    candidate.stop("form")
    candidate.press("保存并提交")
    candidate.page.get_by_text("请填写更改后的内容").first.wait_for()
    candidate.stop("faults", status=422)
    candidate.field("更改后的姓名").fill(RIGHT_NAME)
    candidate.field("更改原因").fill("登记时写成了同音字。")
    attach(candidate, "居民身份证正反面", paper)
    candidate.press("保存并提交")
    candidate.page.get_by_text("还缺材料：户口簿本人页").first.wait_for()
    candidate.stop("lacking", status=409)
    candidate.follow("修改草稿")
    candidate.stop("draft")
    attach(candidate, "户口簿本人页", paper)
    candidate.press("保存并提交")
    candidate.page.get_by_text("已办：提交").wait_for()
    candidate.stop("sent")

    case = CorrectionRequest.objects.get()
    clerk = arrived(arrive, "clerk")
    work(clerk, case.case_number, "核对原件，报市自考办", tick="考生本人在场", name="check")
    clerk.open(f"/corrections/{case.pk}/print/")
    clerk.stop("print")
    assert LEARNER.identity in clerk.page.content()
    assert PaperItem.objects.filter(correction=case, kind="proof").exists()

    verifier = arrived(arrive, "verifier")
    work(verifier, case.case_number, "核定，指定更改专人", choose="褚专人", name="verify")
    other = arrived(arrive, "editor2")
    other.open(f"/corrections/{case.pk}/")
    other.stop("not-mine")
    assert "更改…" not in other.text()
    assert sent_by_hand(other, f"/corrections/{case.pk}/steps/carry-out/") == 403
    editor = arrived(arrive, "editor")
    work(editor, case.case_number, "更改", name="carry-out")

    assert LEARNER.record().name == RIGHT_NAME
    assert steps_taken(case, "carry-out") == 1
    candidate.open("/space/personal/")
    candidate.stop("corrected")
    assert all(text in candidate.text() for text in ("更改记录", RIGHT_NAME, LEARNER.name, case.case_number))


def test_from_the_counter_by_the_head(city, people, arrive, paper):
    """A birth date with its number: two marks of the person move together."""
    born = dt.date(1998, 4, 13)
    fifteen = f"199999{born:%y%m%d}{LEARNER.identity[14:17]}"
    clerk = arrived(arrive, "clerk")
    clerk.open("/corrections/")
    clerk.stop("list")
    clerk.follow("柜台受理")
    clerk.stop("counter")
    clerk.page.get_by_label("准考证号、考籍号或报名号").fill(LEARNER.ticket)
    clerk.page.get_by_label("居民身份证原件").check()
    clerk.page.get_by_label("考生本人在场").check()
    clerk.press("查找考生")
    clerk.page.get_by_role("link", name="填写 出生日期更正").wait_for()
    clerk.stop("counter-kinds")
    clerk.page.get_by_role("link", name="填写 出生日期更正").click()
    clerk.page.get_by_label(re.compile("^更改后的出生日期")).fill(born.isoformat())
    clerk.page.get_by_label(re.compile("^更改后的证件类型")).select_option(label="居民身份证")
    clerk.page.get_by_label(re.compile("^更改后的证件号码")).fill(fifteen)
    clerk.field("更改原因").fill("登记时看错了月和日。")
    attach(clerk, "居民身份证正反面", paper)
    attach(clerk, "户口簿本人页", paper)
    clerk.stop("counter-form")
    clerk.press("保存并代为提交")
    clerk.page.get_by_text("已办：代为提交").wait_for()
    clerk.stop("lodged")

    case = CorrectionRequest.objects.get()
    work(clerk, case.case_number, "核对原件，报市自考办", tick="考生本人在场", name="check")
    work(arrived(arrive, "verifier"), case.case_number, "核定，报负责人审批", choose="卫专人", name="refer")
    work(arrived(arrive, "head"), case.case_number, "同意更改", name="approve")
    work(arrived(arrive, "editor2"), case.case_number, "更改", name="carry-out")

    record = LEARNER.record()
    assert (record.birth_date, record.identity_number) == (born, upgraded(fifteen))
    assert case.changes.count() == 2


def test_the_kinds_and_the_contact_data(city, people, arrive):
    account_of(LEARNER)
    head = arrived(arrive, "head")
    head.open("/corrections/kinds/")
    head.stop("kinds")
    head.follow("照片更换")
    head.stop("kind")
    candidate = arrived(arrive, "candidate", LEARNER.ticket, phone=True)
    candidate.open("/space/contact/")
    candidate.stop("contact")
    candidate.page.get_by_label("通讯地址").fill("示例路88号")
    candidate.press("保存")
    candidate.page.get_by_text("已保存。").wait_for()
    candidate.follow("更换手机号码")
    candidate.page.get_by_label("现在的密码").fill(PASSWORD)
    candidate.page.keyboard.press("Enter")
    candidate.page.get_by_label("新手机号码").wait_for()
    candidate.stop("phone")
    candidate.page.get_by_label("新手机号码").fill("13812345678")
    candidate.press("发送验证码")
    candidate.page.get_by_text("138****5678").wait_for()
    candidate.stop("code")
    clerk = arrived(arrive, "clerk")
    clerk.open(f"/candidates/{LEARNER.record().pk}/contact/")
    clerk.stop("counter-contact")

    assert LEARNER.record().address == "示例路88号"

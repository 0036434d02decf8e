"""Leave to look: a clerk asks, the head grants, the clerk looks, the head sees it and ends it; an urgent look is reviewed."""

import pytest

from audit.models import Event
from records.models import AccessRequest, Office
from tests.factories import PASSWORD, UserFactory
from tests.journeys.city import COMPLETE, LEARNER, MAJOR, NEWCOMER, UNIVERSITY
from tests.journeys.scenes import account_of, sent_by_hand, sign_in
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser

PURPOSE = "核对学费减免名单上的课程门数"
REASON = "检察机关在场等候核对，负责人在外地"


@pytest.fixture
def office(city):
    """A finance clerk and the head of the university's office."""
    university = Office.objects.get(code=UNIVERSITY)
    UserFactory(username="finance", full_name="沈一诺", office=university, roles=["US"], password=PASSWORD)
    UserFactory(username="head", full_name="方海平", office=university, roles=["UH"], password=PASSWORD)
    return university


def arrived(arrive, who: str, number: str = "", **options) -> Visitor:
    """A person signed in at a browser."""
    visitor = arrive(who, **options)
    sign_in(visitor, number or who)
    return visitor


def record_path(person) -> str:
    return f"/candidates/{person.record().pk}/"


def test_a_finance_clerk_asks_looks_and_the_head_sees_and_ends_it(office, arrive):
    clerk = arrived(arrive, "finance", themes=("light", "dark"))
    clerk.open(record_path(LEARNER))
    clerk.stop("forbidden", status=403)
    clerk.open("/access/")
    clerk.stop("nothing-yet")
    clerk.follow("新的申请")
    clerk.stop("three-ways")
    clerk.follow("写号码")
    clerk.stop("numbers")
    clerk.type_into("考籍号、准考证号或报名号", f"{LEARNER.ticket}，{NEWCOMER.ticket}，990011")
    clerk.type_into("用途", PURPOSE)
    clerk.press("保存并交负责人审批")
    clerk.page.get_by_text("这些号码没有找到，请核对：990011").first.wait_for()
    clerk.stop("unknown-number", status=422)
    clerk.field("考籍号、准考证号或报名号").fill(f"{LEARNER.ticket}\n{NEWCOMER.ticket}")
    clerk.press("保存并交负责人审批")
    clerk.page.get_by_text("已办：交负责人审批").wait_for()
    clerk.stop("asked")
    assert LEARNER.name[0] + "**" not in clerk.text()

    head = arrived(arrive, "head", phone=True)
    case = AccessRequest.objects.get()
    head.stop("desk")
    head.follow(case.case_number)
    head.stop("request")
    assert "林**" in head.text()
    assert LEARNER.name not in head.text()
    head.page.locator("main summary", has_text="批准查阅").click()
    head.field("批准天数").fill("1")
    head.stop("granting")
    head.page.get_by_role("button", name="确认", exact=True).first.click()
    head.page.get_by_text("已办：批准查阅").wait_for()
    head.stop("granted")

    clerk.page.reload()
    clerk.stop("granted")
    clerk.follow(f"打开 {LEARNER.ticket}")
    clerk.page.get_by_text(f"凭查阅申请{case.case_number}查阅").wait_for()
    clerk.stop("record")
    assert LEARNER.name in clerk.text()
    assert LEARNER.identity not in clerk.page.content()
    clerk.open(record_path(COMPLETE))
    clerk.stop("another-record", status=403)

    head.page.reload()
    head.page.locator("summary", has_text="每次打开的时间").click()
    head.stop("use")
    head.follow("只看从未打开的")
    head.stop("never-opened")
    assert NEWCOMER.ticket in head.text().replace(" ", "").replace("\n", "")
    head.follow("查阅审批单")
    head.stop("sheet")
    head.open(f"/access/{case.pk}/")
    head.take("收回", "减免名单已经核对完")
    head.page.get_by_text("已办：收回").wait_for()
    head.stop("ended")

    clerk.open(record_path(LEARNER))
    clerk.stop("closed-again", status=403)
    clerk.open("/access/")
    clerk.stop("list")
    look = Event.objects.get(kind="read", verb="record")
    assert (look.leave_id, look.candidate_id) == (case.pk, LEARNER.record().pk)
    account_of(LEARNER)
    candidate = arrived(arrive, "candidate", LEARNER.ticket, phone=True)
    candidate.open("/space/reads/")
    candidate.stop("reads")
    assert PURPOSE in candidate.text()


def test_an_urgent_look_is_open_at_once_and_reviewed(office, arrive):
    clerk = arrived(arrive, "finance", phone=True)
    clerk.open("/access/new/")
    clerk.follow("紧急查阅")
    clerk.stop("urgent")
    clerk.type_into("考籍号、准考证号或报名号", LEARNER.ticket)
    clerk.type_into("用途", PURPOSE)
    clerk.type_into("为什么等不及审批", REASON)
    clerk.press("保存并立即查阅")
    clerk.page.get_by_text("已办：立即查阅").wait_for()
    clerk.stop("open")
    clerk.follow(f"打开 {LEARNER.ticket}")
    clerk.page.get_by_text("凭查阅申请").wait_for()
    clerk.stop("record")
    case = AccessRequest.objects.get()
    clerk.open(f"/access/{case.pk}/")
    assert sent_by_hand(clerk, f"/access/{case.pk}/steps/review/") in (403, 422)
    case.refresh_from_db()
    assert case.status == "urgent"

    head = arrived(arrive, "head")
    head.stop("desk")
    head.follow(case.case_number)
    head.stop("urgent-look")
    assert REASON in head.text()
    head.page.locator("main summary", has_text="复核").click()
    head.page.get_by_label("不当").check()
    head.page.locator("main details[open]", has_text="复核").get_by_role("textbox").fill("没有检察机关来访的登记")
    head.stop("reviewing")
    head.page.get_by_role("button", name="确认", exact=True).click()
    head.page.get_by_text("已办：复核").wait_for()
    head.stop("reviewed")

    clerk.open(record_path(LEARNER))
    clerk.stop("closed", status=403)
    head.open("/access/?status=reviewed")
    head.stop("list")
    assert case.case_number in head.text()


def test_a_query_is_asked_about(office, arrive):
    clerk = arrived(arrive, "finance")
    clerk.open("/access/new/")
    clerk.follow("写条件")
    clerk.choose("专业", "国际")
    clerk.type_into("用途", PURPOSE)
    clerk.stop("query")
    clerk.press("只保存草稿")
    clerk.page.get_by_text("已存为草稿").wait_for()
    clerk.stop("draft")

    assert f"({MAJOR})" in clerk.text() or "现在查到3份" in clerk.text()

"""The terminal at an exam site (L4): set up by the head, used by touch, by keyboard and without script, empty after everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from records.kiosks import devices
from records.models import Candidate, Kiosk, Office, Setting, User
from tests.chromium import FLAGS, PROGRAM, findings, overflow, shots_of
from tests.factories import PASSWORD, UserFactory
from tests.journeys.city import LEARNER, UNIVERSITY
from tests.journeys.conftest import Arrive
from tests.journeys.scenes import sign_in
from tests.journeys.serving import Web
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser

PORTRAIT = {"width": 1080, "height": 1920}
LANDSCAPE = {"width": 1366, "height": 768}
SMALLEST_KEY = 48
IDLE = 12


def head_of_the_university() -> User:
    office = Office.objects.get(code=UNIVERSITY)
    return UserFactory(username="head", full_name="郑同和", office=office, roles=["UH"], password=PASSWORD)


def numbers() -> dict[str, str]:
    record = Candidate.objects.get(tickets__number=LEARNER.ticket).record_number
    return {"证件号码": LEARNER.identity, "准考证号": LEARNER.ticket, "考籍号": record}


def terminal(visitor: Visitor, head: User) -> Page:
    """A browser that is a terminal, at its keypad."""
    _kiosk, code = devices.put_up(Office.objects.get(pk=head.office_id), "二号终端", "第二教学楼", by=head)
    visitor.open("/kiosk/setup/")
    visitor.page.get_by_label("设置码").fill(code)
    visitor.press("启用")
    visitor.page.wait_for_url("**/kiosk/")
    expect(visitor.page.get_by_label("证件号码")).to_be_focused()
    return visitor.page


def touch(page: Page, values: dict[str, str]) -> None:
    """Everything by the keys on the screen."""
    keys = page.get_by_role("group", name="屏幕键盘")
    for place, value in enumerate(values.values()):
        if place:
            keys.get_by_role("button", name="下一项").click()
        for character in value:
            keys.get_by_role("button", name=character, exact=True).click()


def typed(page: Page) -> list[str]:
    return [page.get_by_label(label).input_value() for label in ("证件号码", "准考证号", "考籍号")]


def test_the_head_sets_a_terminal_up_and_a_candidate_uses_it_by_touch(city, arrive: Arrive):
    head, machine = arrive("head"), arrive("machine")
    head_of_the_university()
    sign_in(head, "head")
    head.follow("自助终端", within=".kj-spine")
    head.stop("no terminal yet")
    head.follow("设置终端")
    head.field("名称").fill("一号终端")
    head.field("放置地点").fill("第二教学楼一层大厅")
    head.stop("form")
    head.press("取得设置码")
    head.stop("code")
    code = head.page.locator("output").inner_text()

    machine.page.set_viewport_size(PORTRAIT)
    machine.open("/kiosk/")
    machine.stop("not set up")
    machine.follow("用设置码启用")
    machine.field("设置码").fill(code)
    machine.stop("set up")
    machine.press("启用")
    machine.page.wait_for_url("**/kiosk/")
    for size in (PORTRAIT, LANDSCAPE, {"width": 360, "height": 780}):
        machine.page.set_viewport_size(size)
        machine.stop(f"keypad {size['width']}")
        boxes = [key.bounding_box() for key in machine.page.locator("[data-keys] button:visible").all()]
        assert boxes
        assert min(min(box["width"], box["height"]) for box in boxes if box) >= SMALLEST_KEY
    machine.page.get_by_role("button", name="字母").click()
    machine.stop("letters 360")
    letters = [key.bounding_box() for key in machine.page.locator("[data-layer=letters] button").all()]
    assert min(min(box["width"], box["height"]) for box in letters if box) >= SMALLEST_KEY
    machine.page.get_by_role("button", name="数字").click()

    machine.page.set_viewport_size(PORTRAIT)
    touch(machine.page, numbers())
    assert typed(machine.page) == list(numbers().values())
    machine.press("查询")
    machine.page.wait_for_url("**/kiosk/answer/")
    expect(machine.page.get_by_text(LEARNER.name)).to_be_visible()
    expect(machine.page.get_by_text("71.5分").first).to_be_hidden()
    machine.stop("summary")
    machine.press("下一页")
    expect(machine.page.get_by_text("71.5分").first).to_be_visible()
    machine.stop("courses")
    machine.page.set_viewport_size({"width": 360, "height": 780})
    machine.stop("courses 360")
    machine.page.get_by_role("link", name="结束").click()
    machine.page.wait_for_url("**/kiosk/")
    assert typed(machine.page) == ["", "", ""]

    head.page.get_by_role("link", name="已经填写，去看这台终端").click()
    head.stop("terminal in use")
    head.take("停用")
    head.stop("closed")
    machine.open("/kiosk/")
    assert "没有启用为自助终端" in machine.text()


def asked(page: Page) -> None:
    """By the keyboard that is plugged in: Enter goes on, and sends at the last."""
    expect(page.locator("[data-keys]")).to_be_visible()
    for value in numbers().values():
        page.keyboard.type(value)
        page.keyboard.press("Enter")
    page.wait_for_url("**/kiosk/answer/")
    expect(page.get_by_text(LEARNER.name)).to_be_visible()


def test_nothing_of_a_person_comes_back_by_back_forward_or_reload(city, arrive: Arrive):
    page = terminal(arrive("machine"), head_of_the_university())

    asked(page)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("查看本人考籍")
    asked(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("查看本人考籍")
    assert typed(page) == ["", "", ""]
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("查看本人考籍")
    asked(page)
    page.get_by_role("link", name="结束").click()
    page.wait_for_url("**/kiosk/")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("查看本人考籍")
    assert LEARNER.name not in page.content()


def test_it_clears_itself_with_a_countdown_that_a_touch_ends(city, arrive: Arrive):
    Setting.objects.create(key="kiosk.idle_seconds", value=IDLE, office=None, in_force_from=dt.date(2020, 1, 1))
    visitor = arrive("machine")
    page = terminal(visitor, head_of_the_university())

    asked(page)
    expect(page.get_by_text("秒后清空")).to_be_visible(timeout=6000)
    visitor.stop("countdown")
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_text("秒后清空")).to_be_hidden()
    expect(page.get_by_text(LEARNER.name)).to_be_visible()
    page.wait_for_url("**/kiosk/", timeout=(IDLE + 5) * 1000)
    assert LEARNER.name not in page.content()

    page.keyboard.type("310")
    expect(page.get_by_text("秒后清空")).to_be_visible(timeout=6000)
    expect(page.get_by_label("证件号码")).to_have_value("", timeout=(IDLE + 5) * 1000)


def test_a_miss_stands_in_the_same_frame(city, arrive: Arrive):
    visitor = arrive("machine", phone=True)
    page = terminal(visitor, head_of_the_university())

    touch(page, numbers() | {"考籍号": "12X"})
    visitor.press("查询")

    expect(page.get_by_text("没有查到", exact=True)).to_be_visible()
    visitor.stop("miss")
    assert LEARNER.name not in page.content()


@pytest.fixture
def scriptless(browser: Browser, web: Web) -> Iterator[Visitor]:
    """A browser whose scripts are switched off from the start, so that it reads what pages say to such browsers."""
    flags = [*FLAGS, "--blink-settings=scriptEnabled=false"]
    other = browser.browser_type.launch(executable_path=PROGRAM, args=flags)
    folder = shots_of("journeys") / "kiosk-without-script"
    folder.mkdir(parents=True, exist_ok=True)
    yield Visitor(other.new_context(base_url=web.address, locale="zh-CN", viewport=LANDSCAPE), web.address, folder)
    other.close()


def test_without_script_it_works_by_keyboard_and_clears_itself(city, scriptless: Visitor):
    Setting.objects.create(key="kiosk.idle_seconds", value=5, office=None, in_force_from=dt.date(2020, 1, 1))
    page = terminal(scriptless, head_of_the_university())

    expect(page.get_by_text("屏幕键盘需要脚本")).to_be_visible()
    expect(page.locator("[data-keys]")).to_be_hidden()
    for value in numbers().values():
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text(LEARNER.name)).to_be_visible()
    expect(page.get_by_text("71.5分").first).to_be_visible()
    page.wait_for_url("**/kiosk/", timeout=15_000)

    assert LEARNER.name not in page.content()
    assert Kiosk.objects.get().seen_at is not None


def test_the_letters_write_where_the_cursor_stands(city, arrive: Arrive):
    page = terminal(arrive("machine"), head_of_the_university())
    keys = page.get_by_role("group", name="屏幕键盘")

    touch(page, {"证件号码": "1234"})
    page.keyboard.press("ArrowLeft")
    keys.get_by_role("button", name="退格").click()
    keys.get_by_role("button", name="字母").click()
    keys.get_by_role("button", name="H", exact=True).click()

    assert page.get_by_label("证件号码").input_value() == "12H4"
    keys.get_by_role("button", name="清空此项").click()
    assert page.get_by_label("证件号码").input_value() == ""
    assert findings(page) == []
    assert overflow(page) == 0

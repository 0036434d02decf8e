"""The look-up and the first sign-in in Chromium, with script and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from records.lookups.proof import WAIT_SECONDS
from records.models import OutgoingMessage, User
from records.people import activation, codes
from tests.chromium import chromium, findings
from tests.factories import PASSWORD, CandidateFactory, identity_number

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
T = TypeVar("T")


@pytest.fixture
def site(transactional_db, settings) -> Iterator[str]:
    """The address of the house over plain HTTP, as ``make run`` serves it."""
    settings.SECURE_SSL_REDIRECT = False
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "session", False
    settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE = "csrf", False
    server = LiveServer("localhost:0")
    yield str(server.url)
    server.stop()


def in_chromium(visit: Callable[[Page], T], site: str, *, script: bool = True) -> tuple[T, list[str]]:
    """What ``visit`` returns, and what the browser complained about; in a thread, because the test's own may not hold a loop."""
    with ThreadPoolExecutor(1) as one:
        return one.submit(_visited, visit, site, script).result()


def _visited(visit: Callable[[Page], T], site: str, script: bool) -> tuple[T, list[str]]:
    complaints: list[str] = []
    with chromium() as browser:
        context = browser.new_context(base_url=site, locale="zh-CN", java_script_enabled=script, viewport=PHONE)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return visit(page), complaints


def fill(page: Page) -> None:
    page.goto(reverse("lookup"))
    page.get_by_label("姓名").fill("林疏桐")
    page.get_by_label("证件号码").fill(identity_number(7))


def send(page: Page) -> None:
    page.get_by_role("button", name="查询", exact=True).click()


def test_the_script_computes_the_proof_and_the_number_can_be_copied(site):
    CandidateFactory(name="林疏桐", number=identity_number(7), record_number="2041826753")

    def visit(page: Page) -> str:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        fill(page)
        send(page)
        expect(page.locator("output")).to_have_text("2041826753")
        page.get_by_role("button", name="复制考籍号").click()
        assert findings(page) == []
        return str(page.evaluate("navigator.clipboard.readText()"))

    copied, complaints = in_chromium(visit, site)

    assert copied == "2041826753"
    assert complaints == []


def test_a_miss_offers_nothing_to_copy(site):
    def visit(page: Page) -> bool:
        fill(page)
        send(page)
        expect(page.locator("output")).to_have_text("没有查到")
        return page.locator("button[data-copy]").is_visible()

    is_offered, complaints = in_chromium(visit, site)

    assert not is_offered
    assert complaints == []


def test_without_script_a_hasty_form_comes_back_filled_and_a_patient_one_is_answered(site):
    CandidateFactory(name="林疏桐", number=identity_number(7), record_number="2041826753")

    def visit(page: Page) -> None:
        fill(page)
        send(page)
        expect(page.get_by_text("提交得太快")).to_be_visible()
        assert page.get_by_label("姓名").input_value() == "林疏桐"
        page.wait_for_timeout((WAIT_SECONDS + 1) * 1000)
        send(page)
        expect(page.locator("output")).to_have_text("2041826753")

    in_chromium(visit, site, script=False)


def test_a_first_sign_in_ends_in_the_personal_space(site):
    candidate = CandidateFactory(name="林疏桐")
    number = candidate.ticket_number

    def start(page: Page) -> dict[str, object]:
        page.goto(reverse("sign-in"))
        page.get_by_role("link", name="首次登录").click()
        page.get_by_label("准考证号").fill(number)
        page.get_by_label("出生日期").fill("1998-03-14")
        page.get_by_role("button", name="下一步").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("设置密码")
        assert findings(page) == []
        return {"cookies": page.context.cookies()}

    state, complaints = in_chromium(start, site)
    code = _code_of_the_latest_first_sign_in(state["cookies"])

    def finish(page: Page) -> str:
        page.context.add_cookies(state["cookies"])
        page.goto(reverse("first-sign-in-code"))
        page.get_by_label("验证码").fill(code)
        page.get_by_label("新密码", exact=True).fill(PASSWORD)
        page.get_by_label("再输一次新密码").fill(PASSWORD)
        page.get_by_role("button", name="设置密码并登录").click()
        expect(page.get_by_text("账户已经启用")).to_be_visible()
        return page.url

    address, more = in_chromium(finish, site)

    assert address == site + reverse("space")
    assert User.objects.get().candidate == candidate
    assert complaints + more == []


def _code_of_the_latest_first_sign_in(cookies) -> str:
    """What the phone gets: the task is run here in the worker's place."""
    key = next(cookie["value"] for cookie in cookies if cookie["name"] == "session")
    session = SessionStore(key)
    activation.send_code(codes.key_of(activation.FIRST, session["first-sign-in"]))
    return re.search(r"\d{6}", OutgoingMessage.objects.get().text)[0]

"""A new member of staff signs in for the first time, by authenticator and by passkey; the account page; a lost phone."""

import re

import pytest
from guardian.shortcuts import assign_perm
from playwright.sync_api import Page

from records.models import User
from records.people import recovery
from records.people.initial import new_person
from records.people.second_factor import code_at, running_step
from tests.factories import PASSWORD, MunicipalityFactory
from tests.journeys.city import COMPLETE
from tests.journeys.conftest import Arrive
from tests.journeys.scenes import CODE, NUMBER, account_of, sign_in
from tests.journeys.visiting import Visitor
from tests.second_factor import current_code

pytestmark = pytest.mark.browser


def newly_made() -> str:
    """A member of staff whom the head has just made; returns the initial password."""
    person, initial = new_person("newcomer", "新同事", by=None)
    assign_perm("records.represent_office", person, MunicipalityFactory())
    return initial


def password_step(visitor: Visitor, name: str, password: str) -> None:
    visitor.open("/sign-in/")
    visitor.type_into(NUMBER, name)
    visitor.type_into("密码", password)
    visitor.page.keyboard.press("Enter")


def own_password(visitor: Visitor) -> None:
    visitor.page.wait_for_url("**/sign-in/password/")
    visitor.stop("password")
    visitor.type_into("新密码", PASSWORD)
    visitor.type_into("再输一次新密码", PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/sign-in/enrol/")
    visitor.stop("enrol")


def codes_put_away(visitor: Visitor) -> list[str]:
    visitor.page.wait_for_url("**/recovery-codes/")
    visitor.stop("codes")
    codes = visitor.page.locator("main ol b").all_inner_texts()
    visitor.page.get_by_role("checkbox").check()
    visitor.press("确认")
    return codes


def virtual_authenticator(page: Page) -> None:
    """A passkey that the browser keeps by itself, its holder always there and verified."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_first_sign_in_by_an_authenticator(arrive: Arrive, phone: bool) -> None:
    initial = newly_made()
    newcomer = arrive("newcomer", phone=phone, themes=("light", "dark"))
    password_step(newcomer, "newcomer", initial)
    own_password(newcomer)
    newcomer.follow("用验证器")
    newcomer.page.wait_for_url("**/authenticator/")
    newcomer.stop("authenticator")
    secret = newcomer.page.locator("#secret").inner_text().replace(" ", "")
    newcomer.type_into(CODE, code_at(secret, running_step()))
    newcomer.page.keyboard.press("Enter")
    codes = codes_put_away(newcomer)
    newcomer.page.wait_for_url("**/desk/")
    newcomer.stop("desk")

    assert len(codes) == recovery.CODES
    assert User.objects.get(username="newcomer").second_factors.get().kind == "totp"


def test_with_an_authenticator_nothing_takes_a_script(arrive: Arrive) -> None:
    initial = newly_made()
    newcomer = arrive("newcomer", script=False)
    newcomer.open("/sign-in/")
    newcomer.field(NUMBER).fill("newcomer")
    newcomer.field("密码").fill(initial)
    newcomer.press("登录")
    newcomer.field("新密码").fill(PASSWORD)
    newcomer.field("再输一次新密码").fill(PASSWORD)
    newcomer.press("设置密码")
    newcomer.follow("用验证器")
    secret = newcomer.page.locator("#secret").inner_text().replace(" ", "")
    newcomer.field(CODE).fill(code_at(secret, running_step()))
    newcomer.press("确认并登记")
    newcomer.page.get_by_role("checkbox").check()
    newcomer.press("确认")

    assert newcomer.page.url.endswith("/desk/")


def test_the_first_sign_in_by_a_passkey_and_the_next_one(arrive: Arrive, web) -> None:
    initial = newly_made()
    web.address = web.address.replace("127.0.0.1", "localhost")  # passkeys belong to names
    newcomer = arrive("newcomer")
    virtual_authenticator(newcomer.page)
    password_step(newcomer, "newcomer", initial)
    own_password(newcomer)
    newcomer.follow("用通行密钥")
    newcomer.page.wait_for_url("**/enrol/passkey/")
    newcomer.stop("passkey")
    newcomer.type_into("名称", "办公电脑")
    newcomer.press("登记通行密钥")
    codes_put_away(newcomer)
    newcomer.page.wait_for_url("**/desk/")
    newcomer.page.get_by_role("button", name="退出").click()
    newcomer.page.wait_for_url(re.compile("/$"))

    password_step(newcomer, "newcomer", PASSWORD)
    newcomer.page.wait_for_url("**/sign-in/factor/")
    newcomer.stop("factor")
    newcomer.press("用通行密钥登录")
    newcomer.page.wait_for_url("**/desk/")

    passkey = User.objects.get(username="newcomer").second_factors.get()
    assert (passkey.kind, passkey.label, passkey.sign_count > 0) == ("passkey", "办公电脑", True)


def test_the_account_page_and_a_lost_phone(arrive: Arrive, city) -> None:
    clerk = arrive("clerk")
    sign_in(clerk, "clerk")
    other = arrive("clerk-elsewhere", phone=True)
    sign_in(other, "clerk")
    person = User.objects.get(username="clerk")

    clerk.follow("账户与安全", within=".kj-topbar")
    clerk.stop("account")
    clerk.press("结束其他全部")
    clerk.page.get_by_text("已经结束别处的全部登录").wait_for()
    other.open("/desk/")
    other.page.wait_for_url("**/sign-in/**")
    other.stop("ended")

    clerk.follow("重新生成")
    clerk.stop("again")
    clerk.type_into("现在的密码", PASSWORD)
    clerk.page.keyboard.press("Enter")
    codes = codes_put_away(clerk)
    clerk.page.get_by_text("新的恢复码已经生效").wait_for()

    password_step(other, "clerk", PASSWORD)
    other.page.wait_for_url("**/sign-in/factor/")
    other.stop("factor")
    other.type_into(CODE, "000000" if current_code(person) != "000000" else "000001")
    other.page.keyboard.press("Enter")
    other.page.get_by_text("数字不对").first.wait_for()
    other.stop("wrong")
    other.follow("用恢复码")
    other.stop("recovery")
    other.type_into("恢复码", codes[0])
    other.page.keyboard.press("Enter")
    other.page.wait_for_url("**/desk/")
    assert "还剩9个" in other.page.locator("body").inner_text()
    other.open("/account/")
    other.stop("account")


def test_the_account_page_of_a_candidate(arrive: Arrive, city) -> None:

    account_of(COMPLETE)
    candidate = arrive("candidate", phone=True)
    sign_in(candidate, COMPLETE.ticket)
    candidate.open("/account/")
    candidate.stop("account")
    candidate.follow("更换密码")
    candidate.stop("password")

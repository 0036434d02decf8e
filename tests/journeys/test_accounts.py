"""By phone: a forgotten password, a slip from the counter, the registration number, the marks of the result day."""

import pytest
from django.utils import timezone

from records.models import User
from records.people import slips
from tests.factories import PASSWORD
from tests.journeys.city import COMPLETE, LEARNER, NEWCOMER
from tests.journeys.conftest import Arrive
from tests.journeys.scenes import NUMBER, account_of, code_for, sign_in
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser

NEW = "eine-neue-strasse-7"
BOTH = ("light", "dark")


def fits_the_window(visitor: Visitor) -> bool:
    return bool(visitor.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_forgotten_password_by_keyboard(arrive: Arrive) -> None:
    account_of(COMPLETE)
    since = timezone.now()
    visitor = arrive("candidate", phone=True, themes=BOTH)
    visitor.open("/sign-in/")
    visitor.stop("sign-in")
    visitor.enter_on(visitor.page.get_by_role("link", name="忘记密码", exact=True))
    visitor.page.wait_for_url("**/forgotten/")
    visitor.stop("forgotten")
    visitor.type_into(NUMBER, COMPLETE.ticket)
    visitor.type_day("出生日期", COMPLETE.birth)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/forgotten/code/")
    visitor.stop("code")
    visitor.type_into("验证码", code_for(COMPLETE, since))
    visitor.type_into("新密码", NEW)
    visitor.type_into("再输一次新密码", NEW)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/space/")

    assert "密码已经重设" in visitor.text()
    sign_in(arrive("again"), COMPLETE.ticket, NEW)


def test_a_slip_opens_the_first_sign_in(arrive: Arrive, city) -> None:
    clerk = User.objects.get(username="clerk")
    _slip, code = slips.issue(NEWCOMER.record(), by=clerk, proof="居民身份证原件")
    visitor = arrive("candidate", phone=True, themes=BOTH)
    visitor.open("/sign-in/")
    visitor.follow("我有账户启用单")
    visitor.stop("slip")
    visitor.type_into(NUMBER, NEWCOMER.ticket)
    visitor.type_day("出生日期", NEWCOMER.birth)
    visitor.type_into("启用单上的代码", slips.grouped(code).lower())
    visitor.type_into("新密码", PASSWORD)
    visitor.type_into("再输一次新密码", PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/space/")

    assert "这张启用单已经用过" in visitor.text()


def test_a_clerk_issues_a_slip(arrive: Arrive, city) -> None:
    clerk = arrive("clerk")
    sign_in(clerk, "clerk")
    clerk.open(f"/candidates/{LEARNER.record().pk}/slip/")
    clerk.stop("form")
    clerk.page.get_by_label("居民身份证原件").check()
    clerk.page.get_by_label("考生本人在场").check()
    with clerk.page.expect_download() as download:
        clerk.page.get_by_role("button", name="生成启用单").click()

    assert download.value.suggested_filename.startswith("slip-")
    clerk.open(f"/candidates/{LEARNER.record().pk}/slip/")
    assert "可使用" in clerk.text()


def test_the_registration_number_and_the_marks(arrive: Arrive) -> None:
    visitor = arrive("visitor", phone=True, themes=BOTH)
    visitor.open("/lookup/")
    visitor.type_into("姓名", NEWCOMER.name)
    visitor.type_into("证件号码", NEWCOMER.identity)
    visitor.page.get_by_label("改为查询报名号").check()
    visitor.press("查询")
    visitor.page.wait_for_selector("#answer")
    visitor.stop("registration-number")
    number = visitor.page.locator("#answer").inner_text().replace(" ", "")
    assert number == NEWCOMER.record().registration_number

    visitor.open("/results/")
    visitor.stop("results-form")
    visitor.type_into("准考证号", COMPLETE.ticket)
    visitor.type_into("证件号码", COMPLETE.identity)
    visitor.press("查询")
    visitor.page.wait_for_selector("#answer")
    visitor.stop("results")
    assert visitor.page.locator("#answer table tbody tr").count() > 0
    assert fits_the_window(visitor)


def test_the_account_page_of_a_candidate_by_phone(arrive: Arrive) -> None:
    account_of(COMPLETE)
    first = arrive("elsewhere")
    sign_in(first, COMPLETE.ticket)
    first.page.get_by_role("button", name="退出").first.click()
    visitor = arrive("candidate", phone=True, themes=BOTH)
    sign_in(visitor, COMPLETE.ticket)
    visitor.open("/account/")
    visitor.stop("account")
    assert "自己退出" in visitor.text()
    visitor.open("/space/contact/phone/")
    visitor.page.wait_for_url("**/account/confirm/**")
    visitor.stop("confirm")
    visitor.type_into("现在的密码", PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/space/contact/phone/")
    visitor.stop("phone")
    visitor.type_into("新手机号码", "13800009999")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/space/contact/code/")
    visitor.stop("codes")

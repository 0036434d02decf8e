"""Nobody acts without a duty: the head adds a colleague and gives a duty; the colleague comes in with it, not without."""

import pytest

from audit.models import Event
from records.models import Office, SecondFactor, User
from records.people import second_factor
from tests.factories import PASSWORD, UserFactory
from tests.journeys.city import LEARNER, UNIVERSITY
from tests.journeys.scenes import CODE, NUMBER, sign_in
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser

OWN_PASSWORD = "seven-quiet-rivers"


@pytest.fixture
def head(city) -> User:
    office = Office.objects.get(code=UNIVERSITY)
    return UserFactory(username="head", full_name="方海平", office=office, roles=["UH"], password=PASSWORD)


def added(head: Visitor) -> str:
    """A colleague is added; returns the initial password, which the page shows once."""
    head.open("/people/")
    head.stop("people")
    head.follow("添加人员")
    head.type_into("姓名", "沈一诺")
    head.type_into("登录名", "shen.yinuo")
    head.stop("add")
    head.press("添加，显示初始密码")
    head.page.get_by_text("初始密码只显示这一次").wait_for()
    head.stop("slip")
    password = head.page.locator("main output").inner_text()
    head.follow("已交给本人，去给予职责")
    head.stop("nothing-yet")
    return password


def given(head: Visitor, duty: str) -> None:
    head.page.locator("main summary", has_text="给予职责").click()
    head.field("职责").select_option(duty)
    head.stop("giving")
    head.page.locator("main details[open]").get_by_role("button").click()
    head.page.get_by_text(f"({duty})").first.wait_for()
    head.stop("given")


def come_in(colleague: Visitor, initial: str) -> None:
    """The first sign-in: a password of one's own, an authenticator, recovery codes put away."""
    colleague.open("/sign-in/")
    colleague.type_into(NUMBER, "shen.yinuo")
    colleague.type_into("密码", initial)
    colleague.page.keyboard.press("Enter")
    colleague.field("新密码").wait_for()
    colleague.stop("own-password")
    colleague.type_into("新密码", OWN_PASSWORD)
    colleague.type_into("再输一次新密码", OWN_PASSWORD)
    colleague.page.keyboard.press("Enter")
    colleague.follow("用验证器")
    colleague.stop("authenticator")
    secret = colleague.page.locator("#secret").inner_text().replace(" ", "")
    colleague.type_into(CODE, second_factor.code_at(secret, second_factor.running_step()))
    colleague.page.keyboard.press("Enter")
    colleague.page.get_by_role("heading", name="恢复码").wait_for()
    colleague.stop("recovery-codes")
    colleague.page.get_by_label("我已经抄下").check()
    colleague.page.locator("main form button[type=submit]").last.click()
    colleague.page.wait_for_url("**/desk/")


def test_a_colleague_is_added_given_a_duty_and_loses_it_at_the_next_click(head, arrive):
    chief = arrive("head")
    sign_in(chief, "head")
    initial = added(chief)

    colleague = arrive("colleague", phone=True)
    come_in(colleague, initial)
    colleague.stop("desk")
    colleague.open(f"/candidates/{LEARNER.record().pk}/")
    colleague.stop("no-duty", status=403)

    given(chief, "U3")
    colleague.open(f"/candidates/{LEARNER.record().pk}/")
    colleague.stop("asked-for-a-purpose")
    assert LEARNER.name not in colleague.text()
    colleague.page.get_by_label("核对考籍材料").check()
    colleague.press("打开考籍")
    colleague.page.get_by_text("本次查阅用途").first.wait_for()
    colleague.stop("with-the-duty")
    assert LEARNER.name in colleague.text()

    person = User.objects.get(username="shen.yinuo")
    chief.page.locator("main").get_by_role("link", name="U3").first.click()
    chief.stop("appointment")
    chief.page.locator("main summary", has_text="收回").click()
    chief.page.locator("main details[open]", has_text="收回").get_by_role("button").click()
    chief.page.get_by_text("以前的职责").wait_for()
    chief.stop("taken")
    colleague.page.reload()
    colleague.stop("outside-again", status=403)

    given_and_taken = Event.objects.filter(subject_table="records_appointment", actor=User.objects.get(username="head"))
    assert given_and_taken.filter(kind="change").count() == 2
    assert SecondFactor.objects.filter(person=person).count() == 1


def test_the_head_does_not_raise_the_head(head, arrive):
    chief = arrive("head")
    sign_in(chief, "head")
    chief.open(f"/people/{User.objects.get(username='head').pk}/")
    chief.stop("oneself")

    assert chief.page.locator("main summary", has_text="给予职责").count() == 0

"""The way to a diploma: the candidate applies, the university writes down what it verified, the city approves; the cohort."""

import pytest

from graduation.models import Diploma, GraduationApplication
from tests.journeys.city import COMPLETE, LEARNER
from tests.journeys.scenes import account_of, sign_in, steps_taken
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser

FINDINGS = {
    "思想品德鉴定": "合格",
    "前置学历": "已核验",
    "姓名、证件号码与证件原件": "符合",
    "毕业照片": "符合",
}


def test_from_the_application_to_the_number_of_the_diploma(city, arrive):
    account_of(COMPLETE)
    candidate = arrive("candidate", phone=True)
    sign_in(candidate, COMPLETE.ticket)
    candidate.stop("space")
    candidate.follow("毕业进度", within="nav")
    candidate.stop("progress")
    apply_to_graduate(candidate)
    case = GraduationApplication.objects.get()

    clerk = arrive("clerk")
    sign_in(clerk, "clerk")
    clerk.follow(case.case_number)
    clerk.stop("case")
    verify(clerk)
    clerk.take("报市自考办")
    clerk.page.get_by_text("已办：报市自考办").wait_for()
    clerk.stop("reported")
    officer = arrive("officer")
    sign_in(officer, "officer")
    officer.stop("desk")
    officer.follow(case.case_number)
    officer.stop("case")
    stale = officer.tab()
    officer.take_twice("批准毕业")
    officer.take_too_late(stale, "批准毕业")
    officer.stop("approved")

    assert (steps_taken(case, "grant"), Diploma.objects.count()) == (1, 1)
    candidate.open(f"/graduation/{case.pk}/")
    candidate.stop("diploma")
    assert Diploma.objects.get().number in candidate.text()


def apply_to_graduate(candidate: Visitor) -> None:
    """By keyboard alone."""
    candidate.follow("申请毕业")
    candidate.stop("form")
    candidate.type_into("自我鉴定", "学习认真，遵守纪律。")
    candidate.tab_to(candidate.page.get_by_label("我已阅读上述须知"))
    candidate.page.keyboard.press("Space")
    candidate.enter_on(candidate.page.get_by_role("button", name="保存并提交"))
    candidate.page.get_by_text("已办：提交").wait_for()
    candidate.stop("submitted")


def verify(clerk: Visitor) -> None:
    """Write down what was looked at; a diploma said to be verified, but not how, comes back with all that was ticked."""
    clerk.page.locator("main summary", has_text="登记核验结果").click()
    clerk.stop("findings")
    for question, answer in FINDINGS.items():
        clerk.page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()
    clerk.press("登记")
    clerk.page.get_by_text("请写明怎样核验的。").first.wait_for()
    clerk.stop("how-verified", status=422)
    clerk.field("前置学历核验方式").fill("学信网在线验证报告")
    clerk.press("登记")
    clerk.page.get_by_text("已办：登记核验结果").wait_for()
    clerk.stop("verified")


def test_a_cohort_is_audited_while_the_bar_shows_how_far_it_is(city, arrive, worker):
    officer = arrive("officer")
    sign_in(officer, "officer")
    officer.follow("毕业审核", within="nav")
    officer.stop("cohorts")
    with worker.held():
        officer.press("开始审核")
        officer.page.get_by_text("刷新进度").wait_for()
        officer.stop("auditing")
        assert "0%" in officer.text()
    officer.page.get_by_text("课程齐").first.wait_for()
    officer.stop("audited")
    assert "3" in officer.page.get_by_role("link", name="已审核").inner_text()
    assert "1" in officer.page.get_by_role("link", name="课程齐").inner_text()
    assert "还差14项" in officer.page.locator("main tr", has_text=LEARNER.name).inner_text()
    officer.follow(COMPLETE.name)
    officer.stop("outcome")
    assert "74" in officer.text()

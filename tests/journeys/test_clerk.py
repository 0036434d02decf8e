"""The clerk's way: a case on the desk goes back, comes again and is recommended; a record is opened for a purpose."""

import pytest

from tests.journeys.city import LEARNER
from tests.journeys.scenes import sent_by_hand, sign_in, steps_taken, submitted_exemption
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser

LACKING = "请补交成绩单背面。"


def arrived(arrive, who: str, number: str = "", **options) -> Visitor:
    """A person signed in at a browser."""
    visitor = arrive(who, **options)
    sign_in(visitor, number or who)
    return visitor


def test_a_case_goes_back_comes_again_and_is_recommended_once(city, arrive):
    case = submitted_exemption(LEARNER)
    clerk = arrived(arrive, "clerk")
    clerk.stop("desk")
    clerk.follow(case.case_number)
    clerk.stop("case")
    assert proof_on(clerk) == ("application/pdf", b"%PDF-")

    clerk.take_by_keyboard("退回补正", LACKING)
    clerk.page.get_by_text("已办：退回补正").wait_for()
    clerk.stop("returned")
    candidate = arrived(arrive, "candidate", LEARNER.ticket, phone=True)
    candidate.stop("space-with-a-returned-case")
    complete(candidate, case.case_number)

    clerk.open("/desk/")
    clerk.follow(case.case_number)
    clerk.stop("again")
    stale = clerk.tab()
    clerk.take_twice("建议准予")
    clerk.take_too_late(stale, "建议准予")
    clerk.stop("recommended")

    case.refresh_from_db()
    assert (case.status, steps_taken(case, "recommend")) == ("municipality", 1)
    assert "准予免考…" not in clerk.text()
    assert sent_by_hand(clerk, f"/exemptions/{case.pk}/steps/grant/") == 403


def test_a_clerk_of_another_university_sees_none_of_it(city, arrive):
    case = submitted_exemption(LEARNER)
    foreigner = arrived(arrive, "foreign")
    foreigner.stop("empty-desk")
    assert "没有等您办的" in foreigner.text()

    for path in (f"/exemptions/{case.pk}/", f"/candidates/{case.candidate_id}/"):
        foreigner.open(path)
        foreigner.stop("not-found", status=404)
        assert LEARNER.name not in foreigner.text()
    foreigner.open("/exemptions/")
    foreigner.stop("empty-list")
    assert case.case_number not in foreigner.text()
    assert sent_by_hand(foreigner, f"/exemptions/{case.pk}/steps/recommend/") == 404


def test_who_opens_a_record_says_why_and_the_candidate_reads_it(city, arrive):
    submitted_exemption(LEARNER)
    clerk = arrived(arrive, "clerk")
    clerk.type_into("查考生", "lzw")
    clerk.page.keyboard.press("Enter")
    clerk.page.get_by_role("heading", name="查考生").wait_for()
    clerk.stop("candidates")
    clerk.follow(LEARNER.name)
    clerk.stop("purpose")
    clerk.tab_to(clerk.page.get_by_label("办理本人申请"))
    clerk.page.keyboard.press("ArrowDown")
    assert clerk.page.get_by_label("考生来访或来电").is_checked()
    clerk.type_into("说明", "核对姓名用字")
    clerk.page.keyboard.press("Enter")
    clerk.page.get_by_text("本次查阅用途").wait_for()
    clerk.stop("record")
    assert LEARNER.identity not in clerk.page.content()

    candidate = arrived(arrive, "candidate", LEARNER.ticket, phone=True)
    candidate.open("/space/reads/")
    candidate.stop("reads")

    assert "南京财经大学" in candidate.text()
    assert "考生来访或来电：核对姓名用字" in candidate.text()


def proof_on(visitor: Visitor) -> tuple[str, bytes]:
    """Kind and first bytes of the proof that the page leads to."""
    address = visitor.page.locator(".kj-docs a").first.get_attribute("href") or ""
    answer = visitor.context.request.get(address)
    return answer.headers["content-type"], answer.body()[:5]


def complete(candidate: Visitor, number: str) -> None:
    """The candidate reads what is lacking, explains, and sends the case off again."""
    candidate.follow("我的申请", within="nav")
    candidate.stop("applications")
    assert "退回补正" in candidate.text()
    candidate.page.locator("main li", has_text=number).get_by_role("link").first.click()
    candidate.stop("returned")
    assert LACKING in candidate.text()
    candidate.follow("去补正")
    candidate.stop("completing")
    candidate.field("申请理由或补正说明").fill("成绩单背面没有内容。")
    candidate.press("保存并提交")
    candidate.page.get_by_text("已办：提交").wait_for()
    candidate.stop("sent-again")

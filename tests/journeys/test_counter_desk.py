"""A district office's counter (L6): a clerk finds who stands there, prints the summary, and can open nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from records.models import Candidate, CounterLookup, User
from tests.factories import PASSWORD, DistrictFactory, UserFactory
from tests.journeys.city import LEARNER, NEWCOMER
from tests.journeys.conftest import Arrive
from tests.journeys.scenes import sign_in
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser


def clerk_of_a_district() -> User:
    office = DistrictFactory(name="玄武区自学考试办公室")
    UserFactory(username="lh", full_name="简正平", office=office, roles=["LH"], password=PASSWORD)
    return UserFactory(username="l6", full_name="安若素", office=office, roles=["L6"], password=PASSWORD)


def ask(visitor: Visitor, number: str, *, kind: str = "居民身份证", name: str = "") -> None:
    visitor.open("/counter/")
    visitor.page.get_by_label("号码种类").select_option(label=kind)
    visitor.page.get_by_label("号码", exact=True).fill(number)
    visitor.field("姓名").fill(name)
    visitor.page.get_by_label("居民身份证原件", exact=True).check()
    visitor.press("查询")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_district_clerk_finds_prints_and_opens_nothing_else(city, arrive: Arrive, phone: bool):
    clerk_of_a_district()
    clerk, head = arrive("clerk", phone=phone), arrive("head", phone=phone)
    sign_in(clerk, "l6")
    clerk.follow("柜台查询", within=".kj-spine")
    clerk.stop("form")
    clerk.press("查询")
    clerk.stop("nothing filled in", status=422)

    ask(clerk, NEWCOMER.ticket, kind="准考证号、考籍号或报名号", name="别人")
    clerk.stop("miss", status=422)
    assert NEWCOMER.phone not in clerk.text()

    ask(clerk, LEARNER.identity)
    expect(clerk.page.get_by_text("71.5分").first).to_be_visible()
    clerk.stop("answer")
    assert LEARNER.identity not in clerk.page.content()
    assert LEARNER.phone[:3] + "****" not in clerk.page.content()
    with clerk.context.expect_event("response", lambda answer: "/counter/print/" in answer.url) as printed:
        clerk.press("打印考籍信息简表")
    assert (printed.value.status, printed.value.headers["content-type"]) == (200, "application/pdf")
    assert CounterLookup.objects.get().certificate is not None

    record = Candidate.objects.get(tickets__number=LEARNER.ticket)
    for path, status in ((f"/candidates/{record.pk}/", 404), ("/candidates/", 403), ("/archive/", 403), ("/counter/1/", 404)):
        clerk.open(path)
        assert LEARNER.name not in clerk.page.content()
        clerk.expect(status)

    sign_in(head, "lh")
    head.follow("今天的柜台查询", within=".kj-spine")
    head.stop("today")
    assert "林**" in head.text()
    assert LEARNER.name not in head.text()

"""Two records of one person: a clerk finds it out, the city decides, and every number leads to the one record."""

import re

import pytest

from records.models import Candidate, MergeRequest, Office
from records.registration import columns
from records.registration.registering import register_person
from records.registration.single import cells_of
from tests.factories import PASSWORD, UserFactory
from tests.journeys.city import LEARNER, MAJOR, REGISTERED_ON, UNIVERSITY
from tests.journeys.scenes import sign_in, steps_taken
from tests.journeys.visiting import Visitor
from tests.proofs import PDF

pytestmark = pytest.mark.browser

GROUNDS = "出入境管理部门证明两个证件为同一人所有。"


@pytest.fixture
def second(city):
    """Whom the counter registered by passport as well."""
    UserFactory(username="verifier", full_name="郑核定", office=Office.objects.municipality(), roles=["OV"], password=PASSWORD)
    passport = {columns.DOCUMENT: "护照", columns.IDENTITY: "XX90000001"}
    cells = cells_of(LEARNER.record(), major=MAJOR, registered=REGISTERED_ON) | passport
    return register_person(cells, Office.objects.get(code=UNIVERSITY))[0]


def arrived(arrive, who: str, **options) -> Visitor:
    visitor = arrive(who, **options)
    sign_in(visitor, who)
    return visitor


def test_from_a_probable_duplicate_to_one_record(second, arrive, tmp_path):
    first, number = LEARNER.record(), second.ticket_number
    clerk = arrived(arrive, "clerk")
    find_out(clerk)
    clerk.press("办理考籍合并")
    clerk.page.wait_for_url("**/edit/")
    clerk.stop("fill")
    assert clerk.field("是同一人的依据").input_value() == GROUNDS
    clerk.field("是同一人的依据").fill("")
    clerk.press("保存并报市自考办")
    clerk.page.get_by_text("该字段是必填项").first.wait_for()
    clerk.stop("nothing-said", status=422)
    clerk.field("是同一人的依据").fill(GROUNDS)
    clerk.press("保存并报市自考办")
    clerk.page.get_by_text("还没有上传材料").first.wait_for()
    clerk.stop("no-proof", status=409)
    clerk.open(f"/merging/{MergeRequest.objects.get().pk}/edit/")
    paper = tmp_path / "同一人证明.pdf"
    paper.write_bytes(PDF)
    clerk.field("上传材料").set_input_files(paper)
    clerk.press("保存并报市自考办")
    clerk.page.get_by_text("已办：报市自考办").wait_for()
    clerk.stop("sent")
    case = MergeRequest.objects.get()
    assert (case.candidate, case.merged) == (first, second)
    assert "核定合并…" not in clerk.text()

    decided(arrived(arrive, "verifier"), case)
    assert steps_taken(case, "merge") == 1
    for held in (number, LEARNER.ticket, second.registration_number, first.registration_number):
        assert Candidate.by_number(held).get() == first
    both_numbers_lead_to_one(clerk, number)
    clerk.open("/registration/duplicates/?decided=1")
    clerk.stop("settled")
    assert LEARNER.name not in clerk.text()  # one record is no pair


def find_out(clerk: Visitor) -> None:
    """The two stand side by side; the clerk says that they are one."""
    clerk.follow("疑似重复", within="nav")
    clerk.stop("duplicates")
    clerk.follow(LEARNER.name)
    clerk.stop("side-by-side")
    clerk.page.get_by_label("同一人", exact=True).check()
    clerk.field("依据").fill(GROUNDS)
    clerk.press("记下判断")
    clerk.page.get_by_role("button", name="办理考籍合并").wait_for()
    clerk.stop("one-person")


def decided(verifier: Visitor, case: MergeRequest) -> None:
    verifier.open("/desk/")
    verifier.stop("desk")
    verifier.follow(case.case_number)
    verifier.stop("case")
    verifier.page.locator("main summary", has_text=re.compile("^核定合并…$")).click()
    verifier.stop("confirm")
    verifier.page.locator("main details[open]").get_by_role("button").click()
    verifier.page.get_by_text("已办：核定合并").wait_for()
    verifier.stop("merged")


def both_numbers_lead_to_one(clerk: Visitor, number: str) -> None:
    for place, held in enumerate((number, LEARNER.ticket)):
        clerk.open("/desk/")
        clerk.type_into("查考生", held)
        clerk.page.keyboard.press("Enter")
        clerk.page.get_by_role("heading", name="查考生").wait_for()
        clerk.stop(f"found-{place}")
        assert clerk.page.locator("main tbody tr").count() == 1
        assert LEARNER.record().identity_mask in clerk.text()

"""Marks that came on paper: two officers key them, by keyboard and blind; they differ, key again, and a third confirms."""

import pytest

from scores.models import KeyedSheet, Mark
from tests.factories import PASSWORD, CourseFactory, MunicipalityFactory, UserFactory
from tests.journeys.city import LEARNER, NEWCOMER
from tests.journeys.scenes import sign_in
from tests.journeys.visiting import Visitor
from tests.working import Worker

pytestmark = pytest.mark.browser


def test_two_people_key_blind_and_a_third_confirms(city, arrive, worker):
    CourseFactory(code="99815", name="补报课程")
    first, second = arrived(arrive, "officer"), arrived(arrive, "second")
    opens(first)
    keys(first, "71", "--")
    keys(second, "17", "--")
    assert KeyedSheet.objects.get().round == 2
    second.stop("they-differ")
    assert "71" in second.text()
    assert "17" in second.text()

    keys_again(second, "71")
    first.open("/scores/keying/")
    first.follow("补报课程")
    keys_again(first, "71")
    first.stop("agreed")
    worker.finish()

    first.follow("打开批次")
    first.stop("not-mine-to-confirm")
    assert "须由另一人确认" in first.text()
    UserFactory(username="third", office=MunicipalityFactory(), roles=["O3"], password=PASSWORD)
    confirms(arrived(arrive, "third"), worker)
    assert Mark.registry.get(course__code="99815", candidate=LEARNER.record()).points == 71


def arrived(arrive, who: str) -> Visitor:
    visitor = arrive(who)
    sign_in(visitor, who)
    return visitor


def opens(officer: Visitor) -> None:
    officer.open("/scores/keying/")
    officer.stop("no-sheets-yet")
    officer.follow("新建录入表")
    officer.stop("new")
    officer.field("考次").fill("2026-10")
    officer.field("课程代码").fill("99815")
    officer.field("准考证号").fill(f"{LEARNER.ticket}\n{NEWCOMER.ticket}")
    officer.field("手工录入的原因").fill("考点补报成绩单")
    officer.press("新建录入表")
    officer.page.get_by_text("还没有人").first.wait_for()
    officer.stop("opened")


def keys(officer: Visitor, *marks: str) -> None:
    """One takes the sheet and goes from line to line by Enter; a wrong mark stays where it was typed."""
    officer.open("/scores/keying/")
    officer.follow("补报课程")
    officer.press("由我录入")
    officer.page.locator("input[data-key]").first.wait_for()
    officer.stop("to-be-keyed")
    keyboard = officer.page.keyboard
    for mark in ("710", marks[1]):
        keyboard.type(mark)
        keyboard.press("Enter")
    keyboard.press("Enter")
    officer.page.get_by_text("有1行没有存").wait_for()
    assert officer.page.locator("input[data-key]").first.input_value() == "710"
    officer.stop("one-is-wrong", status=422)
    keyboard.press("ControlOrMeta+a")
    keyboard.type(marks[0])
    saves(officer)


def keys_again(officer: Visitor, mark: str) -> None:
    officer.follow("录入成绩")
    officer.page.locator("input[data-key]").first.wait_for()
    assert officer.page.locator("input[data-key]").count() == 1
    officer.page.keyboard.type(mark)
    saves(officer)


def saves(officer: Visitor) -> None:
    officer.press("保存")
    officer.page.locator("main summary", has_text="录完").wait_for()
    officer.take("录完，提交比对")
    officer.page.wait_for_load_state("load")


def confirms(officer: Visitor, worker: Worker) -> None:
    officer.open("/scores/batches/")
    officer.follow(f"双人录入{KeyedSheet.objects.get().pk}.csv")
    officer.stop("to-be-confirmed")
    officer.take("确认入库")
    worker.finish()

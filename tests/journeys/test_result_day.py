"""The result day: two people approve for a minute, take it back, publish; a candidate with a phone sees the marks."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from scores.entry.entering import enter
from scores.entry.importing import check, receive, sitting_named
from scores.models import Publication, ResultSheet
from scores.publishing.publication import prepare, publish
from tests.journeys.city import LEARNER, NEWCOMER, marks_file
from tests.journeys.scenes import sent_by_hand, sign_in, steps_taken
from tests.journeys.visiting import Visitor
from tests.patience import until

pytestmark = pytest.mark.browser

SITTING = "2026-10"
PLACES = settings.LOOKUPS_AT_ONCE
COMING = "2026年10月 笔试成绩"


@pytest.fixture
def publication(city, tmp_path):
    """Two marks in the sitting; nobody has asked for their publication."""
    path = marks_file(tmp_path, [[NEWCOMER.ticket, "15040", "66.5", "", ""], [LEARNER.ticket, "04184", "58", "", ""]])
    batch = enter(check(receive(path, sitting_named(SITTING), Publication.Kind.WRITTEN, by=None)[0]))
    return batch.publication


def test_a_minute_is_approved_taken_back_and_the_marks_come_out(publication, arrive, worker):
    officer, second = arrive("officer"), arrive("second")
    candidate = arrive("candidate", phone=True)
    address = f"/scores/batches/publications/{publication.pk}/"
    sign_in(officer, "officer")
    officer.open(address)
    officer.take("提出公布", "人数很少，已核对。")
    officer.page.get_by_text("公布由您提出，须由另一人确认。").wait_for()
    assert sent_by_hand(officer, f"{address}publish/") == 403

    sign_in(second, "second")
    second.open(address)
    approve(second)
    worker.finish()
    second.page.reload()
    second.stop("approved")
    assert "已备好，公布前谁也看不到" in second.text()
    assert ResultSheet.registry.filter(publication=publication).exists()
    candidate.open("/")
    candidate.stop("announced")
    assert COMING in candidate.text()
    assert look_up(candidate) == "没有查到这个考次的成绩。请核对两个号码，并看下面的说明。"

    officer.page.reload()
    officer.stop("waiting")
    officer.take("收回批准", "有一科要再核对。")
    officer.page.get_by_text("待第二人确认").first.wait_for()
    officer.stop("taken-back")
    worker.finish()
    assert not ResultSheet.registry.filter(publication=publication).exists()
    candidate.open("/")
    assert COMING not in candidate.text()

    second.take_too_late(second.page, "收回批准", "这次公布已不在这一步")
    second.open(address)
    with worker.held():
        second.take("确认公布")
        second.page.get_by_text("已公布").first.wait_for()
    worker.finish()
    second.open(address)
    second.stop("published")
    assert "66.5" in look_up(candidate)
    candidate.stop("marks")
    assert (steps_taken(publication, "approve"), steps_taken(publication, "publish")) == (1, 1)


def approve(second: Visitor) -> None:
    """For a minute that is near, told to everybody."""
    second.page.locator("main summary", has_text="批准按时公布").click()
    second.stop("to-approve")
    minute = timezone.localtime() + dt.timedelta(minutes=3)
    second.field("公布时间").fill(f"{minute:%Y-%m-%dT%H:%M}")
    second.page.get_by_role("button", name="批准", exact=True).click()
    second.page.get_by_text("待按时公布").first.wait_for()


def look_up(candidate: Visitor) -> str:
    """Fill in L8 by keyboard, send it with Enter; returns the answer."""
    candidate.open("/results/")
    candidate.type_into("准考证号", NEWCOMER.ticket)
    candidate.type_into("证件号码", NEWCOMER.identity)
    candidate.page.keyboard.press("Enter")
    candidate.page.get_by_role("heading", name="查询结果").wait_for()
    return candidate.page.locator("[data-answer]").inner_text()


def test_who_comes_when_all_places_are_taken_waits_and_then_sees_the_marks(publication, arrive, web, worker, is_out):
    candidate = arrive("candidate", phone=True)
    candidate.open("/results/")
    candidate.type_into("准考证号", NEWCOMER.ticket)
    candidate.type_into("证件号码", NEWCOMER.identity)
    with ThreadPoolExecutor(PLACES) as others:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE scores_sitting IN ACCESS EXCLUSIVE MODE")
            for _ in range(PLACES):
                others.submit(urlopen, f"{web.address}/results/", timeout=60)
            assert until(lambda: _waiting(cursor) == PLACES)
            candidate.page.keyboard.press("Enter")
            candidate.page.get_by_role("heading", name="查询的人很多，请稍候").wait_for()
            candidate.stop("waiting", status=429)
            assert "自动再查一次" in candidate.text()
            assert "66.5" not in candidate.page.content()
        candidate.page.get_by_role("heading", name="查询结果").wait_for()

    assert "66.5" in candidate.page.locator("[data-answer]").inner_text()


@pytest.fixture
def is_out(city, publication, worker):
    """The publication is out, its sheets are there."""
    prepare(publication, by=city.officer, note="已核对")
    publish(publication, by=city.second_officer)
    worker.finish()


def _waiting(cursor) -> int:
    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    return cursor.fetchone()[0]

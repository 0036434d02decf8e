"""Nobody reads unseen: a clerk looks late at night, the head asks and reviews, the candidate sees who looked."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone

from audit.models import Event
from records.access.unusual import detect
from records.models import AccessRequest, Candidate, Office, UnusualReading, User
from tests.factories import PASSWORD, UserFactory
from tests.journeys.city import LEARNER, PEOPLE, UNIVERSITY
from tests.journeys.scenes import account_of, sign_in
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser

DAY = dt.date(2026, 3, 12)
NOTE = "已问过本人：加班核对毕业材料，属实。"


def looked(person: User, candidate: Candidate, hour: int, purpose: str, leave: AccessRequest | None = None) -> None:
    """As if on that day, at that hour."""
    at = timezone.make_aware(dt.datetime.combine(DAY, dt.time(hour, 8)))
    Event.objects.create(
        kind="read", verb="record", at=at, actor=person, office_id=person.office_id, capacity=person.capacity, note=purpose,
        subject_table="records_candidate", candidate_id=candidate.pk, leave_id=leave.pk if leave else None,
    )  # fmt: skip


def urgent_leave(person: User) -> AccessRequest:
    return AccessRequest.objects.create(
        requester=person, office=Office.objects.get(code=UNIVERSITY), purpose="考场医疗急救", urgent_reason="考生突发疾病",
        status="reviewed", ends_at=timezone.make_aware(dt.datetime.combine(DAY, dt.time(23, 0))),
    )  # fmt: skip


@pytest.fixture
def late_looks(city) -> None:
    """A clerk at night at three records, somebody of another post in an emergency at one."""
    for person in PEOPLE:
        looked(city.clerk, person.record(), 22, "核对考籍材料")
    looked(city.clerk, LEARNER.record(), 10, "考生来访或来电：询问毕业时间")
    outsider = UserFactory(office=Office.objects.get(code=UNIVERSITY), roles=["US"], full_name="赵岗外")
    looked(outsider, LEARNER.record(), 21, "考场医疗急救", urgent_leave(outsider))
    detect(DAY, DAY)


def test_a_late_look_is_reviewed_and_seen_by_the_candidate(city, late_looks, arrive, tmp_path):
    UserFactory(username="head", full_name="郑负责", office=Office.objects.get(code=UNIVERSITY), roles=["UH"], password=PASSWORD)
    head = arrive("head", themes=("light", "dark"))
    sign_in(head, "head")
    head.stop("desk")
    assert "待复核的异常查阅" in head.text()
    head.follow("异常查阅", within="nav")
    head.stop("list")
    line = UnusualReading.objects.get(person=city.clerk, pattern="hours")
    head.page.get_by_role("row", name="钱文静").get_by_role("link").first.click()
    head.stop("line")
    for person in PEOPLE:
        assert person.name in head.text()
        assert person.identity not in head.page.content()
    reviewed(head)
    line.refresh_from_db()
    assert line.note == NOTE

    on_the_phone(arrive("candidate", phone=True, themes=("light", "dark")), tmp_path)


def reviewed(head: Visitor) -> None:
    head.page.get_by_text("复核…").click()
    head.type_into("复核意见", NOTE)
    head.stop("review")
    head.page.get_by_role("button", name="确认复核").click()
    head.stop("waiting")
    assert "钱文静" not in head.page.locator("tbody").first.inner_text()


def on_the_phone(candidate: Visitor, folder: Path) -> None:
    account_of(LEARNER)
    sign_in(candidate, LEARNER.ticket)
    candidate.open("/space/reads/")
    candidate.stop("reads")
    shown = candidate.text()
    assert "考生来访或来电：询问毕业时间" in shown
    assert "紧急查阅" in shown
    assert "阅2026-" in shown
    assert "钱文静" not in shown
    assert "考生突发疾病" not in shown
    with candidate.page.expect_download() as download:
        candidate.page.get_by_text("下载表格").click()
    download.value.save_as(folder / "reads.csv")
    rows = list(csv.DictReader((folder / "reads.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["紧急查阅"] for row in rows if row["用途"] == "考场医疗急救"] == ["是"]
    assert len(rows) == 3

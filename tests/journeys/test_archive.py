"""The paper archive's way: files are opened, shelved, a correction's note is filed, and the city receives the report."""

import datetime as dt

import pytest
from django.utils import timezone

from records.archive.filing import file_change_note, file_proof
from records.models import ArchiveReport, Job, Office, PaperFile, PaperItem, User
from tests.factories import PASSWORD, CorrectionFactory, UserFactory
from tests.journeys.city import LEARNER, PEOPLE, REGISTERED_ON, SmallCity
from tests.journeys.scenes import sent_by_hand, sign_in
from tests.journeys.visiting import Visitor

pytestmark = pytest.mark.browser

PLACE = "档案室-03柜-12盒"


def arrived(arrive, who: str, **options) -> Visitor:
    """A person signed in at a browser."""
    visitor = arrive(who, **options)
    sign_in(visitor, who)
    return visitor


def test_files_are_opened_for_everybody_who_registered_and_shelved(city: SmallCity, arrive, worker):
    clerk = arrived(arrive, "clerk")
    clerk.open("/archive/missing/")
    clerk.stop("missing")
    clerk.follow("批量立卷")
    clerk.page.get_by_label("自", exact=True).fill(REGISTERED_ON.isoformat())
    clerk.page.get_by_label("至", exact=True).fill(REGISTERED_ON.isoformat())
    clerk.press("先看人数")
    clerk.stop("how-many")
    clerk.press(f"立卷{len(PEOPLE)}份")
    clerk.page.get_by_role("heading", name="批量立卷").wait_for()
    worker.finish()
    assert Job.objects.get(kind="archive.open-files").outcome == {"opened": len(PEOPLE)}

    clerk.open("/archive/")
    clerk.stop("shelves")
    file = PaperFile.objects.get(candidate=LEARNER.record())
    clerk.follow(file.number)
    clerk.stop("file")
    clerk.page.locator("summary", has_text="上架").click()
    clerk.page.get_by_label("存放位置").fill(PLACE)
    clerk.press("确定")
    clerk.page.get_by_text(f"已移到{PLACE}").wait_for()
    clerk.stop("shelved")
    clerk.follow("封面")
    clerk.stop("label")
    assert file.number in clerk.text()


def test_a_corrections_note_is_owed_until_it_lies_in_the_file(city: SmallCity, arrive):
    case = CorrectionFactory(candidate=LEARNER.record(), status="done")
    file_proof(case, by=city.clerk)
    note = file_change_note(case, by=city.officer)
    clerk = arrived(arrive, "clerk")
    clerk.stop("desk")
    clerk.follow("待归档")
    clerk.stop("owed")
    clerk.follow("打印")
    clerk.stop("note")
    assert "卷内第1件" in clerk.text()
    clerk.open("/archive/owed/")
    clerk.press("已归档")
    clerk.page.get_by_text("已归档：").wait_for()
    clerk.stop("filed")

    note.refresh_from_db()
    assert (note.filed_by, note.filed_on) == (city.clerk, timezone.localdate())
    assert "没有待归档的材料" in clerk.text()

    reader = arrived(arrive, "officer", phone=True)
    reader.open(f"/archive/{note.file_id}/")
    reader.stop("only-looking")
    assert "考生与考籍人员(U3)办理" in reader.text()
    assert sent_by_hand(reader, f"/archive/papers/{note.pk}/take-out/") == 403
    assert PaperItem.objects.get(pk=note.pk).removed_on is None


def test_a_report_is_handed_in_and_received(city: SmallCity, arrive):
    receiver = inspector()
    clerk = arrived(arrive, "clerk")
    clerk.open("/archive/reports/new/")
    clerk.stop("draft")
    clerk.press("上报市自考办")
    clerk.page.get_by_text("已上报市自考办").wait_for()
    clerk.stop("handed-in")

    city_side = arrived(arrive, receiver.username, themes=("light", "dark"))
    city_side.follow("档案报告待签收")
    city_side.stop("overview")
    report = ArchiveReport.objects.get()
    city_side.follow(f"{report.first_day:%Y-%m-%d}")
    city_side.stop("report")
    city_side.press("签收")
    city_side.page.get_by_text("已签收。").wait_for()
    city_side.stop("received")

    report.refresh_from_db()
    assert report.received_by == receiver
    assert report.last_day < timezone.localdate() <= report.last_day + dt.timedelta(days=184)


def inspector() -> User:
    """Somebody of the city with the duty of O2."""
    office = Office.objects.municipality()
    return UserFactory(username="inspector", full_name="何远山", office=office, roles=["O2"], password=PASSWORD)

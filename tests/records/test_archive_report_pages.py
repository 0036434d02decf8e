"""The reports upward as pages: drawn up, handed in, received, opened list by list, as a workbook and on paper."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from records.archive.models import ArchiveReport, PaperFile
from records.models import Candidate, User
from tests.factories import PaperFileFactory, UserFactory
from tests.records.archive_browsing import page, reads


@pytest.fixture
def file(candidate: Candidate) -> PaperFile:
    return PaperFileFactory(candidate=candidate, place="1室-3柜-12盒", number="2026000417")


PERIOD = {"first_day": "2026-01-01", "last_day": "2026-06-30"}


def handed_in(client: Any, clerk: User) -> ArchiveReport:
    client.force_login(clerk)
    shown = client.get("/archive/reports/new/", PERIOD).context["shown"]
    answer = client.post("/archive/reports/new/", {**PERIOD, "shown": shown})
    assert answer.status_code == 302
    return ArchiveReport.objects.get()


def test_a_report_is_drawn_up_handed_in_and_received(client, clerk, city, file, foreign_clerk):
    receiver = UserFactory(office=city, roles=["O2"])
    overview = page(client, receiver, "/archive/reports/")
    assert "未上报" in overview
    report = handed_in(client, clerk)
    again = client.post("/archive/reports/new/", {**PERIOD, "shown": report.sha256})
    assert again.status_code == 409
    assert "已经上报过" in again.content.decode()

    client.force_login(receiver)
    assert "签收" in client.get(f"/archive/reports/{report.pk}/").content.decode()
    client.post(f"/archive/reports/{report.pk}/receive/")
    client.post(f"/archive/reports/{report.pk}/receive/")

    report.refresh_from_db()
    assert report.received_by == receiver
    assert receiver.full_name in page(client, clerk, f"/archive/reports/{report.pk}/")
    client.force_login(foreign_clerk)
    assert client.get(f"/archive/reports/{report.pk}/").status_code == 404


def test_each_figure_opens_its_list_and_later_changes_do_not_touch_it(client, clerk, file):
    PaperFile.objects.filter(pk=file.pk).update(opened_on=dt.date(2026, 3, 1))
    report = handed_in(client, clerk)
    PaperFile.objects.filter(pk=file.pk).update(opened_on=dt.date(2026, 9, 1))

    text = page(client, clerk, f"/archive/reports/{report.pk}/", list="opened")

    assert f'href="/archive/{file.pk}/">{file.number}' in text
    assert page(client, clerk, f"/archive/reports/{report.pk}/", list="moved").count(file.number) == 0


def test_a_report_as_a_workbook_has_a_sheet_for_every_figure(client, clerk, file):
    PaperFile.objects.filter(pk=file.pk).update(opened_on=dt.date(2026, 3, 1))
    report = handed_in(client, clerk)

    answer = client.get(f"/archive/reports/{report.pk}/", {"format": "xlsx"})

    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert len(book.sheetnames) == 11
    summary = dict(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert (summary["新立卷"], summary["移动位置"]) == (1, 0)
    assert [list(row) for row in book["新立卷"].iter_rows(min_row=2, values_only=True)] == [
        [file.number, "2026-03-01", file.place]
    ]
    assert reads("export")[0].details["rows"] == 1


def test_a_report_is_printed_with_its_figures_and_who_received_it(client, clerk, city, file):
    report = handed_in(client, clerk)
    text = page(client, clerk, f"/archive/reports/{report.pk}/print/")
    assert report.sha256 in text
    receiver = UserFactory(office=city, roles=["O2"])
    assert receiver.full_name not in text

    client.force_login(receiver)
    client.post(f"/archive/reports/{report.pk}/receive/")

    assert receiver.full_name in page(client, clerk, f"/archive/reports/{report.pk}/print/")


def test_the_desk_tells_who_receives_reports_that_one_is_in(client, clerk, city, file):
    handed_in(client, clerk)
    client.force_login(UserFactory(office=city, roles=["O2"]))

    assert [count["value"] for count in client.get("/desk/").context["counts"] if count["label"] == "档案报告待签收"] == [1]

"""The shelves as pages: whose files they list, what a search finds, what is exported, and what is written to the trail."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from records.archive import exporting, searching
from records.archive.models import PaperFile
from records.candidates.pinyin import initials, sort_key
from records.models import Candidate, User
from tests.factories import CandidateFactory, PaperFileFactory, PaperItemFactory, RegistrationFactory
from tests.records.archive_browsing import page, reads
from tests.workbooks import rows_in

LIST = "/archive/"


@pytest.fixture
def file(candidate: Candidate) -> PaperFile:
    return PaperFileFactory(candidate=candidate, place="1室-3柜-12盒", number="2026000417")


def named(name: str, **more: Any) -> Candidate:
    return CandidateFactory(name=name, name_key=sort_key(name), name_initials=initials(name), **more)


def test_a_university_lists_its_own_and_the_city_all(client, file, clerk, foreign_clerk, officer, other_university):
    strange = PaperFileFactory(candidate__managing_university=other_university)

    for person, seen, hidden in ((clerk, [file], [strange]), (foreign_clerk, [strange], [file]), (officer, [file, strange], [])):
        text = page(client, person, LIST)
        assert all(each.number in text for each in seen)
        assert not any(each.number in text or each.candidate.name in text for each in hidden)


@pytest.mark.parametrize("query", ["许疏", "xss", "xushu", "2026000417", "{ticket}", "{record}"])
def test_a_search_finds_by_name_spelling_and_number_and_leaves_a_hashed_term(client, clerk, university, query):
    found = named("许疏桐", managing_university=university, record_number="204182675")
    PaperFileFactory(candidate=found, number="2026000417")
    other = PaperFileFactory(candidate=named("白露", managing_university=university))
    term = query.format(ticket=found.ticket_number, record=found.record_number)
    if query == "xss":
        term = found.name_initials

    text = page(client, clerk, LIST, q=term)

    assert "许疏桐" in text
    assert other.candidate.name not in text
    [event] = reads("search")
    assert (event.details["shown"], event.note) == (1, "管理纸质档案")
    assert term not in str(event.details)


def test_an_identity_number_is_not_searched_for(client, clerk, file):
    number = file.candidate.identity_number

    text = page(client, clerk, LIST, q=number)

    assert number not in text
    assert file.number not in text
    assert "没有查" in text


@pytest.mark.parametrize(
    ("show", "numbers"), [("", {"1", "2", "3", "4"}), ("unplaced", {"1"}), ("owed", {"2"}), ("removed", {"3"}), ("moving", {"4"})]
)
def test_the_list_is_narrowed_to_what_is_to_be_done(clerk, university, other_university, show, numbers):
    def lying(number: str, **more: Any) -> PaperFile:
        return PaperFileFactory(candidate=CandidateFactory(managing_university=university), number=number, **more)

    lying("1")
    PaperItemFactory(file=lying("2", place="甲"), filed_on=None)
    PaperItemFactory(file=lying("3", place="乙"), removed_on=dt.date(2026, 1, 1), removed_because="借出")
    lying("4", place="丙", handed_to=other_university, handed_on=dt.date(2026, 1, 1))

    coming = PaperFileFactory(
        candidate__managing_university=other_university, handed_to=university, handed_on=dt.date(2026, 1, 1)
    )

    found = {file.number for file in searching.files_of(clerk, show)}
    assert found == numbers | ({coming.number} if show == "moving" else set())


def test_a_place_lists_everything_below_it(client, clerk, university):
    for place in ("1室-3柜", "1室-3柜-2盒", "1室-4柜"):
        PaperFileFactory(candidate=CandidateFactory(managing_university=university), place=place, number=f"号{place[3:]}")

    text = page(client, clerk, LIST, place="1室-3柜")

    assert "号3柜" in text
    assert "号3柜-2盒" in text
    assert "号4柜" not in text


def test_pages_go_on_by_key_in_the_order_of_the_shelves(client, clerk, university, monkeypatch):
    monkeypatch.setattr(searching, "PAGE", 2)
    for place, number in (("乙", "2"), ("甲", "9"), ("甲", "3"), ("乙", "1"), ("丙", "5")):
        PaperFileFactory(candidate=CandidateFactory(managing_university=university), place=place, number=number)
    client.force_login(clerk)
    seen, address = [], LIST

    for _ in range(4):
        answer = client.get(address)
        seen += [(file.place, file.number) for file in answer.context["rows"]]
        if not answer.context["pages"].next_url:
            break
        address = LIST + answer.context["pages"].next_url

    assert seen == sorted([("丙", "5"), ("乙", "1"), ("乙", "2"), ("甲", "3"), ("甲", "9")])


def test_twenty_files_take_as_many_queries_as_one(client, clerk, university):
    client.force_login(clerk)
    PaperFileFactory(candidate=CandidateFactory(managing_university=university))
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _ in range(19):
        PaperFileFactory(candidate=CandidateFactory(managing_university=university))
    with CaptureQueriesContext(connection) as twenty:
        client.get(LIST)

    assert len(twenty) == len(one)


def exported(client: Any, person: User, suffix: str, **query: str) -> list[list[Any]]:
    client.force_login(person)
    answer = client.get(f"/archive/export.{suffix}", query)
    content = b"".join(answer.streaming_content)
    if suffix == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return rows_in(content)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_export_is_exactly_the_list_and_a_read(client, clerk, university, other_university, suffix):
    shown = PaperFileFactory(candidate=CandidateFactory(managing_university=university), place="甲-1")
    PaperItemFactory(file=shown, pages=3)
    PaperItemFactory(file=shown, pages=4, filed_on=None)
    PaperFileFactory(candidate=CandidateFactory(managing_university=university), place="乙-1")
    PaperFileFactory(candidate__managing_university=other_university, place="甲-1")

    titles, *rows = exported(client, clerk, suffix, place="甲")

    assert titles[1:4] == ["存放位置", "档案编号", "姓名"]
    [row] = rows
    assert row[1:4] == ["甲-1", shown.number, shown.candidate.name]
    assert [int(cell) for cell in row[7:10]] == [1, 3, 1]
    [event] = reads("export")
    assert (event.details["rows"], event.details["format"]) == (1, suffix)


def test_what_a_spreadsheet_would_compute_stays_text(client, clerk, university):
    PaperFileFactory(candidate=CandidateFactory(managing_university=university, name="=1+1"), place="甲")

    assert exported(client, clerk, "csv")[1][3] == "'=1+1"
    assert exported(client, clerk, "xlsx")[1][3] == "=1+1"


def test_a_list_too_long_for_a_workbook_is_offered_as_text(client, clerk, file, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_IN_A_WORKBOOK", 0)
    client.force_login(clerk)

    assert client.get("/archive/export.xlsx").status_code == 409
    assert len(exported(client, clerk, "csv")) == 2
    assert client.get("/archive/export.pdf").status_code == 404


def test_who_has_no_file_is_listed_until_it_is_opened(client, clerk, candidate, other_university):
    hosted = CandidateFactory(managing_university=other_university)
    RegistrationFactory(candidate=hosted, university=candidate.managing_university)
    text = page(client, clerk, "/archive/missing/")
    assert candidate.name in text
    assert hosted.name not in text

    answer = client.post(f"/archive/open/{candidate.pk}/", {"place": "1室-3柜", "number": ""})

    file = PaperFile.objects.get(candidate=candidate)
    assert (answer.status_code, answer.url, file.place) == (302, f"/archive/{file.pk}/", "1室-3柜")
    assert candidate.name not in page(client, clerk, "/archive/missing/")
    assert client.post(f"/archive/open/{candidate.pk}/", {"place": "别处"}).url == f"/archive/{file.pk}/"
    assert PaperFile.objects.get().place == "1室-3柜"

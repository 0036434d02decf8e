"""The pages of the paper archive: whose files they list, what a search finds, what is exported, printed, written to the trail."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from audit.models import Event
from records.archive import exporting, searching
from records.archive.filing import file_change_note
from records.archive.models import ArchiveReport, PaperFile, PaperItem
from records.candidates.pinyin import initials, sort_key
from records.corrections.workflow import CORRECTION
from records.models import Candidate, CorrectionRequest, Job, User
from tests.factories import (
    CandidateFactory,
    CorrectionFactory,
    PaperFileFactory,
    PaperItemFactory,
    RegistrationFactory,
    UserFactory,
)

LIST = "/archive/"


@pytest.fixture
def file(candidate: Candidate) -> PaperFile:
    return PaperFileFactory(candidate=candidate, place="1室-3柜-12盒", number="2026000417")


def named(name: str, **more: Any) -> Candidate:
    return CandidateFactory(name=name, name_key=sort_key(name), name_initials=initials(name), **more)


def page(client: Any, person: User, address: str, **query: str) -> str:
    client.force_login(person)
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def reads(verb: str) -> list[Event]:
    return list(Event.objects.filter(kind="read", verb=verb, outcome="done"))


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

    found = searching.files_of(clerk).filter(searching.showing(show))
    assert {file.number for file in found} == numbers


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
    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]


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


@pytest.mark.parametrize(("number", "code"), [("77", 422), ("7 7", 422), ("x" * 31, 422), ("旧-7", 422), ("B-77", 302)])
def test_a_number_of_ones_own_is_taken_or_said_why_not(client, clerk, candidate, number, code):
    PaperFileFactory(candidate=CandidateFactory(managing_university=candidate.managing_university), number="77")
    client.force_login(clerk)

    assert client.post(f"/archive/open/{candidate.pk}/", {"place": "", "number": number}).status_code == code
    assert PaperFile.objects.filter(candidate=candidate).exists() is (code == 302)


def test_opening_a_file_is_a_read_of_the_candidate(client, officer, file):
    page(client, officer, f"/archive/{file.pk}/")

    [event] = reads("paper-file")
    assert (event.candidate_id, event.note, event.actor) == (file.candidate_id, "管理纸质档案", officer)


def test_the_file_says_what_is_in_it_and_what_happened(client, clerk, file):
    PaperItemFactory(file=file, title="报名登记表", pages=2)
    client.force_login(clerk)
    client.post(f"/archive/{file.pk}/move/", {"place": "2室-1柜-1盒"})
    client.post(f"/archive/{file.pk}/papers/", {"kind": "identity", "title": "身份证复印件", "pages": "3"})

    text = page(client, clerk, f"/archive/{file.pk}/")

    for words in ("2室-1柜-1盒", "报名登记表", "身份证复印件", "3–5", "在卷共5页", "1室-3柜-12盒 → 2室-1柜-1盒", clerk.full_name):
        assert words in text


BAD_PLACES = [{"place": place} for place in ("", "待上架", "x" * 61)]
BAD_PAPERS = [
    {"kind": kind, "title": title, "pages": pages}
    for kind, title, pages in (
        ("proof", "题名", "1"),
        ("change-note", "题名", "1"),
        ("nothing", "题名", "1"),
        ("other", "", "1"),
        ("other", "题名", "0"),
        ("other", "题名", "10000"),
    )
]


@pytest.mark.parametrize(("what", "body"), [*(("move", body) for body in BAD_PLACES), *(("papers", body) for body in BAD_PAPERS)])
def test_what_was_typed_wrong_is_shown_again_and_changes_nothing(client, clerk, file, what, body):
    client.force_login(clerk)

    assert client.post(f"/archive/{file.pk}/{what}/", body).status_code == 422
    file.refresh_from_db()
    assert (file.place, file.items.count()) == ("1室-3柜-12盒", 0)


def test_who_may_only_look_sees_no_buttons(client, officer, university, file):
    paper = PaperItemFactory(file=file)
    reader = UserFactory(office=university, roles=["U4"])

    for person in (officer, reader):
        for address in (f"/archive/{file.pk}/", f"/archive/papers/{paper.pk}/"):
            text = page(client, person, address)
            assert "考生与考籍人员(U3)办理" in text
            assert 'action="/archive' not in text


def test_a_paper_is_taken_out_with_a_reason_and_stays_in_the_list(client, clerk, file):
    paper = PaperItemFactory(file=file, title="报名登记表")
    client.force_login(clerk)
    step = f"/archive/papers/{paper.pk}/"

    assert client.post(f"{step}take-out/", {"note": ""}).status_code == 409
    assert client.post(f"{step}take-out/", {"note": "借出复印"}).status_code == 302
    assert client.post(f"{step}take-out/", {"note": "再借"}).status_code == 409
    assert client.post(f"{step}nothing/").status_code == 404

    text = page(client, clerk, f"/archive/{file.pk}/contents/")
    assert "取出：借出复印" in text
    assert client.post(f"{step}put-back/").status_code == 302
    assert "借出复印" not in page(client, clerk, f"/archive/{file.pk}/contents/")


@pytest.fixture
def carried_out(university, city, candidate_user, clerk) -> CorrectionRequest:
    """A correction of the name that went through all hands."""
    verifier, editor = UserFactory(office=city, roles=["OV"]), UserFactory(office=city, roles=["OE"])
    case = CorrectionFactory(candidate=candidate_user.candidate)
    CORRECTION.take("submit", case, by=candidate_user)
    CORRECTION.take("check", case, by=clerk, facts={"original_seen": True})
    CORRECTION.take("verify", case, by=verifier, facts={"editor": editor})
    CORRECTION.take("carry-out", case, by=editor)
    case.refresh_from_db()
    return case


def test_a_correction_leaves_its_proof_and_owes_its_note(client, carried_out, clerk):
    text = page(client, clerk, "/archive/owed/")
    note = PaperItem.objects.get(kind="change-note")
    assert carried_out.case_number in text
    assert [(each.kind, each.filed_on is None) for each in PaperItem.objects.order_by("pk")] == [
        ("proof", False),
        ("change-note", True),
    ]

    first = client.post(f"/archive/papers/{note.pk}/confirm/", {"next": "owed"})
    second = client.post(f"/archive/papers/{note.pk}/confirm/", {"next": "owed"})

    assert (first.status_code, first.url, second.status_code) == (302, "/archive/owed/", 409)
    assert carried_out.case_number not in page(client, clerk, "/archive/owed/")
    note.refresh_from_db()
    assert (note.filed_by, note.filed_on) == (clerk, timezone.localdate())


def test_the_desk_counts_what_is_owed_for_who_keeps_the_files(client, carried_out, clerk, foreign_clerk, officer):
    def figure(person: User) -> list[int]:
        client.force_login(person)
        return [count["value"] for count in client.get("/desk/").context["counts"] if count["label"] == "待归档"]

    assert (figure(clerk), figure(foreign_clerk), figure(officer)) == ([1], [0], [])


def test_the_note_says_what_was_changed_on_which_proof_by_whose_hands(client, carried_out, clerk):
    note = PaperItem.objects.get(kind="change-note")

    text = page(client, clerk, f"/archive/papers/{note.pk}/note/")

    change = carried_out.changes.get()
    people = [event.actor.full_name for event in carried_out.events.steps()]
    assert len(people) == 4
    for words in (carried_out.case_number, change.before_mask, change.after_mask, "卷内第1件", *people, "核对原件", "归档人签字"):
        assert words in text
    [event] = [each for each in reads("paper-file") if each.note == carried_out.case_number]
    assert event.candidate_id == carried_out.candidate_id


def test_a_note_shows_an_identity_number_masked(client, clerk, candidate):
    number = "11010519491231002X"
    case = CorrectionFactory(candidate=candidate, changes={"document": f"resident:{number}"}, status="done")
    note = file_change_note(case, by=clerk)

    text = page(client, clerk, f"/archive/papers/{note.pk}/note/")

    assert number not in text
    assert candidate.identity_number not in text
    assert case.changes.get().after_mask in text


def test_only_a_change_note_is_printed_as_one(client, clerk, file):
    client.force_login(clerk)

    assert client.get(f"/archive/papers/{PaperItemFactory(file=file).pk}/note/").status_code == 404


def test_the_label_has_the_number_as_qr_and_no_identity_number(client, clerk, file):
    text = page(client, clerk, f"/archive/{file.pk}/label/")

    assert "<svg" in text
    assert file.number in text
    assert file.candidate.ticket_number in text
    assert file.candidate.identity_mask not in text


def test_the_list_of_a_box_has_what_lies_in_it_alone(client, clerk, university, file):
    beside = PaperFileFactory(candidate=CandidateFactory(managing_university=university), place="1室-3柜-13盒")

    text = page(client, clerk, "/archive/box/", place="1室-3柜-12盒")

    assert file.number in text
    assert beside.number not in text
    assert client.get("/archive/box/", {"place": "空盒"}).status_code == 404


def test_a_box_is_looked_at_and_moved_and_a_second_press_moves_nothing(client, clerk, file):
    wanted = {"place": "1室-3柜-12盒", "target": "2室-1柜-1盒"}
    text = page(client, clerk, "/archive/move/", **wanted)
    assert "共<b>1</b>卷" in text

    first = client.post("/archive/move/", {**wanted, "expected": "1"})
    second = client.post("/archive/move/", {**wanted, "expected": "1"})

    assert (first.status_code, second.status_code) == (302, 409)
    file.refresh_from_db()
    assert file.place == "2室-1柜-1盒"


@pytest.mark.parametrize("expected", ["", "x", "-1", "9" * 12, "2"])
def test_a_count_that_was_not_shown_moves_nothing(client, clerk, file, expected):
    client.force_login(clerk)
    wanted = {"place": file.place, "target": "2室", "expected": expected}

    assert client.post("/archive/move/", wanted).status_code == 409
    file.refresh_from_db()
    assert file.place == "1室-3柜-12盒"


def test_files_of_a_period_are_opened_after_a_look_and_once(client, clerk, candidate):
    RegistrationFactory(candidate=candidate, registered_on=dt.date(2026, 9, 1))
    wanted = {"first_day": "2026-09-01", "last_day": "2026-09-30", "place": ""}
    assert "<b>1</b>人" in page(client, clerk, "/archive/open/", **wanted)

    stale = client.post("/archive/open/", {**wanted, "expected": "2"})
    answer = client.post("/archive/open/", {**wanted, "expected": "1"})

    job = Job.objects.get()
    assert (stale.status_code, answer.status_code, answer.url) == (409, 302, f"/jobs/{job.pk}/")
    assert (job.office, job.parameters["expected"], job.parameters["place"]) == (candidate.managing_university, 1, "待上架")


def test_a_period_that_ends_before_it_begins_is_refused(client, clerk):
    client.force_login(clerk)

    for address in ("/archive/open/", "/archive/reports/new/"):
        assert client.get(address, {"first_day": "2026-09-02", "last_day": "2026-09-01"}).status_code == 422


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

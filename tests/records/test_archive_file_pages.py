"""One paper file as a page, whole boxes, and what is printed: who may press what, what is refused, what stands on the paper."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from records.archive.filing import file_change_note
from records.archive.models import PaperFile, PaperItem
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
from tests.records.archive_browsing import page, reads


@pytest.fixture
def file(candidate: Candidate) -> PaperFile:
    return PaperFileFactory(candidate=candidate, place="1室-3柜-12盒", number="2026000417")


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

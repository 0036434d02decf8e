"""Pages of corrections over HTTP: who sees what, what a form keeps, the counter, the printed form, kinds, and the API."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from graduation.facts import FOLLOWER
from graduation.following import renew_verdicts
from graduation.snapshots import audits_of
from records.corrections.history import corrected_fields
from records.corrections.workflow import CORRECTION
from records.models import CorrectionKind, CorrectionRequest, CreditChange, Document, FeedCursor, OutgoingMessage, User
from tests.factories import (
    CandidateFactory,
    CorrectionFactory,
    CorrectionKindFactory,
    DocumentFactory,
    GraduationFactory,
    UserFactory,
    identity_number,
    lay_down_correction_kinds,
)
from tests.proofs import PDF, jpeg


@pytest.fixture(autouse=True)
def first_kinds(db):
    lay_down_correction_kinds()


@pytest.fixture(autouse=True)
def isolated_proofs(settings, tmp_path):
    settings.PROOF_ROOT = tmp_path / "proofs"


@pytest.fixture
def as_person(client):
    """``as_person(user)`` signs the browser in."""

    def sign_in(user):
        client.force_login(User.objects.get(pk=user.pk))
        return client

    return sign_in


@pytest.fixture
def desk(city, university):
    """Everybody whose duty a correction is."""
    return {
        "clerk": UserFactory(office=university, roles=["U3"]),
        "verifier": UserFactory(office=city, roles=["OV"]),
        "head": UserFactory(office=city, roles=["OH"]),
        "editor": UserFactory(office=city, roles=["OE"]),
        "second editor": UserFactory(office=city, roles=["OE"]),
    }


def proof(name="证件.pdf"):
    return SimpleUploadedFile(name, PDF, "application/pdf")


def step(browser, case, name, **body):
    return browser.post(reverse("corrections:step", args=[case.pk, name]), body)


def test_a_candidate_applies_in_one_go(as_person, candidate, candidate_user):
    browser = as_person(candidate_user)

    page = browser.get(reverse("corrections:kinds"))
    assert "姓名更正" in page.content.decode()
    assert candidate.managing_university.title in page.content.decode()
    answer = browser.post(
        reverse("corrections:new", args=["name-correction"]),
        {"name": " 林 知秋 ", "reason": "同音字", "proof0": proof(), "proof1": proof("户口簿.pdf"), "submit": "1"},
    )

    case = CorrectionRequest.objects.get()
    assert answer.status_code == 302
    assert (case.status, case.started_by, case.started_by_office) == ("university", candidate_user, False)
    assert case.changes.get().after == "林 知秋"
    assert {each.label for each in case.proofs.all()} == {"居民身份证正反面", "户口簿本人页"}


def test_a_draft_keeps_what_was_uploaded_beside_a_fault(as_person, candidate, candidate_user):
    browser = as_person(candidate_user)

    page = browser.post(
        reverse("corrections:new", args=["name-correction"]), {"name": "林3", "reason": "写错", "proof0": proof()}
    )

    assert page.status_code == 422
    assert not CorrectionRequest.objects.exists()
    document = Document.objects.get()
    assert str(document.key) in page.content.decode()
    browser.post(
        reverse("corrections:new", args=["name-correction"]),
        {"name": "林知秋", "reason": "写错", "proof0_kept": str(document.key)},
    )
    assert CorrectionRequest.objects.get().proofs.get().document == document


def test_somebody_elses_upload_is_not_taken_by_its_key(as_person, candidate, candidate_user):
    foreign = DocumentFactory()

    as_person(candidate_user).post(
        reverse("corrections:new", args=["name-correction"]),
        {"name": "林知秋", "reason": "写错", "proof0_kept": str(foreign.key)},
    )

    assert not CorrectionRequest.objects.filter(proofs__document=foreign).exists()


def test_what_is_missing_is_named_and_the_draft_stays(as_person, candidate, candidate_user):
    page = as_person(candidate_user).post(
        reverse("corrections:new", args=["name-correction"]), {"name": "林知秋", "reason": "写错", "submit": "1"}
    )

    assert page.status_code == 409
    assert "还缺材料：居民身份证正反面、户口簿本人页" in page.content.decode()
    assert CorrectionRequest.objects.get().status == "draft"


def test_the_number_is_never_sent_back_and_stays_unless_typed_anew(as_person, candidate, candidate_user):
    browser = as_person(candidate_user)
    new = identity_number(candidate.pk + 9)
    browser.post(
        reverse("corrections:new", args=["document-number"]),
        {"document_kind": "resident", "document_number": new, "reason": "录错", "proof0": proof()},
    )
    case = CorrectionRequest.objects.get()
    address = reverse("corrections:edit", args=[case.pk])

    page = browser.get(address).content.decode()
    assert new not in page
    assert candidate.identity_number not in page
    browser.post(address, {"document_kind": "resident", "document_number": "", "reason": "录错，补材料"})
    assert case.changes.get().after == f"resident:{new}"
    case.refresh_from_db()
    assert case.reason == "录错，补材料"


def test_a_photo_is_asked_for_by_an_upload(as_person, candidate, candidate_user, desk):
    browser = as_person(candidate_user)

    refused = browser.post(reverse("corrections:new", args=["photo"]), {"photo": proof(), "reason": "旧照片", "proof0": proof()})
    assert refused.status_code == 422
    browser.post(
        reverse("corrections:new", args=["photo"]),
        {"photo": SimpleUploadedFile("照片.jpg", jpeg(), "image/jpeg"), "reason": "旧照片", "proof0": proof(), "submit": "1"},
    )
    case = CorrectionRequest.objects.get()
    assert case.status == "university"
    CORRECTION.take("check", case, by=desk["clerk"], facts={"original_seen": True})
    CORRECTION.take("verify", case, by=desk["verifier"], facts={"editor": desk["editor"]})
    CORRECTION.take("carry-out", case, by=desk["editor"])

    candidate.refresh_from_db()
    assert candidate.photo.content_type == "image/jpeg"


def test_one_case_of_a_kind_at_a_time(as_person, candidate, candidate_user):
    case = CorrectionFactory(candidate=candidate, kind=CorrectionKind.objects.get(code="name-correction"))

    answer = as_person(candidate_user).get(reverse("corrections:new", args=["name-correction"]))

    assert answer.url == reverse("corrections:detail", args=[case.pk])


def test_a_reason_holds_no_number(as_person, candidate, candidate_user):
    body = {"name": "林知秋", "reason": f"证件是{identity_number(5)}"}

    page = as_person(candidate_user).post(reverse("corrections:new", args=["name-correction"]), body)

    assert page.status_code == 422
    assert not CorrectionRequest.objects.exists()


def test_the_whole_way_by_pages(as_person, candidate, candidate_user, desk):
    case = CorrectionFactory(candidate=candidate, status="draft")

    step(as_person(candidate_user), case, "submit")
    unseen = step(as_person(desk["clerk"]), case, "check")
    assert unseen.status_code == 422
    step(as_person(desk["clerk"]), case, "check", original_seen="on")
    offered = as_person(desk["verifier"]).get(reverse("corrections:detail", args=[case.pk])).content.decode()
    assert desk["editor"].full_name in offered
    assert "核定，报负责人审批" not in offered
    step(as_person(desk["verifier"]), case, "verify", editor=desk["editor"].pk)
    page = as_person(desk["editor"]).get(reverse("corrections:detail", args=[case.pk])).content.decode()
    assert "林知秋" in page
    assert "<ins>" in page
    done = step(as_person(desk["editor"]), case, "carry-out")

    candidate.refresh_from_db()
    assert (done.status_code, candidate.name) == (302, "林知秋")


def test_an_editor_who_was_not_named_is_refused_and_it_is_noted(as_person, candidate, desk):
    case = CorrectionFactory(candidate=candidate, status="editor", original_seen=True, editor=desk["editor"])

    answer = step(as_person(desk["second editor"]), case, "carry-out")

    assert answer.status_code == 403
    candidate.refresh_from_db()
    assert candidate.name != "林知秋"
    assert Event.objects.filter(kind="step", verb="carry-out", outcome="denied", actor=desk["second editor"]).exists()


def test_numbers_stand_in_full_on_no_page_but_the_print(as_person, candidate, candidate_user, desk):
    old, new = candidate.identity_number, identity_number(candidate.pk + 9)
    case = CorrectionFactory(
        candidate=candidate,
        kind=CorrectionKindFactory(fields=["document"]),
        changes={"document": f"resident:{new}"},
        status="editor",
        original_seen=True,
        editor=desk["editor"],
    )
    everybody = [candidate_user, *desk.values()]
    for person in everybody:
        for address in (reverse("corrections:detail", args=[case.pk]), reverse("corrections:list")):
            page = as_person(person).get(address).content.decode()
            assert old not in page
            assert new not in page
    printed = {
        person.pk: as_person(person).get(reverse("corrections:print", args=[case.pk])).content.decode() for person in everybody
    }

    in_full = {pk for pk, page in printed.items() if old in page and new in page}
    assert in_full == {desk["clerk"].pk, desk["editor"].pk}
    assert all(old not in page and new not in page for pk, page in printed.items() if pk not in in_full)
    noted = Event.objects.filter(kind="read", verb="print", candidate_id=candidate.pk)
    assert {event.actor_id for event in noted.filter(details__numbers_in_full=True)} == in_full
    assert noted.count() == len(desk)
    assert all(event.note == case.case_number for event in noted)


def test_the_digits_that_differ_are_named_by_their_places(as_person, candidate, desk):
    old = candidate.identity_number
    case = CorrectionFactory(
        candidate=candidate, changes={"document": f"resident:{old[:16]}{(int(old[16]) + 2) % 10}{old[17]}"}, status="university"
    )

    page = as_person(desk["clerk"]).get(reverse("corrections:detail", args=[case.pk])).content.decode()

    assert "第17位不同" in page


def test_the_list_of_an_office_and_the_candidates_own(as_person, candidate, candidate_user, desk, other_university):
    mine = CorrectionFactory(candidate=candidate, status="university")
    draft = CorrectionFactory(candidate=candidate)
    elsewhere = CorrectionFactory(candidate=CandidateFactory(managing_university=other_university), status="university")

    by_clerk = as_person(desk["clerk"]).get(reverse("corrections:list")).content.decode()
    by_candidate = as_person(candidate_user).get(reverse("corrections:list")).content.decode()

    assert mine.case_number in by_clerk
    assert draft.case_number not in by_clerk
    assert elsewhere.case_number not in by_clerk
    assert mine.case_number in by_candidate
    address = reverse("corrections:detail", args=[draft.pk])
    assert f'href="{address}"' in by_candidate


@pytest.mark.parametrize("rows", [1, 12])
def test_a_list_costs_the_same_for_any_number_of_rows(as_person, desk, university, rows, django_assert_max_num_queries):
    for _ in range(rows):
        CorrectionFactory(candidate=CandidateFactory(managing_university=university), status="university")
    browser = as_person(desk["clerk"])
    browser.get(reverse("corrections:list"))

    with django_assert_max_num_queries(32):
        browser.get(reverse("corrections:list"))


def serve(browser, number):
    return browser.post(reverse("corrections:counter"), {"number": number, "shown": "card", "present": "on"})


def test_at_the_counter_a_clerk_applies_for_the_candidate(as_person, candidate, desk):
    browser = as_person(desk["clerk"])

    found = serve(browser, candidate.ticket_number)
    assert found.url == reverse("corrections:counter-kinds", args=[candidate.pk])
    assert "姓名更正" in browser.get(found.url).content.decode()
    browser.post(
        reverse("corrections:counter-new", args=[candidate.pk, "name-correction"]),
        {"name": "林知秋", "reason": "同音字", "proof0": proof(), "proof1": proof("户口簿.pdf"), "submit": "1"},
    )

    case = CorrectionRequest.objects.get()
    assert (case.status, case.started_by, case.started_by_office) == ("university", desk["clerk"], True)
    assert [event.verb for event in case.events.steps()] == ["lodge"]
    looks = Event.objects.filter(kind="read", verb="counter", candidate_id=candidate.pk)
    assert looks.exists()
    assert all("考生本人在场，出示居民身份证原件" in event.note for event in looks)
    assert OutgoingMessage.objects.get().to == candidate.phone


def test_the_counter_finds_only_whom_the_university_manages(as_person, desk, other_university):
    stranger = CandidateFactory(managing_university=other_university)
    browser = as_person(desk["clerk"])

    answer = serve(browser, stranger.ticket_number)

    assert answer.status_code == 422
    assert stranger.name not in answer.content.decode()
    assert browser.get(reverse("corrections:counter-kinds", args=[stranger.pk])).status_code == 404
    searched = Event.objects.get(kind="read", verb="search")
    assert stranger.ticket_number not in f"{searched.details} {searched.note}"


def test_nobody_is_served_without_saying_whom_and_why(as_person, candidate, desk):
    answer = as_person(desk["clerk"]).get(reverse("corrections:counter-new", args=[candidate.pk, "name-correction"]))

    assert answer.url == reverse("corrections:counter")
    assert not Event.objects.filter(kind="read", verb="counter").exists()


def test_a_draft_of_the_counter_is_seen_and_finished_by_a_colleague(as_person, candidate, candidate_user, desk, university):
    case = CorrectionFactory(candidate=candidate, started_by_office=True)
    colleague = UserFactory(office=university, roles=["U3"])

    page = as_person(colleague).get(reverse("corrections:detail", args=[case.pk])).content.decode()
    assert "代为提交" in page
    assert as_person(colleague).get(reverse("corrections:edit", args=[case.pk])).status_code == 200
    assert "修改草稿" in as_person(candidate_user).get(reverse("corrections:detail", args=[case.pk])).content.decode()


def test_the_record_shows_what_was_corrected(as_person, candidate, candidate_user, desk):
    case = CorrectionFactory(candidate=candidate, status="editor", original_seen=True, editor=desk["editor"])
    old = candidate.name
    CORRECTION.take("carry-out", case, by=desk["editor"])

    own = as_person(candidate_user).get(reverse("space-kind", args=["personal"])).content.decode()
    browser = as_person(desk["clerk"])
    browser.post(reverse("candidates:detail", args=[candidate.pk]), {"reason": "visit"})
    staff = browser.get(reverse("candidates:detail", args=[candidate.pk])).content.decode()

    for page in (own, staff):
        assert all(text in page for text in ("更改记录", old, "林知秋", case.case_number))


def test_graduation_asks_again_for_what_was_corrected(candidate, desk):
    graduation = GraduationFactory(candidate=candidate, status="municipality", identity_confirmed=True, photo_confirmed=True)
    somebody = GraduationFactory(status="municipality", identity_confirmed=True)
    case = CorrectionFactory(candidate=candidate, status="editor", original_seen=True, editor=desk["editor"])

    CORRECTION.take("carry-out", case, by=desk["editor"])
    changes = list(CreditChange.objects.all())
    assert corrected_fields(changes) == {candidate.pk: {"name"}}
    renew_verdicts(changes)

    graduation.refresh_from_db()
    somebody.refresh_from_db()
    assert (graduation.identity_confirmed, graduation.photo_confirmed) == (None, True)
    assert somebody.identity_confirmed is True


KIND = {
    "title": "学历更正",
    "fields_": ["education"],
    "compulsory": "毕业证书\n",
    "unless_upgrade": "",
    "others": "户口簿",
    "form_title": "学历更正申请表",
    "guidance": "",
    "position": "20",
}


@pytest.mark.parametrize(("role", "code"), [("OH", 302), ("O1", 302), ("OV", 403), ("OE", 403), ("O3", 403)])
def test_the_head_lays_down_what_may_be_corrected(as_person, city, role, code):
    browser = as_person(UserFactory(office=city, roles=[role]))
    starts_on = timezone.localdate() + dt.timedelta(days=3)

    answer = browser.post(reverse("corrections:kind-edit", args=["new"]), {**KIND, "starts_on": starts_on.isoformat()})

    assert answer.status_code == code
    kinds = CorrectionKind.objects.filter(title="学历更正")
    assert kinds.exists() is (code == 302)
    if code == 302:
        assert kinds.get().proofs == [
            {"label": "毕业证书", "compulsory": True, "unless_upgrade": False},
            {"label": "户口簿", "compulsory": False, "unless_upgrade": False},
        ]
        assert browser.get(answer.url).status_code == 200
        assert browser.get(reverse("corrections:kind-list")).status_code == 200


def test_a_kind_is_not_laid_down_for_yesterday(as_person, desk):
    yesterday = timezone.localdate() - dt.timedelta(days=1)

    answer = as_person(desk["head"]).post(
        reverse("corrections:kind-edit", args=["photo"]), {**KIND, "starts_on": yesterday.isoformat()}
    )

    assert answer.status_code == 422
    assert CorrectionKind.objects.filter(code="photo").count() == 1


def test_a_kind_is_stopped_by_the_head(as_person, desk, candidate_user):
    today = timezone.localdate().isoformat()

    as_person(desk["head"]).post(reverse("corrections:kind-edit", args=["photo"]), {"end": "1", "ends_on": today})

    assert "照片更换" not in as_person(candidate_user).get(reverse("corrections:kinds")).content.decode()


def test_the_machines_way(as_person, candidate, candidate_user, desk):
    new = identity_number(candidate.pk + 9)
    case = CorrectionFactory(
        candidate=candidate,
        kind=CorrectionKindFactory(fields=["document"]),
        changes={"document": f"resident:{new}"},
        status="university",
    )
    address = reverse("api-corrections-detail", args=[case.pk])
    check = reverse("api-corrections-steps", args=[case.pk, "check"])
    verify = reverse("api-corrections-steps", args=[case.pk, "verify"])

    answer = as_person(desk["clerk"]).get(address)
    assert new not in answer.content.decode()
    assert answer.json()["changes"] == [
        {"field": "document", "before": f"居民身份证 {candidate.identity_mask}", "after": case.changes.get().after_mask}
    ]
    unseen = as_person(desk["clerk"]).post(check, {}, content_type="application/json")
    assert (unseen.status_code, unseen.json()["problems"][0]["code"]) == (409, "correction.original-not-seen")
    body = {"facts": {"original_seen": True}}
    assert as_person(desk["clerk"]).post(check, body, content_type="application/json").status_code == 200
    named = {"facts": {"editor": desk["editor"].pk}}
    assert as_person(desk["verifier"]).post(verify, named, content_type="application/json").status_code == 200
    carry_out = reverse("api-corrections-steps", args=[case.pk, "carry-out"])
    assert as_person(desk["second editor"]).post(carry_out, {}, content_type="application/json").status_code == 403
    assert as_person(desk["editor"]).post(carry_out, {}, content_type="application/json").status_code == 200
    candidate.refresh_from_db()
    assert candidate.identity_number == new


def test_a_candidate_does_not_learn_of_another_record(as_person, candidate, candidate_user):
    somebody = CandidateFactory()
    case = CorrectionFactory(
        candidate=candidate,
        kind=CorrectionKindFactory(fields=["document"]),
        changes={"document": f"resident:{somebody.identity_number}"},
    )

    page = as_person(candidate_user).get(reverse("corrections:detail", args=[case.pk])).content.decode()
    answer = step(as_person(candidate_user), case, "submit")

    assert "已有别的考生" not in page
    assert answer.status_code == 302


def test_nothing_is_graduated_between_the_correction_and_its_echo(candidate, desk):
    """Until graduation has read of a correction, what was confirmed of the old data lets nobody through."""
    graduation = GraduationFactory(candidate=candidate, status="municipality", identity_confirmed=True)
    before = set(audits_of([graduation])[0].lacking)
    case = CorrectionFactory(candidate=candidate, status="editor", original_seen=True, editor=desk["editor"])
    assert "pending_case" in audits_of([graduation])[0].lacking

    CORRECTION.take("carry-out", case, by=desk["editor"])

    assert "pending_case" in audits_of([graduation])[0].lacking
    told = CreditChange.objects.get()
    FeedCursor.objects.update_or_create(
        follower=FOLLOWER,
        defaults={"transaction": told.transaction, "change_id": told.pk},
    )
    assert "pending_case" not in set(audits_of([graduation])[0].lacking) | before

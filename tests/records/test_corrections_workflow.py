"""Corrections from desk to desk (K2): who may do what where, by a table written by hand; and what carrying out does."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from audit.models import Event
from audit.workflow import NotNow, Refused
from records.cases import candidates_with_pending_cases
from records.corrections.workflow import CORRECTION
from records.models import Appointment, Candidate, CorrectionRequest, CreditChange, OutgoingMessage, PaperItem, User
from records.people.backends import account_of
from tests.factories import (
    CandidateFactory,
    CorrectionFactory,
    CorrectionKindFactory,
    MunicipalityFactory,
    UniversityFactory,
    UserFactory,
    identity_number,
)

STATUSES = ("draft", "university", "municipality", "head", "editor", "returned", "done", "refused", "withdrawn")
STEPS = {
    "submit": "university",
    "lodge": "university",
    "withdraw": "withdrawn",
    "discard": "withdrawn",
    "check": "municipality",
    "return": "returned",
    "verify": "editor",
    "refer": "head",
    "send-back": "university",
    "refuse": "refused",
    "approve": "editor",
    "hand-back": "municipality",
    "decline": "refused",
    "reassign": "editor",
    "carry-out": "done",
    "give-back": "municipality",
}
NEED_WORDS = {"return", "send-back", "refuse", "hand-back", "decline", "give-back"}
CLERKS = {"clerk", "second clerk", "clerk and verifier"}
VERIFIERS = {"verifier", "clerk and verifier", "verifier and editor"}

# Who may take which step from which status; whatever does not stand here is refused to everybody.
ALLOWED = {
    ("draft", "submit"): {"candidate"},
    ("returned", "submit"): {"candidate"},
    ("draft", "lodge"): CLERKS,
    ("returned", "lodge"): CLERKS,
    ("draft", "withdraw"): {"candidate"},
    ("returned", "withdraw"): {"candidate"},
    ("university", "withdraw"): {"candidate"},
    ("municipality", "withdraw"): {"candidate"},
    ("draft", "discard"): CLERKS,
    ("university", "check"): CLERKS,
    ("university", "return"): CLERKS,
    ("municipality", "verify"): VERIFIERS,
    ("municipality", "send-back"): VERIFIERS,
    ("municipality", "refuse"): VERIFIERS,
    ("head", "approve"): {"head"},
    ("head", "hand-back"): {"head"},
    ("head", "decline"): {"head"},
    ("editor", "carry-out"): {"editor"},
    ("editor", "give-back"): {"editor"},
}


@pytest.fixture
def people(candidate_user, university, other_university, city):
    """One of every role that could come by."""
    both = UserFactory(office=university, roles=["U3"])
    assign_perm("records.represent_office", both, city)
    Appointment.objects.create(person=both, role=_role("OV"), office=city)
    return {
        "candidate": candidate_user,
        "another candidate": UserFactory(candidate=CandidateFactory()),
        "clerk": UserFactory(office=university, roles=["U3"]),
        "second clerk": UserFactory(office=university, roles=["U3"]),
        "clerk of other duties": UserFactory(office=university, roles=["U1", "U2", "U4", "U5", "U6", "U7", "U8", "U9", "UH"]),
        "clerk elsewhere": UserFactory(office=other_university, roles=["U3"]),
        "clerk and verifier": both,
        "verifier": UserFactory(office=city, roles=["OV"]),
        "verifier and editor": UserFactory(office=city, roles=["OV", "OE"]),
        "head": UserFactory(office=city, roles=["OH"]),
        "editor": UserFactory(office=city, roles=["OE"]),
        "editor not named": UserFactory(office=city, roles=["OE"]),
        "officer of other duties": UserFactory(office=city, roles=["O1", "O2", "O3", "O4", "O5", "O6", "O7", "OA"]),
        "editor's duty at a university": UserFactory(office=university, roles=["OE", "OV", "OH"]),
        "counter": UserFactory(roles=["L6"]),
        "inactive verifier": UserFactory(office=city, roles=["OV", "OE", "OH"], is_active=False),
        "superuser": UserFactory(is_superuser=True),
    }


def _role(code):
    return Appointment.role.field.related_model.objects.get(name=code)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("status", STATUSES)
def test_the_matrix(candidate, people, status, name):
    case = CorrectionFactory(
        candidate=candidate,
        status=status,
        started_by_office=True,
        original_seen=True,
        editor=people["editor"] if status in ("head", "editor", "municipality") else None,
    )
    facts = {"check": {"original_seen": True}, "verify": {"editor": people["editor"]}}.get(name)

    taken = set()
    for role, user in people.items():
        with transaction.atomic():
            try:
                CORRECTION.take(name, case, by=user, note="理由", facts=facts)
                taken.add(role)
            except (PermissionDenied, NotNow):
                case.refresh_from_db()
                assert case.status == status
            transaction.set_rollback(True)

    assert taken == ALLOWED.get((status, name), set())


def test_the_matrix_knows_every_step_and_status():
    assert {name: str(step.target) for name, step in CORRECTION.steps.items()} == STEPS
    assert {status for step in CORRECTION.table for status in (*step.source, step.target)} == set(STATUSES)
    assert {name for name, step in CORRECTION.steps.items() if step.note_required} == NEED_WORDS


def test_what_a_candidate_began_online_is_not_lodged_at_the_counter(candidate, people):
    case = CorrectionFactory(candidate=candidate)

    for name in ("lodge", "discard"):
        with pytest.raises(PermissionDenied):
            CORRECTION.take(name, case, by=people["clerk"])
    assert not CorrectionRequest.objects.visible_to(people["clerk"]).exists()


def walk(case, people, *, until="editor", head=False):
    """Bring a draft to a desk by the people whose duty it is."""
    CORRECTION.take("submit", case, by=people["candidate"])
    CORRECTION.take("check", case, by=people["clerk"], facts={"original_seen": True})
    if until == "municipality":
        return
    verified = "refer" if head else "verify"
    CORRECTION.take(verified, case, by=people["verifier"], facts={"editor": people["editor"]})
    if head and until != "head":
        CORRECTION.take("approve", case, by=people["head"])


def test_a01_a_birth_date_goes_the_whole_way(candidate, people):
    """Case A01: the host files the proof and reports; the city verifies; the designated person edits; the paper is marked."""
    new_number = identity_number(candidate.pk, dt.date(1998, 4, 13))
    case = CorrectionFactory(
        candidate=candidate,
        kind=CorrectionKindFactory(title="出生日期更正", fields=["birth_date", "document"]),
        changes={"birth_date": "1998-04-13", "document": f"resident:{new_number}"},
    )

    walk(case, people, head=True)
    case.refresh_from_db()
    candidate.refresh_from_db()
    assert case.makes_another_person
    assert candidate.birth_date == dt.date(1998, 3, 14)
    proof = PaperItem.objects.get(correction=case, kind=PaperItem.Kind.PROOF)
    assert (proof.filed_by, proof.filed_on) == (people["clerk"], timezone.localdate())

    CORRECTION.take("carry-out", case, by=people["editor"])

    candidate.refresh_from_db()
    case.refresh_from_db()
    assert (candidate.birth_date, candidate.identity_number) == (dt.date(1998, 4, 13), new_number)
    assert case.status == "done"
    assert PaperItem.objects.filter(correction=case, kind=PaperItem.Kind.CHANGE_NOTE).exists()


def test_carrying_out_changes_the_name_everywhere(candidate, people):
    case = CorrectionFactory(candidate=candidate, changes={"name": "单知秋"})
    walk(case, people)

    CORRECTION.take("carry-out", case, by=people["editor"])

    candidate.refresh_from_db()
    people["candidate"].refresh_from_db()
    assert (candidate.name, candidate.name_key, candidate.name_initials) == ("单知秋", "shan4 zhi1 qiu1", "szq")
    assert people["candidate"].full_name == "单知秋"
    told = CreditChange.objects.get(candidate_id=candidate.pk)
    assert (told.kind, told.course_id) == ("corrected", None)


def test_the_trail_has_the_changed_row_with_the_case_as_purpose(candidate, people):
    old = candidate.name
    case = CorrectionFactory(candidate=candidate)
    walk(case, people)

    CORRECTION.take("carry-out", case, by=people["editor"])

    row = Event.objects.filter(kind="change", verb="update", subject_table="records_candidate", subject_id=candidate.pk).last()
    assert (row.note, row.actor, row.candidate_id) == (case.case_number, people["editor"], candidate.pk)
    assert (row.details["before"]["name"], row.details["after"]["name"]) == (old, "林知秋")
    renamed = Event.objects.filter(kind="change", subject_table="records_user", subject_id=people["candidate"].pk).last()
    assert renamed.note == case.case_number


def test_an_identity_number_is_in_no_line_of_the_trail(candidate, people):
    old, new = candidate.identity_number, identity_number(candidate.pk + 7)
    case = CorrectionFactory(
        candidate=candidate, kind=CorrectionKindFactory(fields=["document"]), changes={"document": f"resident:{new}"}
    )
    walk(case, people)
    CORRECTION.take("carry-out", case, by=people["editor"])

    trail = " ".join(f"{event.note} {event.details}" for event in Event.objects.all())
    assert old not in trail
    assert new not in trail


def test_the_new_number_signs_in_and_the_old_one_does_not(candidate, people):
    old, new = candidate.identity_number, identity_number(candidate.pk + 7)
    case = CorrectionFactory(
        candidate=candidate, kind=CorrectionKindFactory(fields=["document"]), changes={"document": f"resident:{new}"}
    )
    walk(case, people)
    assert account_of(old) == people["candidate"]

    CORRECTION.take("carry-out", case, by=people["editor"])

    assert account_of(old) is None
    assert account_of(new) == people["candidate"]
    assert account_of(candidate.ticket_number) == people["candidate"]


def test_the_candidate_is_told_at_once_of_what_an_office_asks_for(candidate, people):
    case = CorrectionFactory(candidate=candidate, started_by_office=True)

    CORRECTION.take("lodge", case, by=people["clerk"])

    lodged = OutgoingMessage.objects.get()
    assert lodged.to == candidate.phone
    assert case.case_number in lodged.text
    assert case.case_number in candidate.inbox.get().text


@pytest.mark.parametrize("status", ["university", "municipality", "head", "editor", "returned"])
def test_a_correction_under_way_bars_graduation(candidate, status):
    CorrectionFactory(candidate=candidate, status=status)

    assert candidates_with_pending_cases([candidate.pk]) == {candidate.pk}


@pytest.mark.parametrize("status", ["draft", "done", "refused", "withdrawn"])
def test_one_that_is_not_begun_or_ended_does_not(candidate, status):
    CorrectionFactory(candidate=candidate, status=status)

    assert candidates_with_pending_cases([candidate.pk]) == set()


def codes(refused):
    return {problem.code for problem in refused.value.problems}


def test_without_the_original_nothing_goes_to_the_city(candidate, people):
    case = CorrectionFactory(candidate=candidate, status="university")

    for facts in ({"original_seen": False}, None):
        with pytest.raises(Refused) as refused:
            CORRECTION.take("check", case, by=people["clerk"], facts=facts)
        assert codes(refused) == {"correction.original-not-seen"}
    assert not PaperItem.objects.exists()


def test_who_checked_does_not_verify(candidate, people):
    case = CorrectionFactory(candidate=candidate)
    CORRECTION.take("submit", case, by=people["candidate"])
    CORRECTION.take("check", case, by=people["clerk and verifier"], facts={"original_seen": True})

    for name in ("verify", "refuse"):
        with pytest.raises(PermissionDenied):
            CORRECTION.take(name, case, by=people["clerk and verifier"], note="理由", facts=None)


def test_a_verifier_does_not_name_herself(candidate, people):
    case = CorrectionFactory(candidate=candidate)
    walk(case, people, until="municipality")

    with pytest.raises(Refused) as refused:
        CORRECTION.take("verify", case, by=people["verifier and editor"], facts={"editor": people["verifier and editor"]})

    assert codes(refused) == {"correction.editor-not-fresh"}
    case.refresh_from_db()
    assert (case.status, case.editor) == ("municipality", None)


def test_who_verified_once_is_not_named_by_another(candidate, people):
    case = CorrectionFactory(candidate=candidate)
    walk(case, people, until="municipality")
    CORRECTION.take("verify", case, by=people["verifier and editor"], facts={"editor": people["editor"]})
    CORRECTION.take("give-back", case, by=people["editor"], note="号码看不清")

    with pytest.raises(Refused) as refused:
        CORRECTION.take("verify", case, by=people["verifier"], facts={"editor": people["verifier and editor"]})

    assert codes(refused) == {"correction.editor-not-fresh"}


@pytest.mark.parametrize("who", ["verifier", "editor's duty at a university", "inactive verifier", "clerk", "candidate", None])
def test_only_an_editor_in_force_is_named(candidate, people, who):
    case = CorrectionFactory(candidate=candidate)
    walk(case, people, until="municipality")

    with pytest.raises(Refused) as refused:
        CORRECTION.take("verify", case, by=people["clerk and verifier"], facts={"editor": people[who] if who else None})

    assert codes(refused) & {"correction.editor-left", "correction.no-editor"}


def test_the_editor_who_was_not_named_sees_but_cannot_change(candidate, people):
    case = CorrectionFactory(candidate=candidate)
    walk(case, people)

    assert case in CORRECTION.waiting_for(people["editor"])
    assert case not in CORRECTION.waiting_for(people["editor not named"])
    with pytest.raises(PermissionDenied):
        CORRECTION.take("carry-out", case, by=people["editor not named"])
    candidate.refresh_from_db()
    assert candidate.name != "林知秋"


def end_the_duty(person):
    Appointment.objects.filter(person=person).update(
        ends_on=timezone.localdate() - dt.timedelta(days=1), starts_on=dt.date(2026, 1, 1)
    )
    return User.objects.get(pk=person.pk)


def test_an_editor_whose_duty_ended_changes_nothing_and_another_is_named(candidate, people):
    case = CorrectionFactory(candidate=candidate)
    walk(case, people)
    assert case not in CORRECTION.waiting_for(people["verifier"])

    former = end_the_duty(people["editor"])

    with pytest.raises(PermissionDenied):
        CORRECTION.take("carry-out", case, by=former)
    assert case in CORRECTION.waiting_for(people["verifier"])
    with pytest.raises(Refused):
        CORRECTION.take("reassign", case, by=people["verifier"], facts={"editor": former})
    CORRECTION.take("reassign", case, by=people["verifier"], facts={"editor": people["editor not named"]})
    CORRECTION.take("carry-out", case, by=people["editor not named"])
    candidate.refresh_from_db()
    assert candidate.name == "林知秋"


def test_an_editor_at_work_is_not_replaced(candidate, people):
    case = CorrectionFactory(candidate=candidate)
    walk(case, people)

    with pytest.raises(PermissionDenied):
        CORRECTION.take("reassign", case, by=people["verifier"], facts={"editor": people["editor not named"]})


def test_an_editor_who_lost_the_office_is_replaced(candidate, people, city):
    case = CorrectionFactory(candidate=candidate)
    walk(case, people)
    remove_perm("records.represent_office", people["editor"], city)

    with pytest.raises(PermissionDenied):
        CORRECTION.take("carry-out", case, by=User.objects.get(pk=people["editor"].pk))
    assert case in CORRECTION.waiting_for(people["verifier"])


@pytest.fixture
def another_person(candidate):
    """Name and document together."""
    return CorrectionFactory(
        candidate=candidate,
        kind=CorrectionKindFactory(fields=["name", "document"]),
        changes={"name": "陈冬", "document": f"resident:{identity_number(candidate.pk + 9)}"},
    )


def test_what_makes_another_person_goes_by_the_head(another_person, people):
    walk(another_person, people, until="municipality")

    with pytest.raises(NotNow):
        CORRECTION.take("verify", another_person, by=people["verifier"], facts={"editor": people["editor"]})
    CORRECTION.take("refer", another_person, by=people["verifier"], facts={"editor": people["editor"]})
    with pytest.raises((PermissionDenied, NotNow)):
        CORRECTION.take("carry-out", another_person, by=people["editor"])
    CORRECTION.take("approve", another_person, by=people["head"], note="已电话核实")
    CORRECTION.take("carry-out", another_person, by=people["editor"])

    another_person.candidate.refresh_from_db()
    assert another_person.candidate.name == "陈冬"


def test_what_is_the_same_person_does_not_go_by_the_head(candidate, people):
    case = CorrectionFactory(candidate=candidate)
    walk(case, people, until="municipality")

    with pytest.raises(NotNow):
        CORRECTION.take("refer", case, by=people["verifier"], facts={"editor": people["editor"]})


def test_the_head_who_verified_or_is_to_edit_does_not_approve(another_person, people, city):
    everything = UserFactory(office=city, roles=["OV", "OH", "OE"])
    walk(another_person, people, until="municipality")
    CORRECTION.take("refer", another_person, by=everything, facts={"editor": people["editor"]})
    with pytest.raises(PermissionDenied):
        CORRECTION.take("approve", another_person, by=everything)
    CORRECTION.take("hand-back", another_person, by=people["head"], note="请再核")
    second = UserFactory(office=city, roles=["OH", "OE"])
    CORRECTION.take("refer", another_person, by=people["verifier"], facts={"editor": second})

    for name in ("approve", "decline"):
        with pytest.raises(PermissionDenied):
            CORRECTION.take(name, another_person, by=second, note="同意")
    CORRECTION.take("approve", another_person, by=people["head"])
    CORRECTION.take("carry-out", another_person, by=second)


def test_two_cases_at_a_time_count_as_one(candidate, people):
    """Who asks for the name in one case and for the number in another asks for the same."""
    name = CorrectionFactory(candidate=candidate)
    walk(name, people)
    number = CorrectionFactory(
        candidate=candidate,
        kind=CorrectionKindFactory(fields=["document"]),
        changes={"document": f"resident:{identity_number(candidate.pk + 9)}"},
    )
    walk(number, people, until="municipality")

    with pytest.raises(Refused) as refused:
        CORRECTION.take("carry-out", name, by=people["editor"])
    assert codes(refused) == {"correction.head-missing"}
    with pytest.raises(NotNow):
        CORRECTION.take("verify", number, by=people["verifier"], facts={"editor": people["editor"]})


def test_what_came_back_and_was_changed_goes_to_the_head_again(another_person, people):
    walk(another_person, people, head=True)
    CORRECTION.take("give-back", another_person, by=people["editor"], note="照片不清")
    CORRECTION.take("send-back", another_person, by=people["verifier"], note="请重新核对")
    CORRECTION.take("check", another_person, by=people["clerk"], facts={"original_seen": True})

    CORRECTION.take("refer", another_person, by=people["verifier"], facts={"editor": people["editor"]})
    another_person.refresh_from_db()
    assert another_person.status == "head"


def test_a_record_changed_meanwhile_is_not_overwritten(candidate, people):
    case = CorrectionFactory(candidate=candidate)
    walk(case, people)
    Candidate.objects.filter(pk=candidate.pk).update(name="林之七")

    with pytest.raises(Refused) as refused:
        CORRECTION.take("carry-out", case, by=people["editor"])

    assert codes(refused) == {"correction.overtaken"}
    candidate.refresh_from_db()
    assert candidate.name == "林之七"


def test_a_number_registered_meanwhile_is_not_given_twice(candidate, people):
    new = identity_number(candidate.pk + 9)
    case = CorrectionFactory(
        candidate=candidate, kind=CorrectionKindFactory(fields=["document"]), changes={"document": f"resident:{new}"}
    )
    walk(case, people)
    CandidateFactory(number=new)

    with pytest.raises(Refused) as refused:
        CORRECTION.take("carry-out", case, by=people["editor"])

    assert codes(refused) == {"correction.duplicate"}


def test_the_next_person_and_the_next_day(candidate, people):
    """Each desk sees what waits for it, and nobody else's."""
    case = CorrectionFactory(candidate=candidate)
    walk(case, people, until="municipality")

    waiting = {name for name, user in people.items() if case in CORRECTION.waiting_for(user)}

    assert waiting == {"verifier", "verifier and editor"} | {"clerk and verifier"}


@pytest.mark.django_db(transaction=True)
def test_two_windows_of_the_editor_change_the_record_once():
    candidate = CandidateFactory(managing_university=UniversityFactory())
    editor = UserFactory(office=MunicipalityFactory(), roles=["OE"])
    case = CorrectionFactory(candidate=candidate, status="editor", original_seen=True, editor=editor)
    results: list[str] = []
    barrier = threading.Barrier(2)

    def press():
        barrier.wait()
        try:
            CORRECTION.take("carry-out", case, by=User.objects.get(pk=editor.pk))
            results.append("done")
        except NotNow:
            results.append("moved on")
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["done", "moved on"]
    assert CreditChange.objects.filter(kind="corrected").count() == 1
    assert Event.objects.filter(kind="change", subject_table="records_candidate", note=case.case_number).count() == 1

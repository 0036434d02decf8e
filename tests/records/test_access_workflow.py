"""Leave to look (K4) from the requester to the head: who may do what, by a table written by hand; and what each step does."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from audit.models import Event
from audit.workflow import NotNow, Refused
from records.access.leaves import leave_for
from records.access.models import AccessRequest
from records.access.workflow import LEAVE
from records.models import AccessRecord, Appointment, Candidate, User
from tests.factories import (
    CandidateFactory,
    DistrictFactory,
    MajorFactory,
    MunicipalityFactory,
    UniversityFactory,
    UserFactory,
)
from tests.records.access_people import REASON, SHANGHAI, deputy_of, in_a_day, request_of, urgent_look

STATUSES = ("draft", "head", "granted", "urgent", "reviewed", "refused", "withdrawn", "ended")
STEPS = ("ask", "urgent", "withdraw", "grant", "refuse", "end", "give-back", "review")
NEED_WORDS = {"refuse", "end", "review"}
FACTS = {"review": {"review_finding": "true"}}

# Who may take which step from which status; whatever does not stand here is refused to everybody.
ALLOWED = {
    ("draft", "ask"): {"requester"},
    ("draft", "withdraw"): {"requester"},
    ("head", "withdraw"): {"requester"},
    ("head", "grant"): {"head", "deputy head"},
    ("head", "refuse"): {"head", "deputy head"},
    ("granted", "end"): {"head", "deputy head"},
    ("granted", "give-back"): {"requester"},
    ("urgent", "review"): {"head", "deputy head"},
}
TARGETS = {
    "ask": "head",
    "urgent": "urgent",
    "withdraw": "withdrawn",
    "grant": "granted",
    "refuse": "refused",
    "end": "ended",
    "give-back": "ended",
    "review": "reviewed",
}


@pytest.fixture
def people(university, other_university, city_head, candidate_user, finance, head):
    """One of every role that could come by."""
    over = timezone.localdate() - dt.timedelta(days=1)
    return {
        "requester": finance,
        "head": head,
        "deputy head": deputy_of(head, university),
        "deputy whose time is over": deputy_of(head, university, starts_on=over, ends_on=over),
        "colleague": UserFactory(office=university, roles=["US"]),
        "clerk of other duties": UserFactory(office=university, roles=["U3", "U4", "U5", "U6", "U7", "U8", "U9"]),
        "head of another university": UserFactory(office=other_university, roles=["UH"]),
        "head of a district": UserFactory(office=DistrictFactory(), roles=["LH"]),
        "municipal head": city_head,
        "candidate": candidate_user,
        "inactive head": UserFactory(office=university, roles=["UH"], is_active=False),
        "head without the grant": UserFactory(roles=["UH"]),
        "superuser": UserFactory(is_superuser=True),
    }


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("status", STATUSES)
def test_the_matrix(people, candidate, status, name):
    ends_at = in_a_day() if status in ("granted", "urgent", "reviewed") else None
    case = request_of(people["requester"], [candidate], status, ends_at=ends_at)

    taken = set()
    for role, user in people.items():
        with transaction.atomic():
            try:
                LEAVE.take(name, case, by=User.objects.get(pk=user.pk), note="写明理由", facts=FACTS.get(name))
                taken.add(role)
            except (PermissionDenied, NotNow):
                case.refresh_from_db()
                assert case.status == status
            transaction.set_rollback(True)

    assert taken == ALLOWED.get((status, name), set())


def test_an_urgent_draft_is_opened_by_its_requester_alone_and_goes_no_other_way(people, candidate):
    case = request_of(people["requester"], [candidate], urgent_reason=REASON)
    taken = set()
    for role, user in people.items():
        for name in ("ask", "urgent"):
            with transaction.atomic():
                try:
                    LEAVE.take(name, case, by=user)
                    taken.add((role, name))
                except (PermissionDenied, NotNow):
                    pass
                transaction.set_rollback(True)

    assert taken == {("requester", "urgent")}


def test_the_matrix_knows_every_step_and_status():
    assert set(LEAVE.steps) == set(STEPS)
    assert {status for step in LEAVE.table for status in (*step.source, step.target)} == set(STATUSES)
    assert {name: step.target for name, step in LEAVE.steps.items()} == TARGETS
    assert {name for name, step in LEAVE.steps.items() if step.note_required} == NEED_WORDS


@pytest.mark.parametrize("name", sorted(NEED_WORDS))
def test_what_a_head_says_against_a_request_needs_words(head, finance, candidate, name):
    status = next(iter(LEAVE.steps[name].source))
    case = request_of(finance, [candidate], status, ends_at=in_a_day())

    with pytest.raises(Refused) as refused:
        LEAVE.take(name, case, by=head, note=" \n", facts=FACTS.get(name))

    assert [problem.code for problem in refused.value.problems] == ["step.note-missing"]


def test_a02_a_finance_clerk_sees_a_record_only_with_the_approval_of_the_head_of_the_same_office(
    finance, head, city_head, candidate
):
    case = request_of(finance, [candidate])
    assert leave_for(finance, candidate.pk) is None
    LEAVE.take("ask", case, by=finance)
    assert leave_for(finance, candidate.pk) is None
    with pytest.raises(PermissionDenied):
        LEAVE.take("grant", case, by=city_head)

    event = LEAVE.take("grant", case, by=head)

    assert leave_for(finance, candidate.pk) == case
    assert (event.actor, event.verb, event.capacity) == (head, "grant", f"head:{case.office.code}")
    assert Event.objects.filter(kind="step", outcome="denied", actor=city_head, subject_id=case.pk).exists()


@pytest.mark.parametrize("roles", [["UH"], ["US", "UH"]])
def test_nobody_decides_about_a_request_of_their_own(university, head, candidate, roles):
    other_head = UserFactory(office=university, roles=roles)
    for name, status in (("grant", "head"), ("refuse", "head"), ("end", "granted"), ("review", "urgent")):
        case = request_of(other_head, [candidate], status, ends_at=in_a_day())
        with pytest.raises(PermissionDenied):
            LEAVE.take(name, case, by=other_head, note="写明理由", facts=FACTS.get(name))
        assert case not in LEAVE.waiting_for(other_head)

    case = request_of(other_head, [CandidateFactory()], "head")
    LEAVE.take("grant", case, by=head)
    assert leave_for(other_head, case.records.get().candidate_id) == case


@pytest.mark.parametrize(("days", "granted", "last"), [(1, None, 13), (3, None, 15), (3, 1, 13)])
def test_the_leave_ends_with_the_last_day_granted(finance, head, candidate, days, granted, last):
    case = request_of(finance, [candidate], "head", days=days)

    with time_machine.travel(dt.datetime(2027, 3, 12, 23, 59, tzinfo=SHANGHAI), tick=False):
        LEAVE.take("grant", case, by=head, facts={"granted_days": granted})

    case.refresh_from_db()
    assert case.ends_at == dt.datetime(2027, 3, last + 1, 0, 0, tzinfo=SHANGHAI)
    assert (case.status, case.granted_days) == ("granted", granted)


@pytest.mark.parametrize("granted", [0, 4])
def test_the_head_does_not_lengthen_what_was_asked(finance, head, candidate, granted):
    case = request_of(finance, [candidate], "head", days=3)

    with pytest.raises(Refused) as refused:
        LEAVE.take("grant", case, by=head, facts={"granted_days": granted})

    case.refresh_from_db()
    assert [problem.code for problem in refused.value.problems] == ["access.granted-days"]
    assert (case.status, case.granted_days, case.ends_at) == ("head", None, None)


def test_a_query_is_frozen_at_the_decision(finance, head, university):
    major = MajorFactory()
    early = CandidateFactory(managing_university=university, major=major)
    case = request_of(finance, [], "head", query={"university": university.pk, "major": major.pk})
    before = CandidateFactory(managing_university=university, major=major)
    LEAVE.take("grant", case, by=head)
    after = CandidateFactory(managing_university=university, major=major)

    assert set(case.records.values_list("candidate_id", flat=True)) == {early.pk, before.pk}
    assert leave_for(finance, after.pk) is None
    assert case.records.get(candidate=early).number == early.registration_number
    inserted = Event.objects.filter(kind="change", subject_table="records_accessrecord", actor=head)
    assert {event.candidate_id for event in inserted} == {early.pk, before.pk}


def test_what_was_named_stays_named(finance, head, candidate):
    case = request_of(finance, [candidate], "head")
    LEAVE.take("grant", case, by=head)

    assert list(case.candidates.all()) == [candidate]


def test_taking_back_ends_it_at_once(finance, head, candidate):
    case = request_of(finance, [candidate], "head")
    LEAVE.take("grant", case, by=head)
    assert leave_for(finance, candidate.pk) == case

    LEAVE.take("end", case, by=head, note="事情已经办完")

    case.refresh_from_db()
    assert leave_for(finance, candidate.pk) is None
    assert case.status == "ended"
    assert case.ends_at <= timezone.now()


def test_giving_back_ends_it_at_once(finance, head, candidate):
    case = request_of(finance, [candidate], "head")
    LEAVE.take("grant", case, by=head)

    LEAVE.take("give-back", case, by=finance)

    assert leave_for(finance, candidate.pk) is None


@pytest.mark.parametrize("name", ["end", "give-back"])
def test_what_is_over_cannot_be_ended_early(finance, head, candidate, name):
    case = request_of(finance, [candidate], "granted", ends_at=timezone.now() - dt.timedelta(seconds=1))

    with pytest.raises(Refused) as refused:
        LEAVE.take(name, case, by=finance if name == "give-back" else head, note="写明理由")

    assert [problem.code for problem in refused.value.problems] == ["access.over"]


def test_an_urgent_look_opens_at_once_for_a_day_and_waits_for_the_head(finance, head, candidate):
    with time_machine.travel(dt.datetime(2027, 3, 12, 10, 8, tzinfo=SHANGHAI), tick=False):
        case = urgent_look(finance, [candidate])
        assert leave_for(finance, candidate.pk) == case

    assert case.ends_at == dt.datetime(2027, 3, 13, 10, 8, tzinfo=SHANGHAI)
    assert list(LEAVE.waiting_for(head)) == [case]


def test_an_urgent_look_that_nobody_reviewed_stays_on_the_desk_after_its_end(finance, head, candidate):
    case = urgent_look(finance, [candidate])
    AccessRequest.objects.filter(pk=case.pk).update(ends_at=timezone.now() - dt.timedelta(days=40))

    assert leave_for(finance, candidate.pk) is None
    assert list(LEAVE.waiting_for(head)) == [case]
    LEAVE.take("review", case, by=head, note="情况属实", facts={"review_finding": "true"})
    assert not LEAVE.waiting_for(head).exists()


def test_a_look_found_improper_ends_with_the_finding(finance, head, candidate):
    case = urgent_look(finance, [candidate])

    LEAVE.take("review", case, by=head, note="没有这项工作", facts={"review_finding": "improper"})

    case.refresh_from_db()
    assert (case.status, case.review_finding) == ("reviewed", "improper")
    assert leave_for(finance, candidate.pk) is None


def test_a_look_found_true_runs_to_its_end(finance, head, candidate):
    case = urgent_look(finance, [candidate])
    ends_at = case.ends_at

    LEAVE.take("review", case, by=head, note="情况属实", facts={"review_finding": "true"})

    assert leave_for(finance, candidate.pk) == case
    case.refresh_from_db()
    assert case.ends_at == ends_at


@pytest.mark.parametrize("finding", ["", "whatever"])
def test_a_review_says_what_came_of_it(finance, head, candidate, finding):
    case = urgent_look(finance, [candidate])

    with pytest.raises(Refused) as refused:
        LEAVE.take("review", case, by=head, note="看过", facts={"review_finding": finding})

    assert [problem.code for problem in refused.value.problems] == ["access.no-finding"]


def test_the_look_of_an_only_head_is_reviewed_by_the_municipal_head(university, head, city_head):
    case = urgent_look(head, [CandidateFactory()])

    assert list(LEAVE.waiting_for(city_head)) == [case]
    assert AccessRequest.objects.visible_to(city_head).get() == case
    event = LEAVE.take("review", case, by=city_head, note="情况属实", facts={"review_finding": "true"})
    assert event.capacity == "head:0000"
    assert str(case.words_of(event.capacity)).endswith("自学考试办公室负责人")


def test_with_a_second_head_in_the_office_the_municipal_head_stays_out(university, head, city_head):
    second = deputy_of(head, university)
    case = urgent_look(head, [CandidateFactory()])

    assert not LEAVE.waiting_for(city_head).exists()
    assert not AccessRequest.objects.visible_to(city_head).exists()
    with pytest.raises(PermissionDenied):
        LEAVE.take("review", case, by=city_head, note="情况属实", facts={"review_finding": "true"})
    LEAVE.take("review", case, by=second, note="情况属实", facts={"review_finding": "true"})


def test_the_municipal_head_grants_nothing_of_a_university_without_a_head(finance, city_head, candidate):
    case = request_of(finance, [candidate], "head")

    assert not LEAVE.waiting_for(city_head).exists()
    for name in ("grant", "refuse"):
        with pytest.raises(PermissionDenied):
            LEAVE.take(name, case, by=city_head, note="写明理由")


def test_a_head_who_was_just_dismissed_decides_nothing(finance, head, candidate):
    case = request_of(finance, [candidate], "head")
    Appointment.objects.filter(person=head).update(taken_at=timezone.now())

    with pytest.raises(PermissionDenied):
        LEAVE.take("grant", case, by=User.objects.get(pk=head.pk))


def test_own_drafts_and_running_leaves_lie_on_nobodys_desk(finance, head, candidate):
    for status in ("draft", "head", "granted", "ended"):
        request_of(finance, [candidate], status, ends_at=in_a_day())

    assert not LEAVE.waiting_for(finance).exists()
    assert [case.status for case in LEAVE.waiting_for(head)] == ["head"]


def test_only_requester_and_heads_of_the_office_see_a_request_and_drafts_only_the_requester(people, candidate):
    draft = request_of(people["requester"], [candidate])
    asked = request_of(people["requester"], [candidate], "head")

    seen = {role: set(AccessRequest.objects.visible_to(person)) for role, person in people.items()}
    assert seen.pop("requester") == {draft, asked}
    assert seen.pop("head") == {asked}
    assert seen.pop("deputy head") == {asked}
    assert set().union(*seen.values()) == set()


def test_records_of_a_request_leave_a_line_in_the_trail_however_they_come(finance, candidate):
    case = request_of(finance, [])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_accessrecord (request_id, candidate_id, number) VALUES (%s, %s, '1')", [case.pk, candidate.pk]
        )

    event = Event.objects.get(subject_table="records_accessrecord", candidate_id=candidate.pk)
    assert (event.verb, event.details["after"]["request_id"]) == ("insert", case.pk)


@pytest.mark.django_db(transaction=True)
def test_two_heads_press_at_once_and_leave_is_given_once():
    university = UniversityFactory()
    MunicipalityFactory()
    heads = [UserFactory(office=university, roles=["UH"]) for _ in range(2)]
    major = MajorFactory()
    CandidateFactory(managing_university=university, major=major)
    query = {"university": university.pk, "major": major.pk}
    case = request_of(UserFactory(office=university, roles=["US"]), [], "head", query=query)
    results: list[str] = []
    barrier = threading.Barrier(2)

    def press(user):
        barrier.wait()
        try:
            LEAVE.take("grant", case, by=user)
            results.append("granted")
        except NotNow:
            results.append("moved on")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(user,)) for user in heads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["granted", "moved on"]
    assert AccessRecord.objects.count() == Candidate.objects.count() == 1
    assert case.events.steps().count() == 1


@pytest.mark.django_db(transaction=True)
def test_urgent_looks_opened_at_the_same_moment_count_together():
    university = UniversityFactory()
    requester = UserFactory(office=university, roles=["US"])
    UserFactory(office=university, roles=["UH"])
    cases = [
        request_of(requester, [CandidateFactory(managing_university=university) for _ in range(3)], urgent_reason=REASON)
        for _ in range(2)
    ]
    results: list[str] = []
    barrier = threading.Barrier(2)

    def press(case):
        barrier.wait()
        try:
            LEAVE.take("urgent", case, by=User.objects.get(pk=requester.pk))
            results.append("open")
        except Refused as refusal:
            results.append(refusal.problems[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["access.urgent-too-many", "open"]
    assert AccessRequest.objects.in_force().count() == 1

"""The look on leave: the record page and nothing else, while the leave is in force and not a moment longer."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.models import Event
from config.looks import looks_at
from records.access.leaves import end_in_words, end_of, leave_for
from records.access.models import AccessRequest
from records.access.use import covered_by, never_opened, use_of
from records.access.workflow import LEAVE
from records.models import Appointment, User
from tests.factories import (
    CandidateFactory,
    DistrictFactory,
    DocumentFactory,
    ExemptionFactory,
    RegistrationFactory,
    UserFactory,
)
from tests.records.access_people import SHANGHAI, granted, in_a_day, request_of, urgent_look


def record_url(candidate):
    return reverse("candidates:detail", args=[candidate.pk])


def looks(candidate):
    return Event.objects.filter(kind="read", verb="record", candidate_id=candidate.pk)


def test_the_page_opens_for_the_purpose_of_the_leave_and_says_which(client, finance, head, candidate):
    case = granted(finance, head, [candidate])
    client.force_login(finance)

    answer = client.get(record_url(candidate))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert candidate.name in page
    assert f"凭查阅申请{case.case_number}查阅，到{end_in_words(case.ends_at)}" in page
    assert case.purpose in page
    assert candidate.identity_number not in page
    look = looks(candidate).get()
    assert (look.leave_id, look.note, look.actor, look.office_id) == (case.pk, case.purpose, finance, case.office_id)


def test_every_look_carries_the_leave(client, finance, head, candidate):
    case = granted(finance, head, [candidate])
    client.force_login(finance)
    for _ in range(3):
        client.get(record_url(candidate))

    assert list(looks(candidate).values_list("leave_id", flat=True)) == [case.pk] * 3
    client.force_login(head)
    client.post(record_url(candidate), {"reason": "check"}, follow=True)
    assert looks(candidate).latest("pk").leave_id is None


def test_who_may_open_it_by_duty_opens_it_as_ever(client, clerk, head, candidate):
    granted(clerk, head, [candidate])
    client.force_login(clerk)

    page = client.get(record_url(candidate)).content.decode()

    assert "打开考籍" in page
    assert "凭查阅申请" not in page
    assert not looks(candidate).exists()


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 403), (1, 403)])
def test_it_ends_by_itself_at_the_boundary_second(client, finance, head, candidate, seconds, status):
    case = granted(finance, head, [candidate])

    with time_machine.travel(case.ends_at + dt.timedelta(seconds=seconds), tick=False):
        client.force_login(finance)
        assert client.get(record_url(candidate)).status_code == status

    assert looks(candidate).count() == (status == 200)


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 404)])
def test_outside_the_reach_it_is_missing_again(client, foreign_clerk, other_university, candidate, seconds, status):
    other_head = UserFactory(office=other_university, roles=["UH"])
    case = granted(foreign_clerk, other_head, [candidate])

    with time_machine.travel(case.ends_at + dt.timedelta(seconds=seconds), tick=False):
        client.force_login(foreign_clerk)
        assert client.get(record_url(candidate)).status_code == status


@pytest.mark.parametrize(("name", "who"), [("end", "head"), ("give-back", "finance")])
def test_ended_early_it_is_closed_at_the_next_request(client, finance, head, candidate, name, who):
    case = granted(finance, head, [candidate])
    client.force_login(finance)
    assert client.get(record_url(candidate)).status_code == 200

    LEAVE.take(name, case, by={"head": head, "finance": finance}[who], note="看完了")

    assert client.get(record_url(candidate)).status_code == 403


@pytest.mark.parametrize("status", ["draft", "head", "refused", "withdrawn", "ended"])
def test_no_other_status_opens_anything(client, finance, candidate, status):
    request_of(finance, [candidate], status, ends_at=in_a_day())
    client.force_login(finance)

    assert client.get(record_url(candidate)).status_code == 403


def test_a_district_counter_looks_on_leave(client, candidate):
    district = DistrictFactory()
    counter = UserFactory(office=district, roles=["L6"])
    district_head = UserFactory(office=district, roles=["LH"])
    client.force_login(counter)
    assert client.get(record_url(candidate)).status_code == 404

    granted(counter, district_head, [candidate])

    assert client.get(record_url(candidate)).status_code == 200


def test_the_leave_is_nobody_elses(client, finance, head, candidate, university):
    granted(finance, head, [candidate])
    colleague = UserFactory(office=university, roles=["US"])
    client.force_login(colleague)

    assert client.get(record_url(candidate)).status_code == 403


def test_the_leave_opens_no_other_record(client, finance, head, candidate, university):
    other = CandidateFactory(managing_university=university)
    granted(finance, head, [candidate])
    client.force_login(finance)

    assert client.get(record_url(other)).status_code == 403
    assert not looks(other).exists()


def test_the_leave_stays_behind_with_the_office(client, finance, head, candidate, university, other_university):
    granted(finance, head, [candidate])
    remove_perm("records.represent_office", finance, university)
    assign_perm("records.represent_office", finance, other_university)
    moved = User.objects.get(pk=finance.pk)
    client.force_login(moved)

    assert leave_for(moved, candidate.pk) is None
    assert client.get(record_url(candidate)).status_code == 404


def test_the_leave_opens_no_document_no_list_no_case_and_nothing_by_machine(client, finance, head, candidate, settings, tmp_path):
    settings.PROOF_ROOT = tmp_path
    case = granted(finance, head, [candidate])
    document = DocumentFactory(candidate=candidate)
    exemption = ExemptionFactory(candidate=candidate, status="university")
    client.force_login(finance)

    for name, args in [
        ("documents:open", [document.key]),
        ("exemptions:detail", [exemption.pk]),
        ("exemptions:list", []),
        ("candidates:list", []),
        ("graduation:list", []),
        ("api-exemptions-detail", [exemption.pk]),
        ("api-exemptions-list", []),
        ("api-graduations-list", []),
    ]:
        answer = client.get(reverse(name, args=args))
        assert answer.status_code in (403, 404), name
        assert candidate.name not in answer.content.decode(), name
    own = client.get(reverse("api-access-detail", args=[case.pk]))
    assert own.status_code == 200
    assert candidate.name not in own.content.decode()


def test_a_list_within_the_reach_shows_nobody_who_is_seen_on_leave(client, foreign_clerk, other_university, candidate):
    granted(foreign_clerk, UserFactory(office=other_university, roles=["UH"]), [candidate])
    client.force_login(foreign_clerk)

    answer = client.get(reverse("candidates:list"), {"q": candidate.ticket_number})

    assert answer.status_code == 200
    assert candidate.name not in answer.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_page_on_leave_takes_nothing(client, finance, head, candidate, method):
    granted(finance, head, [candidate])
    client.force_login(finance)

    assert getattr(client, method)(record_url(candidate), {"reason": "visit"}).status_code == 405
    assert not looks(candidate).exists()


def test_the_page_on_leave_leads_nowhere_into_the_record(client, finance, head, candidate):
    ExemptionFactory(candidate=candidate, status="university")
    case = granted(finance, head, [candidate])
    client.force_login(finance)

    page = client.get(record_url(candidate)).content.decode()
    main = page[page.index('<main id="main"') : page.index("</main>")]

    assert set(re.findall(r'href="([^"#]+)"', main)) <= {
        reverse("desk"),
        reverse("access:list"),
        reverse("access:detail", args=[case.pk]),
    }
    assert "<form" not in main


def test_finding_the_leave_is_one_statement(finance, head, candidate):
    case = granted(finance, head, [candidate])
    person = User.objects.get(pk=finance.pk)
    assert person.reach.is_staff

    with CaptureQueriesContext(connection) as queries:
        assert leave_for(person, candidate.pk) == case
    assert len(queries) == 1


def test_of_several_leaves_the_longest_counts(finance, head, candidate):
    granted(finance, head, [candidate], days=1)
    longest = granted(finance, head, [candidate], days=9)
    urgent_look(finance, [candidate])

    assert leave_for(finance, candidate.pk) == longest


def test_candidates_and_people_without_an_office_have_no_leave(candidate_user, candidate, finance, head):
    granted(finance, head, [candidate])

    assert leave_for(candidate_user, candidate.pk) is None
    assert leave_for(UserFactory(), candidate.pk) is None


def test_the_candidate_reads_who_looked_and_what_for(client, finance, head, candidate):
    case = granted(finance, head, [candidate])
    client.force_login(finance)
    client.get(record_url(candidate))

    (look,) = looks_at(candidate, most=10)
    assert look.purpose == case.purpose
    assert look.event.leave_id == case.pk


def test_the_head_sees_how_it_was_used(client, finance, head, candidate, university):
    others = [CandidateFactory(managing_university=university) for _ in range(2)]
    case = granted(finance, head, [candidate, *others])
    client.force_login(finance)
    for opened in (candidate, candidate, others[0]):
        client.get(record_url(opened))

    use = use_of(case)
    assert (use.records, use.opened, use.never_opened, use.looks) == (3, 2, 1, 3)
    assert [look.number for look in use.latest] == [others[0].ticket_number, candidate.ticket_number, candidate.ticket_number]
    assert [line.candidate for line in never_opened(case)] == [others[1]]
    assert [line.looks for line in covered_by(case, list(case.records.order_by("pk")))] == [2, 1, 0]


def test_a_look_of_another_leave_is_no_use_of_this_one(client, finance, head, candidate):
    longer, shorter = (granted(finance, head, [candidate], days=days) for days in (9, 1))
    client.force_login(finance)
    client.get(record_url(candidate))

    assert (use_of(longer).looks, use_of(shorter).looks) == (1, 0)


@given(
    minutes=st.integers(min_value=0, max_value=60 * 24 * 3),
    days=st.integers(min_value=1, max_value=30),
    offset=st.integers(min_value=-120, max_value=120),
    part=st.floats(min_value=0, max_value=1),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.django_db(transaction=False)
def test_looking_is_possible_exactly_while_the_leave_is_in_force(django_db_blocker, minutes, days, offset, part):
    start = dt.datetime(2027, 2, 26, 0, 0, tzinfo=SHANGHAI) + dt.timedelta(minutes=minutes)
    end = end_of(days, start)
    moment = end + dt.timedelta(seconds=offset) if part < 0.7 else start + (end - start) * part
    with django_db_blocker.unblock(), transaction.atomic():
        case, candidate = _granted_at(start, days)
        with time_machine.travel(moment, tick=False):
            assert (leave_for(case.requester, candidate.pk) is not None) is (moment < end)
            assert AccessRequest.objects.get(pk=case.pk).is_in_force is (moment < end)
        transaction.set_rollback(True)
    assert timezone.localtime(end).time() == dt.time.min
    assert (timezone.localdate(end - dt.timedelta(seconds=1)) - timezone.localdate(start)).days == days


def _granted_at(start, days):
    university = CandidateFactory().managing_university
    requester, head = (UserFactory(office=university, roles=[role]) for role in ("US", "UH"))
    Appointment.objects.update(starts_on=dt.date(2026, 1, 1))
    candidate = CandidateFactory(managing_university=university)
    case = request_of(requester, [candidate], "head", days=days)
    with time_machine.travel(start, tick=False):
        LEAVE.take("grant", case, by=head)
    return AccessRequest.objects.get(pk=case.pk), candidate


def test_a_granted_leave_of_somebody_without_any_duty_opens_the_page(client, university, head, candidate):
    nobody = UserFactory(office=university)
    granted(nobody, head, [candidate])
    client.force_login(nobody)

    assert client.get(record_url(candidate)).status_code == 200


def test_a_duty_that_is_given_later_takes_the_place_of_the_leave(client, finance, head, candidate, university):
    granted(finance, head, [candidate])
    Appointment.objects.create(person=finance, role=Group.objects.get(name="U3"), office=university)
    client.force_login(finance)

    assert "凭查阅申请" not in client.get(record_url(candidate)).content.decode()


def test_a_record_that_moved_on_stays_within_the_leave_by_name(client, finance, head, candidate, other_university):
    granted(finance, head, [candidate])
    RegistrationFactory(candidate=candidate, university=other_university)
    candidate.managing_university = other_university
    candidate.save()
    client.force_login(finance)

    assert client.get(record_url(candidate)).status_code == 200


def test_the_step_of_ending_is_not_the_requesters(finance, head, candidate):
    case = granted(finance, head, [candidate])

    with pytest.raises(PermissionDenied):
        LEAVE.take("end", case, by=finance, note="写明理由")

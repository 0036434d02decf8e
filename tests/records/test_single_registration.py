"""One person at the counter: nothing typed is lost, nobody is registered twice, a restricted major asks for its proof."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from records.models import Candidate, Major, ProbableDuplicate, Registration, Ticket
from tests.factories import CandidateFactory, MajorFactory, PlanFactory, RegistrationFactory, UserFactory, identity_number
from tests.proofs import png
from tests.records.candidate_files import BORN

NEW = reverse("registration:new")
pytestmark = pytest.mark.django_db


@pytest.fixture
def major(university):
    return MajorFactory(code="X9999901", hosts=[university])


@pytest.fixture
def desk(client, university, major):
    """The browser of a clerk of the university."""
    client.force_login(UserFactory(office=university, roles=["U3"]))
    return client


def filled(serial: int = 1, **fields: str) -> dict[str, str]:
    typed = {
        "name": "林知秋",
        "sex": "女",
        "document": "居民身份证",
        "identity": identity_number(serial, BORN),
        "birth": BORN.isoformat(),
        "ethnicity": "汉族",
        "phone": "13900000001",
        "major": "X9999901",
        "registered": timezone.localdate().isoformat(),
        "prior_education": "专科",
        "address": "示例路1号",
        "token": str(uuid.uuid4()),
    }
    return typed | fields


def text(response) -> str:
    return response.content.decode()


def test_a_person_is_registered_and_the_numbers_are_shown(desk, university):
    response = desk.post(NEW, filled(), follow=True)

    person = Candidate.objects.get()
    assert (person.name, person.managing_university) == ("林知秋", university)
    assert person.ticket_number in text(response)
    assert person.registration_number in text(response)
    assert Event.objects.filter(kind="read", verb="registering", candidate_id=person.pk).exists()


def test_the_same_form_sent_twice_registers_once(desk):
    sent = filled()

    first, second = desk.post(NEW, sent), desk.post(NEW, sent)

    assert first.url == second.url == reverse("registration:done", args=[Candidate.objects.get().pk])
    assert Ticket.objects.count() == Registration.objects.count() == 1


def test_faults_of_the_register_stand_beside_their_fields_and_nothing_typed_is_lost(desk):
    other = CandidateFactory(ticket="260000009999")

    response = desk.post(NEW, filled(identity="110101199003071234", ticket="260000009999", occupation="护士"))

    assert response.status_code == 422
    form = response.context["form"]
    assert set(form.errors) == {"identity"}
    assert "护士" in text(response)
    response = desk.post(NEW, filled(ticket="260000009999"))
    assert set(response.context["form"].errors) == {"ticket"}
    assert list(Candidate.objects.all()) == [other]


def test_majors_of_other_universities_are_not_offered(desk, other_university):
    MajorFactory(code="X9999902", hosts=[other_university])

    assert "X9999902" not in text(desk.get(NEW))
    assert set(desk.post(NEW, filled(major="X9999902")).context["form"].errors) == {"major"}


def test_a_closed_major_is_shown_with_its_last_day_and_refused_after_it(desk, major):
    last = dt.date(2026, 6, 30)
    Major.objects.filter(pk=major.pk).update(state=Major.State.CLOSED, closed_on=last)

    refused = desk.post(NEW, filled(registered="2026-07-01"))

    assert "2026-06-30以后不接收新生" in text(desk.get(NEW))
    assert "2026年6月30日" in str(refused.context["form"].errors["major"])
    assert not Candidate.objects.exists()
    assert desk.post(NEW, filled(registered="2026-06-30")).status_code == 302


@pytest.fixture
def restricted(major):
    return PlanFactory(major=major, entry_restriction="须为在职护士")


def test_a_restricted_major_asks_for_its_proof(desk, restricted):
    response = desk.post(NEW, filled())

    assert set(response.context["form"].errors) == {"condition"}
    assert "须为在职护士" in text(response)
    assert not Candidate.objects.exists()
    unsaid = desk.post(NEW, filled(condition="seen"))
    assert set(unsaid.context["form"].errors) == {"condition_noted"}


def test_what_was_seen_for_it_is_noted_with_the_clerk_and_the_scan(desk, restricted):
    scan = SimpleUploadedFile("执业证书.png", png(), "image/png")

    desk.post(NEW, filled(condition="seen", condition_noted="护士执业证书原件") | {"condition_proof": scan})

    registration = Registration.objects.get()
    assert registration.proof_noted == "护士执业证书原件"
    assert registration.proof.candidate == Candidate.objects.get()
    assert registration.proof_checked_by is not None


def test_a_scan_that_is_no_document_registers_nobody(desk, restricted):
    scan = SimpleUploadedFile("a.pdf", b"<svg onload=alert(1)>", "application/pdf")

    response = desk.post(NEW, filled(condition="seen") | {"condition_proof": scan})

    assert set(response.context["form"].errors) == {"condition_proof"}
    assert not Candidate.objects.exists()


def test_without_proof_the_condition_stays_open_until_somebody_checks_it(desk, restricted):
    page = desk.post(NEW, filled(condition="later"), follow=True)

    registration = Registration.objects.get()
    assert registration.proof_checked_at is None
    assert "条件待补" in text(page)
    desk.post(reverse("registration:condition", args=[registration.pk]), {"condition_noted": "执业证书原件"})
    registration.refresh_from_db()
    assert registration.proof_noted == "执业证书原件"


def test_a_major_without_restriction_has_no_condition_to_check(desk):
    desk.post(NEW, filled())

    url = reverse("registration:condition", args=[Registration.objects.get().pk])
    assert desk.get(url).status_code == 404


# already on record -----------------------------------------------------------------------------------------------------------


def on_record(**fields) -> Candidate:
    return CandidateFactory(name="林知秋", number=identity_number(1, BORN), birth_date=BORN, **fields)


def test_a_known_document_offers_the_further_major_before_anything_is_written(desk, other_university, major):
    person = on_record(managing_university=other_university, ticket="260000000777")

    shown = desk.post(NEW, filled())

    assert "这个证件已经登记" in text(shown)
    assert "260000000777" not in text(shown)
    assert not Registration.objects.exists()
    assert Event.objects.filter(verb="registering", candidate_id=person.pk).exists()
    desk.post(NEW, filled(confirmed="1"))
    assert Registration.objects.get().candidate == person
    assert list(Ticket.objects.values_list("number", flat=True)) == ["260000000777"]


def test_another_name_under_a_known_document_is_refused(desk):
    on_record()

    response = desk.post(NEW, filled(name="王小雨", confirmed="1"))

    assert set(response.context["form"].errors) == {"name"}
    assert not Registration.objects.exists()


def namesake(**fields) -> Candidate:
    return CandidateFactory(name="林知秋", birth_date=BORN, number=identity_number(9, BORN), **fields)


def test_who_may_be_the_same_person_is_shown_masked_and_decided_first(desk, other_university):
    other = namesake(managing_university=other_university)

    shown = desk.post(NEW, filled())

    assert "可能是已登记的考生" in text(shown)
    assert other.identity_mask in text(shown)
    assert identity_number(9, BORN) not in text(shown)
    assert other.phone not in text(shown)
    assert Candidate.objects.count() == 1


def test_the_same_person_is_not_registered_again(desk):
    namesake()

    response = desk.post(NEW, filled(finding="same", deciding="1"))

    assert "没有另外登记" in text(response)
    assert Candidate.objects.count() == 1


def test_another_person_is_registered_with_the_grounds(desk):
    other = namesake()

    without = desk.post(NEW, filled(finding="different", deciding="1"))
    assert Candidate.objects.count() == 1
    desk.post(NEW, filled(finding="different", deciding="1", grounds="父母姓名不同"))

    assert "请写明凭什么判断" in text(without)
    question = ProbableDuplicate.objects.get()
    assert (question.first, question.finding, question.grounds) == (other, "different", "父母姓名不同")
    assert question.found_by is not None
    assert Candidate.objects.count() == 2


# a further major from the record page ----------------------------------------------------------------------------------------


def test_a_further_major_keeps_the_ticket(desk, university, major):
    person = on_record(managing_university=university, ticket="260000000777")
    RegistrationFactory(candidate=person)

    today = timezone.localdate().isoformat()
    sent = {"major": major.code, "registered": today}
    response = desk.post(reverse("registration:second", args=[person.pk]), sent, follow=True)

    assert "260000000777" in text(response)
    assert person.registrations.count() == 2
    assert person.tickets.count() == 1


def test_nobody_else_registers_and_no_record_beyond_reach_is_shown(client, desk, other_university, university):
    person = on_record(managing_university=other_university)

    assert desk.get(reverse("registration:done", args=[person.pk])).status_code == 404
    assert desk.get(reverse("registration:second", args=[person.pk])).status_code == 404
    client.force_login(UserFactory(office=university, roles=["U4"]))
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, filled()).status_code == 403


def test_no_number_stands_in_an_address(desk):
    response = desk.post(NEW, filled())

    assert identity_number(1, BORN) not in response.url

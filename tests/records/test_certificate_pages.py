"""Pages of certificates: the candidate's own, the office's list, one of them, issuing, revoking, many at once."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from audit.models import Event
from audit.workflow import NotNow, Refused
from records import tasks  # noqa: F401 - registers the work of the job
from records.certificates import batches
from records.certificates.models import Certificate, CertificatePrint
from records.certificates.revoking import revoke
from records.jobs import rights, running
from records.models import Appointment, Job
from tests.factories import CandidateFactory, MajorFactory, RegistrationFactory, UserFactory
from tests.records.certifying import passed, transcript

LIST = reverse("certificates:list")
OWN = reverse("own-certificates")
BATCH = reverse("certificates:batch-new")


@pytest.fixture
def made(candidate) -> Certificate:
    passed(candidate, "00037", "74")
    passed(candidate, "03708", "81")
    return transcript(candidate)


def text(response) -> str:
    return response.content.decode()


def test_a_candidate_has_one_made_and_takes_the_file(client, candidate, candidate_user):
    passed(candidate, "00037")
    client.force_login(candidate_user)

    response = client.post(reverse("own-certificate-new", args=["transcript"]))

    made = Certificate.objects.get()
    assert response.url == f"{OWN}#c{made.number}"
    file = client.get(reverse("own-certificate-file", args=[made.number]))
    assert file.content == made.path.read_bytes()
    assert file["Content-Type"] == "application/pdf"
    assert "no-store" in file["Cache-Control"]
    page = text(client.get(OWN))
    assert made.number in page
    assert "现行" in page
    assert "1次" in page
    assert not Event.objects.filter(kind="read").exists()


def test_a_candidate_chooses_courses(client, candidate, candidate_user):
    passed(candidate, "00037")
    passed(candidate, "03708")
    client.force_login(candidate_user)
    address = reverse("own-certificate-new", args=["transcript"])
    assert "课程03708" in text(client.get(address))

    client.post(address, {"courses": ["03708"]})

    assert [line["code"] for line in Certificate.objects.get().facts["courses"]] == ["03708"]


def test_without_a_passed_course_the_form_says_so(client, candidate_user):
    client.force_login(candidate_user)

    assert "还没有合格课程" in text(client.get(reverse("own-certificate-new", args=["transcript"])))
    assert client.post(reverse("own-certificate-new", args=["transcript"])).status_code == 409
    assert not Certificate.objects.exists()


def test_a_name_that_cannot_be_printed_is_told_in_words(client, university):
    person = CandidateFactory(managing_university=university, name="林\ue000")
    client.force_login(UserFactory(candidate=person))

    response = client.post(reverse("own-certificate-new", args=["registration"]))

    assert response.status_code == 409
    assert "字库缺字" in text(response)


def test_nobody_takes_somebody_elses_file(client, made, university):
    client.force_login(UserFactory(candidate=CandidateFactory(managing_university=university)))

    assert client.get(reverse("own-certificate-file", args=[made.number])).status_code == 404
    assert client.get(reverse("certificates:detail", args=[made.pk])).status_code == 404
    assert not CertificatePrint.objects.exists()


def test_the_list_is_the_offices_own_and_found_by_number(client, made, clerk, foreign_clerk, candidate):
    client.force_login(clerk)
    assert candidate.name in text(client.get(LIST))
    assert made.number in text(client.get(LIST, {"q": made.number}))
    assert made.number not in text(client.get(LIST, {"q": "2026000000000"}))
    assert made.number not in text(client.get(LIST, {"state": "revoked"}))

    client.force_login(foreign_clerk)
    assert made.number not in text(client.get(LIST))


def test_the_list_costs_the_same_for_one_and_for_twenty(client, made, clerk, university, django_assert_max_num_queries):
    for _ in range(19):
        person = CandidateFactory(managing_university=university)
        Certificate.objects.create(
            number=f"N{person.pk}", code=f"C{person.pk}", candidate=person, office=university, kind="transcript",
            facts={}, facts_hash="", sha256=f"{person.pk:064}", size=1,
        )  # fmt: skip
    client.force_login(clerk)

    with django_assert_max_num_queries(16):
        page = text(client.get(LIST))
    assert page.count('scope="row"') == 20


def test_the_page_shows_what_it_says_and_is_a_read(client, made, clerk, candidate):
    client.force_login(clerk)

    page = text(client.get(reverse("certificates:detail", args=[made.pk])))

    assert candidate.identity_mask in page
    assert "课程00037" in page
    assert Event.objects.filter(kind="read", verb="certificate", candidate_id=candidate.pk, actor=clerk).count() == 1


def test_a_clerk_issues_for_a_candidate_of_the_own_university(client, candidate, clerk, foreign_clerk):
    passed(candidate, "00037")
    address = reverse("certificates:issue-kind", args=[candidate.pk, "pass"])
    client.force_login(foreign_clerk)
    assert client.get(address).status_code == 404

    client.force_login(clerk)
    response = client.post(address, {"courses": "00037"})

    made = Certificate.objects.get()
    assert response.url == reverse("certificates:detail", args=[made.pk])
    assert (made.kind, made.issued_by) == ("pass", clerk)


def test_a_university_of_another_major_issues_nothing(client, candidate, foreign_clerk, other_university):
    passed(candidate, "00037")
    RegistrationFactory(candidate=candidate, university=other_university)
    client.force_login(foreign_clerk)

    assert client.post(reverse("certificates:issue", args=[candidate.pk])).status_code == 403
    assert not Certificate.objects.exists()


def test_the_head_revokes_with_a_reason_and_nothing_brings_it_back(client, made, head, clerk, candidate):
    address = reverse("certificates:revoke", args=[made.pk])
    client.force_login(clerk)
    assert client.post(address, {"reason": "错发"}).status_code == 403
    client.force_login(head)
    assert client.post(address, {"reason": " "}).status_code == 422
    made.refresh_from_db()
    assert made.is_in_force

    assert client.post(address, {"reason": "盖章有误"}).status_code == 302

    made.refresh_from_db()
    assert (made.revoked_by, made.revoked_because) == (head, "盖章有误")
    assert client.post(address, {"reason": "再来一次"}).status_code == 409
    assert transcript(candidate) != made
    step = Event.objects.get(kind="step", verb="revoke-certificate")
    assert (step.actor_id, step.note, step.candidate_id) == (head.pk, "盖章有误", candidate.pk)


def test_the_head_of_another_university_does_not_revoke(made, other_university, city_head):
    with pytest.raises(PermissionDenied):
        revoke(made, "错发", by=UserFactory(office=other_university, roles=["UH"]))

    revoke(made, "错发", by=city_head)
    made.refresh_from_db()
    assert not made.is_in_force


@pytest.mark.parametrize("reason", ["", "x" * 201, "证件11010120000309123X不符"])
def test_a_reason_is_written_and_names_no_number(made, head, reason):
    with pytest.raises(Refused):
        revoke(made, reason, by=head)
    made.refresh_from_db()
    assert made.is_in_force


def batch_of(university, *, tickets=(), **more):
    return {"kind": "transcript", "tickets": list(tickets), "major": None, "first_day": None, "last_day": None} | more


@pytest.fixture
def people(university):
    """Three who passed something, one who has not, one with a name that cannot be printed."""
    found = [CandidateFactory(managing_university=university) for _ in range(4)]
    found.append(CandidateFactory(managing_university=university, name="林\ue000"))
    for person in [*found[:3], found[4]]:
        passed(person, "00037")
    return found


def run(job: Job) -> Job:
    running.run(job.pk)
    job.refresh_from_db()
    return job


def test_a_batch_makes_one_for_each_and_names_who_got_none(client, university, clerk, people):
    tickets = [person.ticket_number for person in people]
    job = run(batches.start_batch(university, batch_of(university, tickets=tickets), expected=5, by=clerk))

    assert (job.state, job.outcome["issued"], job.outcome["refused"]) == ("done", 3, 2)
    refused = {each["ticket"]: each["reason"] for each in job.outcome["refusals"]}
    assert set(refused) == {people[3].ticket_number, people[4].ticket_number}
    assert "字库缺字" in refused[people[4].ticket_number]
    client.force_login(clerk)
    page = text(client.get(reverse("certificates:batch", args=[job.pk])))
    assert people[3].ticket_number in page
    archive = b"".join(client.post(reverse("certificates:archive", args=[job.pk])).streaming_content)
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert sorted(packed.namelist()) == sorted(f"{each.number}.pdf" for each in Certificate.objects.all())
        assert all(packed.read(name).startswith(b"%PDF-") for name in packed.namelist())
    assert CertificatePrint.objects.count() == 3
    assert Event.objects.filter(kind="read", verb="export", details__rows=3).exists()


def test_a_batch_killed_and_started_again_doubles_nothing(university, clerk, people, monkeypatch):
    tickets = [person.ticket_number for person in people[:3]]
    job = batches.start_batch(university, batch_of(university, tickets=tickets), expected=3, by=clerk)
    original, calls = batches.issue, []

    def killed(*arguments, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*arguments, **options)

    monkeypatch.setattr(batches, "issue", killed)
    with pytest.raises(KeyboardInterrupt):
        running.run(job.pk)
    assert Certificate.objects.count() == 2
    assert not batches.archive_of(job).exists()
    monkeypatch.setattr(batches, "issue", original)

    job = run(job)

    assert (job.state, job.outcome["issued"]) == ("done", 3)
    assert Certificate.objects.count() == 3


def test_a_batch_of_somebody_who_lost_the_duty_stops(university, clerk, people):
    job = batches.start_batch(university, batch_of(university, tickets=[people[0].ticket_number]), expected=1, by=clerk)
    Appointment.objects.filter(person=clerk).delete()

    job = run(job)

    assert job.state == Job.State.STOPPED
    assert not Certificate.objects.exists()
    assert rights.permission_for(batches.JOB) == "records.issue_certificate"


def test_a_batch_by_major_and_days_takes_the_universitys_own(university, other_university, clerk):
    major = MajorFactory(hosts=[university])
    mine = CandidateFactory(managing_university=university, major=major)
    CandidateFactory(managing_university=university, major=MajorFactory())
    CandidateFactory(managing_university=other_university, major=major)
    registered = mine.registrations.get().registered_on
    wanted = batch_of(university, kind="registration", major=major, first_day=registered, last_day=registered)

    assert list(batches.people_of(university, wanted)) == [mine]
    with pytest.raises(NotNow):
        batches.start_batch(university, wanted, expected=2, by=clerk)
    assert run(batches.start_batch(university, wanted, expected=1, by=clerk)).outcome["issued"] == 1


def test_the_form_shows_how_many_before_it_starts_anything(client, university, other_university, clerk, candidate):
    stranger = CandidateFactory(managing_university=other_university)
    client.force_login(clerk)
    given = {"kind": "registration", "tickets": f"{candidate.ticket_number}\n{stranger.ticket_number}\n"}

    preview = client.post(BATCH, given)
    assert preview.status_code == 200
    assert "<b>1</b>" in text(preview)
    assert "1个准考证号不是本校考生的" in text(preview)
    assert not Job.objects.exists()

    started = client.post(BATCH, given | {"expected": "1"})
    assert started.url == reverse("certificates:batch", args=[Job.objects.get().pk])
    assert client.post(BATCH, given | {"expected": "7"}).status_code == 409


@pytest.mark.parametrize("tickets", ["11010120000309123X", "13812345678"])
def test_the_form_takes_no_identity_numbers(client, clerk, tickets):
    client.force_login(clerk)

    response = client.post(BATCH, {"kind": "transcript", "tickets": tickets})

    assert response.status_code == 422
    assert "请只填准考证号" in text(response)


def test_another_university_does_not_see_the_batch(client, university, clerk, foreign_clerk, people):
    job = run(batches.start_batch(university, batch_of(university, tickets=[people[0].ticket_number]), expected=1, by=clerk))
    client.force_login(foreign_clerk)

    assert client.get(reverse("certificates:batch", args=[job.pk])).status_code == 404
    assert client.post(reverse("certificates:archive", args=[job.pk])).status_code == 404

"""Admission tickets: what stands on them, one and many, who may print them, what stops a single one."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone
from pyhanko.pdf_utils.reader import PdfFileReader

from audit.models import Event
from audit.workflow import NotNow, Refused
from records import tasks  # noqa: F401 - registers the work of its jobs
from records.jobs.models import Job
from records.jobs.running import run
from records.models import Appointment, Candidate, RareName, Setting, Ticket
from records.photos.taking import keep_photo, take_in
from records.tickets import batching
from records.tickets.contents import facts_of, ticket_of, with_all
from records.tickets.printing import printed
from records.tickets.selecting import Selection
from tests.factories import CandidateFactory, MajorFactory, RegistrationFactory
from tests.records.portraits import GOOD

pytestmark = pytest.mark.django_db
UNDRAWN = "\U00030000"


def pages(content: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(content)).root["/Pages"]["/Count"])


def facts(candidate: Candidate) -> dict[str, str]:
    person = with_all(Candidate.objects.all()).get(pk=candidate.pk)
    return {label: value for row in facts_of(person) for label, value in row}


def content(candidate: Candidate) -> dict:
    return ticket_of(with_all(Candidate.objects.all()).get(pk=candidate.pk))


def text(response) -> str:
    return response.content.decode()


def test_a_ticket_says_who_with_which_numbers_for_which_majors(candidate, university):
    second = RegistrationFactory(candidate=candidate, university=university)
    closed = RegistrationFactory(candidate=candidate, university=university, closed_on=timezone.localdate())

    found = facts(candidate)

    assert (found["姓名"], found["准考证号"], found["报名号"]) == (
        candidate.name,
        candidate.ticket_number,
        candidate.registration_number,
    )
    assert second.major.name in found["报考专业"]
    assert closed.major.name not in found["报考专业"]
    assert found["主考院校"] == university.title
    assert "长期有效" in found["有效期"]


def test_the_record_number_is_shown_from_the_day_the_record_was_opened(candidate):
    assert facts(candidate)["考籍号"] == "尚未建立"

    Candidate.objects.filter(pk=candidate.pk).update(record_number="2041826753", record_opened_on=dt.date(2026, 6, 30))

    assert facts(candidate)["考籍号"] == "2041826753"


def test_the_code_holds_the_ticket_number_and_the_page_no_identity(candidate):
    found = content(candidate)
    said = str({key: value for key, value in found.items() if key not in ("photo", "qr")})

    assert candidate.identity_number not in said
    assert candidate.phone not in said
    assert found["number"] == candidate.ticket_number


def test_a_photo_or_a_place_for_it(candidate, clerk):
    assert content(candidate)["photo"] is None
    document = take_in(candidate, keep_photo(GOOD, candidate_id=candidate.pk, by=clerk), by=clerk).document
    assert bytes(content(candidate)["photo"]).startswith(b"\xff\xd8\xff")

    document.path.write_bytes(b"\xff\xd8\xff no picture any more")
    assert content(candidate)["photo"] is None
    document.path.unlink()
    assert content(candidate)["photo"] is None


def test_a_university_writes_its_own_instructions(candidate, university):
    Setting.objects.create(
        key="ticket.instructions", value="请带两支笔。\n\n不得迟到。", in_force_from=dt.date(2026, 1, 1), office=university
    )

    assert content(candidate)["instructions"] == ["请带两支笔。", "不得迟到。"]


@pytest.mark.parametrize(
    "name", ["林知微", "㙍䶮", "王𬭚𠮷", "阿依古丽·买买提", "穆罕默德·" * 40, "Maria de los Angeles " * 9, "#*_$<>@"]
)
def test_every_name_fits_on_one_page(candidate, university, name):
    Candidate.objects.filter(pk=candidate.pk).update(name=name[:200])
    for _ in range(8):
        RegistrationFactory(candidate=candidate, university=university, major=MajorFactory(name="汉语言文学与文化传播教育"))
    Setting.objects.create(key="ticket.instructions", value="须知内容。" * 300, in_force_from=dt.date(2026, 1, 1))

    assert pages(printed(candidate.pk)) == 1


def test_a_name_that_the_font_lacks_is_refused_and_noted(candidate):
    Candidate.objects.filter(pk=candidate.pk).update(name=f"王{UNDRAWN}")

    with pytest.raises(Refused) as refusal:
        printed(candidate.pk)

    assert "U+30000" in str(refusal.value.problems[0].message)
    assert RareName.objects.get().candidate == candidate


def test_without_a_number_there_is_no_ticket(candidate):
    Ticket.objects.update(is_current=False)

    with pytest.raises(NotNow) as refusal:
        printed(candidate.pk)

    assert [problem.code for problem in refusal.value.problems] == ["ticket.no-number"]


def test_the_clerk_prints_one_and_the_candidate_can_see_it(client, clerk, foreign_clerk, officer, candidate):
    client.force_login(clerk)

    answer = client.get(reverse("tickets:one", args=[candidate.pk]))

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in answer["Cache-Control"]
    assert Event.objects.get(kind=Event.Kind.READ, verb="ticket").candidate_id == candidate.pk
    client.force_login(foreign_clerk)
    assert client.get(reverse("tickets:one", args=[candidate.pk])).status_code == 404
    client.force_login(officer)
    assert client.get(reverse("tickets:one", args=[candidate.pk])).status_code == 403


def test_the_candidate_fetches_the_own_one(client, candidate_user, candidate):
    client.force_login(candidate_user)

    assert pages(client.get(reverse("tickets:own")).content) == 1

    Candidate.objects.filter(pk=candidate.pk).update(name=f"王{UNDRAWN}")
    refused = client.get(reverse("tickets:own"))
    assert refused.status_code == 409
    assert "字库缺字" in text(refused)


@pytest.fixture
def people(university) -> list[Candidate]:
    return [CandidateFactory(managing_university=university) for _ in range(5)]


def tickets_of(people) -> Selection:
    return Selection(numbers=tuple(person.ticket_number for person in people))


def done(job: Job) -> Job:
    run(job.pk)
    job.refresh_from_db()
    return job


def test_many_make_one_file_with_a_page_each_and_the_refused_are_listed(people, clerk):
    Candidate.objects.filter(pk=people[1].pk).update(name=f"王{UNDRAWN}")

    job = done(batching.start_batch(tickets_of(people), expected=5, by=clerk))

    assert (job.state, job.outcome["printed"], job.outcome["file"]) == (Job.State.DONE, 4, "tickets.pdf")
    assert pages((job.result_path / "tickets.pdf").read_bytes()) == 4
    ((number, why),) = job.outcome["refused"]
    assert number == people[1].ticket_number
    assert "字库缺字" in why
    exported = Event.objects.get(kind=Event.Kind.READ, verb="export")
    assert (exported.details["rows"], exported.details["sha256"]) == (4, job.outcome["sha256"])


def test_very_many_make_an_archive_of_files_in_order(people, clerk, monkeypatch):
    monkeypatch.setattr(batching, "A_FILE", 2)

    job = done(batching.start_batch(tickets_of(people), expected=5, by=clerk))

    with zipfile.ZipFile(job.result_path / job.outcome["file"]) as archive:
        assert [pages(archive.read(name)) for name in archive.namelist()] == [2, 2, 1]
    assert job.parameters["candidates"] == [person.pk for person in sorted(people, key=lambda person: person.ticket_number)]


def test_a_killed_job_goes_on_with_the_parts_that_lack(people, clerk, monkeypatch):
    monkeypatch.setattr(batching, "A_FILE", 2)
    job = batching.start_batch(tickets_of(people), expected=5, by=clerk)

    def dies(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batching.print_batch(job, dies)
    first = batching._pdf(job, 0).stat().st_mtime_ns

    job = done(job)

    assert job.outcome["printed"] == 5
    assert batching._pdf(job, 0).stat().st_mtime_ns == first


def test_the_right_is_asked_for_again_when_the_job_runs(people, clerk, university):
    job = batching.start_batch(tickets_of(people), expected=5, by=clerk)
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    Appointment.objects.filter(person=clerk).update(starts_on=yesterday, ends_on=yesterday)

    assert done(job).state == Job.State.STOPPED
    assert "file" not in job.outcome


def test_who_has_gone_to_another_university_is_not_printed(people, clerk, other_university):
    job = batching.start_batch(tickets_of(people), expected=5, by=clerk)
    Candidate.objects.filter(pk=people[0].pk).update(managing_university=other_university)

    job = done(job)

    assert job.outcome["printed"] == 4
    assert job.outcome["refused"] == [[people[0].ticket_number, "已不由本校管理。"]]


def test_nobody_starts_for_other_numbers_than_were_shown(people, clerk):
    with pytest.raises(NotNow):
        batching.start_batch(tickets_of(people), expected=4, by=clerk)
    with pytest.raises(NotNow):
        batching.start_batch(Selection(numbers=("000000",)), expected=0, by=clerk)


def test_the_page_counts_names_who_has_no_photo_and_starts(client, clerk, people, foreign_clerk):
    client.force_login(clerk)
    url = reverse("tickets:batch-new")
    numbers = "\n".join([*[person.ticket_number for person in people], "999999"])

    preview = client.post(url, {"numbers": numbers})
    started = client.post(url, {"numbers": numbers, "expected": "5"})

    assert "打印5张" in text(preview)
    assert "999999" in text(preview)
    assert people[0].name in text(preview)
    job = done(Job.objects.get())
    assert started.url == reverse("tickets:batch", args=[job.pk])
    assert "下载5张准考证" in text(client.get(started.url))
    file = client.get(reverse("tickets:batch-file", args=[job.pk]))
    assert pages(b"".join(file.streaming_content)) == 5
    assert Event.objects.filter(verb="export", details__export="tickets-download").exists()
    client.force_login(foreign_clerk)
    assert client.get(reverse("tickets:batch-file", args=[job.pk])).status_code == 404


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [("2026-03-01", "2026-03-01", 1), ("2026-03-02", "", 0), ("", "2026-02-28", 0), ("", "2026-03-01", 1)],
)
def test_by_major_and_day_of_registration(client, clerk, candidate, university, first, last, count):
    RegistrationFactory(candidate=candidate, university=university, registered_on=dt.date(2026, 3, 1))
    client.force_login(clerk)

    page = client.post(reverse("tickets:batch-new"), {"first_day": first, "last_day": last})

    assert ("打印1张" in text(page)) is bool(count)


def test_something_has_to_be_chosen(client, clerk, candidate):
    client.force_login(clerk)

    for sent in (
        {},
        {"numbers": "abc"},
        {"numbers": candidate.identity_number},
        {"first_day": "2026-03-02", "last_day": "2026-03-01"},
    ):
        assert client.post(reverse("tickets:batch-new"), sent).status_code == 422


def test_files_go_when_their_time_is_over(people, clerk):
    job = done(batching.start_batch(tickets_of(people), expected=5, by=clerk))
    assert batching.remove_old() == 0

    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - dt.timedelta(days=8))

    assert batching.remove_old() == 1
    assert not job.result_path.exists()
    assert batching.remove_old() == 0

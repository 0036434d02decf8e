"""The jobs of marks when the right to them ends on the way: all of a batch or nothing; what two people decided goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from records.jobs import running
from records.models import Appointment, Candidate, Credit, Job, User
from scores import tasks
from scores.entry.entering import request_entry, start_check, undo
from scores.entry.importing import receive, sitting_named
from scores.models import Mark, Publication, ScoreBatch
from scores.publishing.publication import prepare, publish
from tests.factories import CandidateFactory, CourseFactory
from tests.scores.files import SITTING, checked, entered, marks_file, ticket_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Candidate:
    CourseFactory(code="00015")
    return CandidateFactory()


@pytest.fixture
def path(tmp_path: Path, person: Candidate) -> Path:
    return marks_file(tmp_path, [(ticket_of(person), "00015", 88)])


def take_duties(*people: User) -> None:
    Appointment.objects.filter(person__in=people).update(taken_at=timezone.now())


def run(batch: ScoreBatch) -> Job:
    batch.refresh_from_db()
    assert batch.job_id is not None
    running.run(batch.job_id)
    batch.refresh_from_db()
    return Job.objects.get(pk=batch.job_id)


def losing(monkeypatch: pytest.MonkeyPatch, name: str, officer: User) -> None:
    """The officer loses all duties after the work ``name`` of the tasks is done and before it is committed."""
    original = getattr(tasks, name)

    def work(*arguments: Any) -> None:
        original(*arguments)
        take_duties(officer)

    monkeypatch.setattr(tasks, name, work)


def test_a_confirmed_batch_is_not_entered_for_who_lost_the_duty_meanwhile(path, officer, second_officer):
    batch = checked(path)
    request_entry(batch, by=officer)
    take_duties(officer)

    job = run(batch)

    assert (job.state, batch.state) == ("stopped", ScoreBatch.State.READY)
    assert "没有写入任何内容" in job.error
    assert not Mark.registry.exists()
    request_entry(batch, by=second_officer)
    assert run(batch).state == "done"
    assert Mark.registry.count() == 1


def test_a_right_that_ends_while_a_batch_is_entered_takes_all_of_it_back(path, officer, monkeypatch):
    batch = checked(path)
    request_entry(batch, by=officer)
    losing(monkeypatch, "enter", officer)

    job = run(batch)

    assert (job.state, batch.state) == ("stopped", ScoreBatch.State.READY)
    assert not Mark.registry.exists()


def test_a_right_that_ends_while_a_batch_is_undone_leaves_it_as_it_was(path, officer, monkeypatch):
    batch = entered(path)
    undo(batch, by=officer, note="重传")
    losing(monkeypatch, "take_out", officer)

    job = run(batch)

    assert (job.state, batch.state) == ("stopped", ScoreBatch.State.CONFIRMED)
    assert Mark.registry.count() == 1


def test_a_file_whose_check_was_stopped_is_checked_when_somebody_sends_it_again(client, path, officer, second_officer):
    batch, _is_new = receive(path, sitting_named(SITTING), Publication.Kind.WRITTEN, by=officer)
    start_check(batch, by=officer)
    take_duties(officer)
    assert run(batch).state == "stopped"
    client.force_login(second_officer)
    assert "本批处理已停止" in client.get(reverse("scores:batch", args=[batch.pk])).content.decode()

    fields = {"sitting": SITTING, "kind": Publication.Kind.WRITTEN.value}
    client.post(reverse("scores:upload"), {**fields, "file": SimpleUploadedFile("marks.csv", path.read_bytes())})

    assert run(batch).state == "done"
    assert batch.state == ScoreBatch.State.READY
    assert ScoreBatch.objects.count() == 1


def test_credits_of_a_publication_are_entered_though_both_people_have_gone(path, person, officer, second_officer):
    batch = entered(path)
    assert batch.publication is not None
    prepare(batch.publication, by=officer, note="已核对")
    job = publish(batch.publication, by=second_officer)
    take_duties(officer, second_officer)
    User.objects.filter(pk=second_officer.pk).update(is_active=False)

    running.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert Credit.objects.filter(candidate=person).exists()

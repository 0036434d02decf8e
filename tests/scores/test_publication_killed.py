"""The job behind a publication, killed: nothing lost, nothing twice, wherever it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit.models import Event
from records.jobs import running
from records.jobs.models import Job
from records.ledger.models import CreditEntry
from records.models import Candidate, Credit, User
from scores.models import Publication, ResultSheet, ScoreBatch, SittingStatistic
from scores.publishing import publication as publishing
from scores.publishing.approving import approve, publish_due
from scores.publishing.publication import enter_credits, prepare, publish
from scores.results import sheets
from scores.results.looking_up import results_of
from tests.factories import CandidateFactory, CourseFactory
from tests.scores.files import entered, marks_file, ticket_of
from tests.working import environment

PATIENCE = 30
PEOPLE = 6
PORTION = 2
PORTIONS = PEOPLE // PORTION

WORK = f"""
import django; django.setup()
from records.jobs import running
from scores import tasks
from scores.publishing import publication
from scores.results import sheets
publication.CANDIDATES_AT_ONCE = sheets.CANDIDATES_AT_ONCE = {PORTION}
running.run(int(__import__("sys").argv[1]))
"""

_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


@pytest.fixture
def people(transactional_db: None) -> list[Candidate]:
    CourseFactory(code="00015")
    return sorted((CandidateFactory() for _ in range(PEOPLE)), key=lambda person: person.pk)


@pytest.fixture
def asked(tmp_path: Path, people: list[Candidate], officer: User) -> Publication:
    """Marks 59, 60, 61 …: everybody but the first passes."""
    rows = [(ticket_of(person), "00015", 59 + place) for place, person in enumerate(people)]
    publication = entered(marks_file(tmp_path, rows)).publication
    assert publication is not None
    prepare(publication, by=officer)
    return publication


def again(publication: Publication) -> Publication:
    return Publication.objects.select_related("sitting").get(pk=publication.pk)


def is_complete(publication: Publication, people: list[Candidate]) -> None:
    """Everything that follows a publication is there, once."""
    passed = {person.pk for person in people[1:]}
    publication = again(publication)
    assert publication.credits_entered_at is not None
    assert sorted(Credit.objects.values_list("candidate", flat=True)) == sorted(passed)
    assert sorted(CreditEntry.objects.values_list("candidate", flat=True)) == sorted(passed)
    assert set(Candidate.objects.filter(record_number__isnull=False).values_list("pk", flat=True)) == passed
    assert sorted(ResultSheet.objects.values_list("candidate", flat=True)) == [person.pk for person in people]
    assert [len(results_of(ticket_of(person), person.identity_number).marks) for person in people] == [1] * PEOPLE
    assert set(publication.batches.values_list("state", flat=True)) == {ScoreBatch.State.PUBLISHED}
    assert sum(row.registered for row in SittingStatistic.objects.filter(sitting=publication.sitting)) == PEOPLE
    finished = Event.objects.about(publication).steps().filter(verb="enter-credits")
    assert [event.details for event in finished] == [{"credits": len(passed), "opened": len(passed)}]


@contextmanager
def in_the_way(person: Candidate) -> Iterator[None]:
    """Hold this candidate's row, at which the work stops."""
    with transaction.atomic():
        Candidate.objects.select_for_update().get(pk=person.pk)
        yield


def work_until_it_waits(job: Job) -> subprocess.Popen[bytes]:
    """A process of its own that does the job, up to where somebody is in the way."""
    process = subprocess.Popen([sys.executable, "-c", WORK, str(job.pk)], env=environment(), start_new_session=True)
    deadline = time.monotonic() + PATIENCE
    while not _is_somebody_waiting():
        assert process.poll() is None, "it ended before it came to the place"
        assert time.monotonic() < deadline, "it does not come to the place"
        time.sleep(0.05)
    return process


def _is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return bool(cursor.fetchone()[0])


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(timeout=PATIENCE) == -signal.SIGKILL


def started_again(job: Job) -> None:
    """As the sweeper does, until the server has noticed that the killed one is gone."""
    deadline = time.monotonic() + PATIENCE
    while Job.objects.get(pk=job.pk).state != Job.State.DONE:
        assert time.monotonic() < deadline, "nobody takes the job up"
        running.run(job.pk)
        time.sleep(0.05)


@pytest.mark.parametrize("place", [0, PORTION, PEOPLE - 1])
def test_a_worker_that_is_killed_while_it_enters_credits_is_followed_by_another(
    asked: Publication, people: list[Candidate], second_officer: User, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "CANDIDATES_AT_ONCE", PORTION)
    job = publish(asked, by=second_officer)
    sheets.prepare(again(asked))
    with in_the_way(people[max(place, 1)]):
        process = work_until_it_waits(job)
        done = CreditEntry.objects.exclude(candidate__in=people[place - place % PORTION :]).count()
        kill(process)
    assert done == max(0, place - place % PORTION - 1)
    assert again(asked).credits_entered_at is None

    started_again(job)

    is_complete(asked, people)


@pytest.mark.parametrize("place", [0, PORTION, PEOPLE - 1])
def test_a_worker_that_is_killed_while_it_makes_sheets_is_followed_by_another(
    asked: Publication, people: list[Candidate], second_officer: User, place: int
) -> None:
    job = publish(asked, by=second_officer)
    with in_the_way(people[place]):
        process = work_until_it_waits(job)
        assert ResultSheet.registry.count() == place - place % PORTION
        assert not ResultSheet.objects.exists()
        kill(process)

    started_again(job)

    is_complete(asked, people)


def test_a_worker_that_is_killed_before_the_minute_changes_nothing_at_the_minute(
    asked: Publication, people: list[Candidate], second_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = (timezone.now() + timezone.timedelta(minutes=2)).replace(second=0, microsecond=0)
    approve(asked, by=second_officer, minute=minute, is_announced=True)
    preparing = Job.objects.get(kind=sheets.SHEETS_JOB)
    with in_the_way(people[PORTION]):
        kill(work_until_it_waits(preparing))
    assert ResultSheet.registry.count() == PORTION
    monkeypatch.setattr("scores.publishing.clock.now", lambda: minute)

    assert publish_due() == 1
    started_again(Job.objects.get(kind=publishing.PUBLISH_JOB))

    is_complete(asked, people)


class Fault(BaseException):
    """A power cut at one place."""


@pytest.mark.parametrize("fails_at", range(1, 2 * PORTIONS + 1))
def test_cut_off_behind_any_portion_of_sheets_or_credits_it_goes_on_from_there(
    asked: Publication, people: list[Candidate], second_officer: User, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    for module in (publishing, sheets):
        monkeypatch.setattr(module, "CANDIDATES_AT_ONCE", PORTION)
    job = publish(asked, by=second_officer)
    seen: list[int] = []

    def cut_off(done: int, _total: int | None) -> None:
        seen.append(done)
        if len(seen) == fails_at:
            raise Fault

    with pytest.raises(Fault):
        enter_credits(again(asked), job, cut_off)
    assert again(asked).credits_entered_at is None

    enter_credits(again(asked), Job.objects.get(pk=job.pk))

    is_complete(asked, people)


@pytest.mark.parametrize("name", ["enter_selected", "refresh_statistics", "refresh_preview"])
def test_cut_off_inside_a_portion_or_at_the_end_nothing_of_it_stays(
    asked: Publication, people: list[Candidate], second_officer: User, monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path
) -> None:
    """Behind what was written, before it is committed."""
    CourseFactory(code="00099", practical=True)
    entered(marks_file(tmp_path, [(ticket_of(people[0]), "00099", "不合格")], name="p.csv"), practical=True)
    job = publish(asked, by=second_officer)
    whole = getattr(publishing, name)

    def cut_off(*arguments: Any) -> None:
        whole(*arguments)
        raise Fault

    with monkeypatch.context() as patch:
        patch.setattr(publishing, name, cut_off)
        with pytest.raises(Fault):
            enter_credits(again(asked), job)
    assert Credit.objects.exists() is (name != "enter_selected")
    assert again(asked).credits_entered_at is None
    assert not SittingStatistic.objects.exists()

    enter_credits(again(asked), Job.objects.get(pk=job.pk))

    is_complete(asked, people)

"""Files for many candidates: exactly those who registered in the period and have none, once, whatever dies in between."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from audit.workflow import NotNow
from records.archive import opening
from records.archive.models import PaperFile, PaperFileSerial
from records.archive.reporting import Period
from records.jobs import running
from records.models import Candidate, Job, Office
from tests.factories import CandidateFactory, PaperFileFactory, RegistrationFactory, UserFactory

SEPTEMBER = Period(dt.date(2026, 9, 1), dt.date(2026, 9, 30))


def registered(university: Office, on: dt.date, **more: Any) -> Candidate:
    candidate = CandidateFactory(managing_university=university, **more)
    RegistrationFactory(candidate=candidate, university=university, registered_on=on)
    return candidate


def nothing(done: int, total: int) -> None:
    """Nobody watches."""


def started(university: Office, expected: int, by: Any, place: str = "") -> Job:
    return opening.start_opening(university, SEPTEMBER, place=place, expected=expected, by=by)


def test_those_of_the_period_without_a_file_get_one(university, other_university, clerk):
    first = registered(university, SEPTEMBER.first_day)
    last = registered(university, SEPTEMBER.last_day)
    has_one = registered(university, SEPTEMBER.first_day)
    standing = PaperFileFactory(candidate=has_one, number="OLD-1")
    others = [
        registered(university, SEPTEMBER.first_day - dt.timedelta(days=1)),
        registered(university, SEPTEMBER.last_day + dt.timedelta(days=1)),
        registered(other_university, SEPTEMBER.first_day),
    ]
    guest = CandidateFactory(managing_university=other_university)
    RegistrationFactory(candidate=guest, university=university, registered_on=SEPTEMBER.first_day)

    job = started(university, 2, clerk, place="1柜")
    opening.open_many(job, nothing)

    opened = PaperFile.objects.exclude(pk=standing.pk).order_by("number")
    assert [(file.candidate, file.place, file.number[-2:]) for file in opened] == [(first, "1柜", "01"), (last, "1柜", "02")]
    assert not PaperFile.objects.filter(candidate__in=[*others, guest]).exists()
    assert job.outcome == {"opened": 2}


@pytest.mark.parametrize("expected", [0, 2])
def test_it_does_not_begin_when_there_are_others_than_were_shown(university, clerk, expected):
    registered(university, SEPTEMBER.first_day)

    with pytest.raises(NotNow):
        started(university, expected, clerk)
    assert not Job.objects.exists()


def test_only_who_keeps_the_files_begins_it(university, foreign_clerk, officer):
    registered(university, SEPTEMBER.first_day)

    for person in (foreign_clerk, officer, UserFactory(office=university, roles=["UH"])):
        with pytest.raises(PermissionDenied):
            started(university, 1, person)


def test_it_goes_on_where_it_was_broken_off(university, clerk, monkeypatch):
    monkeypatch.setattr(opening, "CHUNK", 1)
    people = [registered(university, SEPTEMBER.first_day) for _ in range(3)]
    job, seen = started(university, 3, clerk), []

    def power_cut(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opening.open_many(job, power_cut)
    assert PaperFile.objects.count() == 2
    opening.open_many(job, nothing)

    assert seen == [(0, 3), (1, 3), (2, 3)]
    assert set(PaperFile.objects.values_list("candidate", flat=True)) == {person.pk for person in people}
    assert PaperFileSerial.objects.get().last == 3


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_and_started_again_opens_each_once(worker: Any, university, clerk):
    born = [dt.date(1990 + number // 400, 3, 14) for number in range(opening.CHUNK + 20)]
    people = [registered(university, SEPTEMBER.first_day, birth_date=day) for day in born]
    worker.kill()
    job = started(university, len(people), clerk)
    PaperFileSerial.objects.create(university=university)

    with transaction.atomic():
        PaperFileSerial.objects.select_for_update().get()
        worker.start()
        worker._wait(is_anybody_waiting, 30, "does not come to the first chunk")
        worker.kill()
    assert not PaperFile.objects.exists()
    worker.start()
    Job.objects.update(woken_at=timezone.now() - dt.timedelta(minutes=5))
    running.sweep()
    worker._wait(lambda: Job.objects.get().finished_at is not None, 60, "does not finish")

    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.outcome) == ("done", len(people), len(people), {"opened": len(people)})
    numbers = sorted(int(number[4:]) for number in PaperFile.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(people) + 1))


def is_anybody_waiting() -> bool:
    """Whether a process of the worker stands before the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        row = cursor.fetchone()
    time.sleep(0.02)
    return bool(row and row[0])


@pytest.mark.django_db(transaction=True)
def test_whoever_lost_the_right_meanwhile_opens_nothing(worker: Any, university, clerk):
    registered(university, SEPTEMBER.first_day)
    with worker.held():
        job = started(university, 1, clerk)
        clerk.appointments.update(taken_at=timezone.now())
    worker._wait(lambda: Job.objects.get(pk=job.pk).finished_at is not None, 60, "does not finish")

    assert Job.objects.get().state != "done"
    assert not PaperFile.objects.exists()

"""Jobs: started once, run by a real worker, alone, to the end, whatever dies in between."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from audit.acting import current
from records.jobs import registry, running
from records.jobs.views import progress_of
from records.models import Job


@pytest.fixture
def example_work(monkeypatch):
    """A kind of job of the test's own; returns what it saw."""
    seen: list[object] = []

    def work(job):
        seen.append((job.pk, current().actor_id))
        for done in range(job.parameters.get("rows", 0)):
            running.advance(job, done + 1, job.parameters["rows"])
        if job.parameters.get("fails") == "database":
            raise OperationalError
        if job.parameters.get("fails"):
            raise ValueError("320102199803140021")

    monkeypatch.setitem(registry._WORK, "example", work)
    return seen


def start(user=None, **parameters):
    return running.start("example", "示例", by=user, **parameters)


def test_a_job_runs_as_its_starter_and_ends_done(example_work, officer):
    job = start(officer, rows=3)

    running.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.error) == ("done", 3, 3, "")
    assert job.finished_at is not None
    assert example_work == [(job.pk, officer.pk)]


def test_a_finished_job_does_not_run_again(example_work, officer):
    job = start(officer)
    running.run(job.pk)

    running.run(job.pk)

    assert len(example_work) == 1


def test_a_job_that_fails_says_so_without_personal_data(example_work, officer):
    job = start(officer, fails="text")

    with pytest.raises(ValueError, match="320102"):
        running.run(job.pk)

    job.refresh_from_db()
    assert job.state == "failed"
    assert "ValueError" in job.error
    assert "320102" not in job.error


def test_a_lost_database_is_tried_again_a_few_times(example_work, officer):
    job = start(officer, fails="database")

    for _ in range(running.MOST_ATTEMPTS):
        job.refresh_from_db()
        assert job.state in ("queued", "running")
        with pytest.raises(OperationalError):
            running.run(job.pk)

    job.refresh_from_db()
    assert job.state == "failed"


def test_the_sweeper_wakes_only_what_nobody_has_been_at(example_work, officer, monkeypatch):
    woken: list[int] = []
    monkeypatch.setattr(running, "wake", woken.append)
    long_ago = timezone.now() - running.LOST_AFTER - dt.timedelta(seconds=1)
    lost, fresh, finished = start(officer), start(officer), start(officer)
    Job.objects.filter(pk__in=[lost.pk, finished.pk]).update(woken_at=long_ago)
    Job.objects.filter(pk=finished.pk).update(state="done")

    assert running.sweep() == 1

    assert woken == [lost.pk]
    assert running.sweep() == 0
    assert fresh.state == "queued"


@pytest.mark.django_db(transaction=True)
def test_a_job_is_run_by_one_process_at_a_time(example_work, monkeypatch):
    woken: list[int] = []
    monkeypatch.setattr(running, "wake", woken.append)  # another test's worker may be about
    job = start()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [running.LOCK_SPACE, job.pk])
        running.run(job.pk)
        assert example_work == []
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()

    running.run(job.pk)
    assert len(example_work) == 1


def test_the_page_of_a_job_is_for_its_starter_and_the_office(client, example_work, officer, second_officer, clerk, city):
    job = running.start("example", "示例", by=officer, office=city)
    url = reverse("jobs:detail", args=[job.pk])

    for person, expected in ((officer, 200), (second_officer, 200), (clerk, 404)):
        client.force_login(person)
        assert client.get(url).status_code == expected


@pytest.mark.parametrize(("part", "renews"), [("progress", True), ("line", False)])
def test_the_bar_of_a_finished_job_renews_the_page_around_it_unless_that_is_a_list(client, example_work, officer, part, renews):
    job = running.start("example", "示例", by=officer)
    url = f"{reverse('jobs:detail', args=[job.pk])}?part={part}"
    client.force_login(officer)

    under_way = client.get(url)
    running.run(job.pk)
    over = client.get(url)

    assert f"part={part}" in under_way.content.decode()
    assert ("HX-Refresh" in over.headers) is renews
    assert b"part=" not in over.content


def test_a_line_of_a_list_keeps_its_link_when_it_is_asked_for_again(client, example_work, officer):
    job = running.start("example", "示例", by=officer)
    client.force_login(officer)

    again = client.get(progress_of(job, link=True, renews=False).poll_url)

    assert f'href="{reverse("jobs:detail", args=[job.pk])}"' in again.content.decode()

"""Jobs: started once, run by a real worker, alone, to the end, whatever dies in between."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import remove_perm

from audit.acting import current
from audit.models import Event
from graduation import tasks as graduation_tasks  # noqa: F401 - registers its kind
from records.jobs import registry, rights, running
from records.jobs.views import progress_of
from records.models import Appointment, Job, Notice, User
from scores import tasks as score_tasks  # noqa: F401 - registers its kinds
from tests.factories import UserFactory


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


RIGHT = "scores.import_scores"  # of duty O3
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def chunks(monkeypatch, city):
    """A kind of job that takes a right: writes a notice per chunk, and lets something happen before the third.

    Returns the list of what happens; the right is asked for at every boundary.
    """
    happening: list[object] = []

    def work(job):
        for place in range(1, 6):
            if place == 3:
                for happen in happening:
                    happen()
            with transaction.atomic():
                Notice.objects.create(title=f"{job.pk}-{place}", body="", office=city)
            running.advance(job, place, 5)

    monkeypatch.setitem(registry._WORK, "chunks", work)
    monkeypatch.setitem(registry._PERMISSIONS, "chunks", RIGHT)
    monkeypatch.setattr(rights, "RECHECK_SECONDS", 0.0)
    return happening


def started(user, office, kind="chunks"):
    return running.start(kind, "示例", by=user, office=office)


def outcome(job):
    """State, line, and which chunks were written."""
    job.refresh_from_db()
    return job.state, job.error, Notice.objects.filter(title__startswith=f"{job.pk}-").count()


def take_duties(user):
    def take():
        Appointment.objects.filter(person=user).update(taken_at=timezone.now())

    return take


def deactivate(user):
    def switch_off():
        User.objects.filter(pk=user.pk).update(is_active=False)

    return switch_off


def take_grant(user, office):
    return lambda: remove_perm("records.represent_office", user, office)


def test_a_job_goes_through_while_its_starter_has_the_right(chunks, officer, city):
    job = started(officer, city)

    running.run(job.pk)

    assert outcome(job) == ("done", "", 5)


@pytest.mark.parametrize(
    ("loss", "words"),
    [("duty", "不再担任O3"), ("account", "账户已经停用"), ("grant", "已不属于市自考办")],
)
@pytest.mark.parametrize(("when", "written", "done"), [("queued", 0, "还没有处理"), ("running", 3, "已处理3 / 5")])
def test_a_job_stops_where_its_starter_lost_the_right(chunks, officer, city, loss, words, when, written, done):
    job = started(officer, city)
    lose = {"duty": take_duties(officer), "account": deactivate(officer), "grant": take_grant(officer, city)}[loss]
    chunks.append(lose if when == "running" else list)
    if when == "queued":
        lose()

    running.run(job.pk)

    state, line, chunks_written = outcome(job)
    assert (state, chunks_written) == ("stopped", written)
    assert line.startswith(f"{officer.full_name}")
    for part in (words, done, "担任O3的人员可以重新启动"):
        assert part in line
    denied = Event.objects.get(outcome="denied", subject_table="records_job", subject_id=job.pk)
    assert (denied.verb, denied.actor_id, denied.note) == ("run-job", officer.pk, line)


def test_a_stopped_job_stays_stopped_and_nobody_wakes_it(chunks, officer, city):
    job = started(officer, city)
    take_duties(officer)()
    running.run(job.pk)
    Appointment.objects.filter(person=officer).update(taken_at=None)

    running.run(job.pk)

    assert outcome(job)[0] == "stopped"
    assert not Job.objects.unfinished().filter(pk=job.pk).exists()
    assert progress_of(job).state == "已停止"


@pytest.mark.parametrize(
    ("moment", "state"),
    [(dt.datetime(2026, 11, 23, 23, 59, 59, tzinfo=SHANGHAI), "done"), (dt.datetime(2026, 11, 24, tzinfo=SHANGHAI), "stopped")],
)
def test_a_duty_that_ends_by_date_ends_for_jobs_at_midnight(chunks, city, moment, state):
    with time_machine.travel(dt.datetime(2026, 11, 23, 23, 50, tzinfo=SHANGHAI), tick=False) as clock:
        officer = UserFactory(office=city, roles=["O3"])
        Appointment.objects.filter(person=officer).update(starts_on=dt.date(2026, 11, 1), ends_on=dt.date(2026, 11, 23))
        chunks.append(lambda: clock.move_to(moment))
        job = started(officer, city)

        running.run(job.pk)

    assert outcome(job)[0] == state


def test_who_holds_another_duty_only_has_no_job_done(chunks, city):
    job = started(UserFactory(office=city, roles=["O7"]), city)

    running.run(job.pk)

    assert outcome(job)[0] == "stopped"


def test_a_job_of_a_university_is_not_done_for_somebody_of_another(chunks, university, other_university, city, monkeypatch):
    monkeypatch.setitem(registry._PERMISSIONS, "chunks", "graduation.audit_cohort")
    foreign, own = (UserFactory(office=office, roles=["U7"]) for office in (other_university, university))
    of_the_city = UserFactory(office=city, roles=["O6"])
    jobs = [started(person, university) for person in (foreign, own, of_the_city)]

    for job in jobs:
        running.run(job.pk)

    assert [outcome(job)[0] for job in jobs] == ["stopped", "done", "done"]


def test_the_right_is_not_asked_for_at_every_row(chunks, officer, city, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(rights, "RECHECK_SECONDS", 3600.0)
    job = started(officer, city)
    rights.require(job)

    with django_assert_max_num_queries(2):
        running.advance(job, 1, 5)
        running.advance(job, 2, 5)


def test_a_command_has_its_job_done_without_anybody(chunks, city):
    job = started(None, city)

    running.run(job.pk)

    assert outcome(job) == ("done", "", 5)


def test_every_kind_says_which_right_it_takes():
    permissions = {kind: registry.permission_for(kind) for kind in registry._WORK}

    assert permissions["scores.check"] == permissions["scores.enter"] == permissions["scores.undo"] == RIGHT
    assert permissions["graduation.cohort"] == "graduation.audit_cohort"
    assert permissions["scores.publish"] == ""

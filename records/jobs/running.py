"""Starting a job, running it in one process at a time, and picking up what a dead worker left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from celery import current_app
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError

from audit.acting import acting, current
from audit.models import ServerClock
from records.jobs import rights
from records.jobs.models import Job
from records.jobs.registry import work_of
from records.offices.models import Office
from records.people.models import User

log = structlog.get_logger(__name__)

RUN_TASK = "records.run_job"
LOCK_SPACE = 0x6B616F6A  # advisory locks of jobs: (this, job id)
MOST_ATTEMPTS = 5
LOST_AFTER = dt.timedelta(seconds=30)
OVER = (Job.State.DONE, Job.State.FAILED, Job.State.STOPPED)


def start(kind: str, title: str, *, by: User | None, office: Office | None = None, **parameters: Any) -> Job:
    """Create a job and wake a worker once the caller's transaction has committed. ``parameters`` are ids, never objects."""
    job = Job.objects.create(
        kind=kind, title=title, parameters=parameters, started_by=by, office=office, request_id=current().request_id
    )
    transaction.on_commit(lambda: wake(job.pk))
    return job


def wake(job_id: int) -> None:
    """Send the message that makes a worker run the job; a lost message is sent again by ``sweep``."""
    try:
        current_app.send_task(RUN_TASK, args=[job_id])
    except (OSError, BrokerError) as error:  # the broker is away: the row waits for the sweeper
        log.warning("job.not_woken", job=job_id, error=type(error).__name__)


def run(job_id: int) -> None:
    """Do the job unless it is finished or another process is at it; whatever happens, the row says so."""
    with _alone(job_id) as mine:
        job = Job.objects.filter(pk=job_id).first() if mine else None
        if job is None or job.state in OVER:
            return
        job.attempts += 1
        job.state = Job.State.RUNNING
        job.save(update_fields=["attempts", "state"])
        with acting(job.started_by, purpose=job.title, request_id=job.request_id):
            _attempt(job)


def _attempt(job: Job) -> None:
    try:
        rights.require(job)
        work_of(job.kind)(job)
    except rights.RightEnded as ended:
        rights.record_stop(job, ended)
        _finish(job, Job.State.STOPPED, str(ended))
        return
    except OperationalError:  # the database went away: another attempt is in order
        if job.attempts >= MOST_ATTEMPTS:
            _finish(job, Job.State.FAILED, _("数据库多次中断，已停止重试。"))
        raise
    except Exception as error:
        log.exception("job.failed", job=job.pk, kind=job.kind)
        _finish(job, Job.State.FAILED, plain_line(error))
        raise
    _finish(job, Job.State.DONE, "")


def _finish(job: Job, state: str, error: str) -> None:
    job.state = state
    job.error = error
    job.finished_at = timezone.now()
    job.save(update_fields=["state", "error", "outcome", "finished_at"])


def plain_line(error: Exception) -> str:
    """What people read about a failure: the error's kind, never its text, which may hold personal data."""
    return _("程序出错（%(kind)s），已记入日志，请联系管理员。") % {"kind": type(error).__name__}


def advance(job: Job, done: int, total: int | None = None) -> None:
    """Write how far the job is (outside the chunk's transaction, so that people see it), and see that it may go on.

    Raises ``RightEnded``, which the work lets through, when its starter has lost the right to it.
    """
    job.done = done
    if total is not None:
        job.total = total
    Job.objects.filter(pk=job.pk).update(done=job.done, total=job.total, woken_at=ServerClock())
    rights.require_now_and_then(job)


def sweep() -> int:
    """Wake again what nobody has been at for a while; returns how many."""
    lost = Job.objects.unfinished().filter(woken_at__lt=timezone.now() - LOST_AFTER)
    ids = list(lost.values_list("pk", flat=True)[:1000])
    Job.objects.filter(pk__in=ids).update(woken_at=ServerClock())
    for job_id in ids:
        wake(job_id)
    return len(ids)


@contextmanager
def _alone(job_id: int) -> Iterator[bool]:
    """Whether this process alone holds the job; the lock goes with the connection, so a killed worker frees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, job_id])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, job_id])

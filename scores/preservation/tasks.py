"""The job that makes a snapshot, and the clock's entrance; ``scores/tasks.py`` gathers them for the workers."""

from celery import shared_task

from records.jobs.models import Job
from records.jobs.registry import work
from scores.models import MarkSnapshot
from scores.preservation.snapshots import JOB, KEEP, ask_for_last_year, make


@work(JOB, permission=KEEP)
def make_snapshot(job: Job) -> None:
    """Make the snapshot that was asked for."""
    snapshot = make(MarkSnapshot.objects.get(pk=job.parameters["snapshot"]))
    job.outcome = {"marks": snapshot.marks, "revisions": snapshot.revisions, "sha256": snapshot.sha256}


@shared_task(name="scores.snapshot_last_year", ignore_result=True)
def snapshot_last_year() -> None:
    """Once a year, in January."""
    ask_for_last_year()

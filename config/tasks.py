"""Celery's entrances to what knows every app: exports and verification of the trail, the daily report."""

from celery import shared_task

from config import case_messages, daily
from config.trail import exporting, verifying
from config.trail.sight import TRAIL
from records.jobs.models import Job
from records.jobs.registry import work


@work(exporting.JOB, permission=TRAIL)
def export_trail(job: Job) -> None:
    """Make the archive of this job."""
    exporting.export(job)


@work(verifying.JOB, permission=TRAIL)
def verify_trail(job: Job) -> None:
    """Verify the trail for this job."""
    verifying.verify_trail(job)


@shared_task(name="config.remove_old_exports", ignore_result=True)
def remove_old_exports() -> None:
    """Remove exported archives whose time is over."""
    exporting.remove_old()


@shared_task(name="config.draw_up_daily_report", ignore_result=True)
def draw_up_daily_report() -> None:
    """Draw up yesterday's report, and those of the days before that are missing."""
    daily.draw_up_missing()


@shared_task(name="config.follow_cases", ignore_result=True)
def follow_cases() -> None:
    """Tell candidates whose cases were returned, decided or finished."""
    case_messages.follow_cases()

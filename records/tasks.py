"""Celery's entrances to the hub's work: a wake-up for a job, and the sweep for lost ones."""

from celery import shared_task

from records.jobs import running


@shared_task(name=running.RUN_TASK, acks_late=True, ignore_result=True)
def run_job(job_id: int) -> None:
    """Run the job of this id; safe to receive twice."""
    running.run(job_id)


@shared_task(name="records.sweep_jobs", ignore_result=True)
def sweep_jobs() -> None:
    """Wake lost jobs again."""
    running.sweep()

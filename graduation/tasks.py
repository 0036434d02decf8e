"""Celery's entrances to the work of this app: the audit of a cohort, and the feed of credits."""

from functools import partial

from celery import shared_task

from graduation import following
from graduation.cohorts import JOB, audit_cohort
from graduation.models import CohortAudit
from records.jobs.models import Job
from records.jobs.registry import work
from records.jobs.running import advance


@work(JOB, permission="graduation.audit_cohort")
def audit_many_candidates(job: Job) -> None:
    """Audit the cohort of this job."""
    audit_cohort(CohortAudit.objects.get(pk=job.parameters["cohort"]), partial(advance, job))


@shared_task(name="graduation.follow_credits", ignore_result=True)
def follow_credits() -> None:
    """Audit again whose credits changed while an application is under way."""
    following.follow_credits()

"""Celery's entrances to the hub's work: jobs, messages, codes, and the sweeps for what got lost."""

from functools import partial

from celery import shared_task
from django.core.management import call_command

from records.access import unusual
from records.archive import opening
from records.archive.keeping import KEEP
from records.certificates import batches, superseding
from records.certificates.kinds import ISSUE
from records.jobs import running
from records.jobs.models import Job
from records.jobs.registry import work
from records.lookups import counting
from records.messages import batches as message_batches
from records.messages import sending
from records.messages.models import MessageBatch
from records.people import activation, signed_sessions
from records.photos import batching as photos
from records.photos.taking import REGISTER
from records.registration import jobs as registration_jobs  # noqa: F401 - registers its kinds of jobs
from records.tickets import batching as tickets


@shared_task(name=running.RUN_TASK, acks_late=True, ignore_result=True)
def run_job(job_id: int) -> None:
    """Run the job of this id; safe to receive twice."""
    running.run(job_id)


@shared_task(name="records.sweep_jobs", ignore_result=True)
def sweep_jobs() -> None:
    """Wake lost jobs again."""
    running.sweep()


@shared_task(name=sending.DELIVER_TASK, ignore_result=True)
def deliver_message(message_id: int) -> None:
    """Carry the message of this id."""
    sending.deliver(message_id)


@shared_task(name="records.sweep_messages", ignore_result=True)
def sweep_messages() -> None:
    """Carry messages that are due."""
    sending.sweep()


@shared_task(name=activation.CODE_TASK, ignore_result=True)
def send_activation_code(key: str) -> None:
    """Send the code of the first sign-in that lies under this key of the cache."""
    activation.send_code(key)


@shared_task(name="records.collect_lookup_counts", ignore_result=True)
def collect_lookup_counts() -> None:
    """Add the cache's counts to the days' rows."""
    counting.collect()


@work(opening.JOB, permission=KEEP)
def open_paper_files(job: Job) -> None:
    """Open the paper files of this job."""
    opening.open_many(job, partial(running.advance, job))


@work(photos.JOB, permission=REGISTER)
def take_photos(job: Job) -> None:
    """Take the photos of this archive into their records."""
    photos.take_batch(job, partial(running.advance, job))


@work(tickets.JOB, permission=REGISTER)
def print_tickets(job: Job) -> None:
    """Print the tickets of this job."""
    tickets.print_batch(job, partial(running.advance, job))


@shared_task(name="records.remove_old_tickets", ignore_result=True)
def remove_old_tickets() -> None:
    """Remove the files of printed tickets whose time is over."""
    tickets.remove_old()


@work(batches.JOB, permission=ISSUE)
def issue_certificates(job: Job) -> None:
    """Issue the certificates of this job."""
    batches.issue_many(job, partial(running.advance, job))


@shared_task(name="records.follow_to_certificates", ignore_result=True)
def follow_to_certificates() -> None:
    """Take certificates out of force that the record no longer bears out."""
    superseding.follow_record()


@shared_task(name="records.walk_over_certificates", ignore_result=True)
def walk_over_certificates() -> None:
    """The same for what the change feed does not tell."""
    superseding.walk()


@shared_task(name="records.find_unusual_reading", ignore_result=True)
def find_unusual_reading() -> None:
    """Hold yesterday's and today's reads against what is usual."""
    unusual.detect_now()


@shared_task(name="records.clear_sessions", ignore_result=True)
def clear_sessions() -> None:
    """Forget sessions that are long over."""
    call_command("clearsessions")
    signed_sessions.clear()


@work(message_batches.JOB)
def send_message_batch(job: Job) -> None:
    """Send the released batch of this job. No right is asked again: its head released these messages, and that stands."""
    batch = MessageBatch.objects.select_related("office").get(pk=job.parameters["batch"])
    message_batches.carry_out(batch, partial(running.advance, job))

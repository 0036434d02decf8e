"""The jobs of registration: each kind's work, run by whichever worker takes it, and again after a crash."""

from functools import partial

from records.jobs import rights
from records.jobs.models import Job
from records.jobs.registry import work
from records.jobs.running import advance
from records.registration.batches import CHECK_JOB, UNDO_JOB, WRITE_JOB
from records.registration.models import CandidateBatch
from records.registration.taking_in import check, write_batch
from records.registration.undoing import take_back

REGISTER = "records.register_candidate"


@work(CHECK_JOB, permission=REGISTER)
def check_file(job: Job) -> None:
    """Check an uploaded file."""
    check(_batch(job), partial(advance, job))


@work(WRITE_JOB, permission=REGISTER)
def write_file(job: Job) -> None:
    """Write a confirmed batch, all of it or, where its starter loses the right to it meanwhile, nothing."""
    write_batch(_batch(job), partial(advance, job), partial(rights.require, job))


@work(UNDO_JOB, permission=REGISTER)
def undo(job: Job) -> None:
    """Take a written batch back, all of it or nothing."""
    take_back(_batch(job), partial(rights.require, job))


def _batch(job: Job) -> CandidateBatch:
    batches = CandidateBatch.objects.select_related("file", "university")
    return batches.get(pk=job.parameters["batch"])

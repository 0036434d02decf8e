"""The jobs on files of registrations; ``scores/tasks.py`` gathers them for the workers."""

from functools import partial

from django.db import transaction

from records.jobs import rights
from records.jobs.models import Job
from records.jobs.registry import work
from records.jobs.running import advance
from scores.models import RegistrationFile
from scores.sittings.entering import CHECK_JOB, ENTER_JOB, UNDO_JOB, enter, take_out
from scores.sittings.importing import check

IMPORT = "scores.import_registrations"


@work(CHECK_JOB, permission=IMPORT)
def check_file(job: Job) -> None:
    """Check an uploaded file."""
    check(_batch(job), partial(advance, job))


@work(ENTER_JOB, permission=IMPORT)
def enter_file(job: Job) -> None:
    """Enter a confirmed file, all of it or, where its starter loses the right to it meanwhile, nothing."""
    with transaction.atomic():
        enter(_batch(job))
        rights.require(job)


@work(UNDO_JOB, permission=IMPORT)
def undo_file(job: Job) -> None:
    """Take an entered file out again, all of it or nothing."""
    with transaction.atomic():
        take_out(_batch(job))
        rights.require(job)


def _batch(job: Job) -> RegistrationFile:
    return RegistrationFile.objects.select_related("file", "sitting").get(pk=job.parameters["batch"])

"""The jobs of this app: each kind's work, run by whichever worker takes it, and again after a crash."""

from functools import partial

from celery import shared_task
from django.db import transaction

from records.jobs import rights
from records.jobs.models import Job
from records.jobs.registry import work
from records.jobs.running import advance
from scores.entry.entering import enter, take_out
from scores.entry.importing import check
from scores.models import Publication, ScoreBatch
from scores.preservation import tasks as preservation  # noqa: F401 - registers the work of its job
from scores.publishing.approving import publish_due
from scores.publishing.publication import PUBLISH_JOB, enter_credits
from scores.results import following, sheets
from scores.reviews import batches as reviews
from scores.reviews.workflow import DECIDE
from scores.sittings import tasks as sittings  # noqa: F401 - registers the work of its jobs
from scores.statistics.touching import TOUCHED_JOB, refresh_soon_if_touched, refresh_touched

IMPORT = "scores.import_scores"


@work("scores.check", permission=IMPORT)
def check_batch(job: Job) -> None:
    """Check an uploaded file."""
    check(_batch(job), partial(advance, job))


@work("scores.enter", permission=IMPORT)
def enter_batch(job: Job) -> None:
    """Enter a confirmed batch, all of it or, where its starter loses the right to it meanwhile, nothing."""
    with transaction.atomic():
        enter(_batch(job))
        rights.require(job)


@work("scores.undo", permission=IMPORT)
def undo_batch(job: Job) -> None:
    """Take an entered batch out again, all of it or nothing."""
    with transaction.atomic():
        take_out(_batch(job))
        rights.require(job)


@work(PUBLISH_JOB)
def publish_marks(job: Job) -> None:
    """Enter the credits of a publication that is out.

    It takes no right: two people have decided, the marks are public, and nobody's leaving may keep a candidate from a credit.
    """
    publication = Publication.objects.select_related("sitting").get(pk=job.parameters["publication"])
    enter_credits(publication, job, partial(advance, job))


@shared_task(name="scores.publish_due", ignore_result=True)
def publish_what_is_due() -> None:
    """Publish what was approved for a minute that has come; every few seconds, in a queue that no long job delays."""
    publish_due()


@work(sheets.SHEETS_JOB)
def make_sheets(job: Job) -> None:
    """Bring the sheets of a publication to where they should be. It takes no right: two people have decided."""
    publication = Publication.objects.get(pk=job.parameters["publication"])
    if publication.approved_at or publication.published_at:
        sheets.prepare(publication, partial(advance, job))
    else:
        sheets.remove(publication)


@shared_task(name="scores.follow_to_sheets", ignore_result=True)
def follow_to_sheets() -> None:
    """Make the sheets of everybody anew whose numbers have changed, and those that a publication lacks."""
    following.follow_numbers()
    following.make_missing()


@shared_task(name="scores.walk_over_sheets", ignore_result=True)
def walk_over_sheets() -> None:
    """The same for what the trail does not tell."""
    following.walk()


@work(TOUCHED_JOB)
def refresh_touched_figures(job: Job) -> None:
    """Compute figures anew where marks were changed or people count elsewhere.

    It takes no right: it follows decisions and mergers.
    """
    job.outcome = {"courses": refresh_touched()}


@shared_task(name="scores.refresh_touched_figures", ignore_result=True)
def refresh_what_was_left() -> None:
    """Wake a worker for what a failed refresh left over."""
    refresh_soon_if_touched()


@work(reviews.BATCH_JOB, permission=DECIDE)
def review_batch(job: Job) -> None:
    """Take one step of many reviews in which nothing was found."""
    reviews.carry_out(job)


def _batch(job: Job) -> ScoreBatch:
    return ScoreBatch.objects.select_related("file", "sitting").get(pk=job.parameters["batch"])

"""``manage.py import_scores FILE --sitting 2026-10 [--practical] [--publish]``: a file of marks, all or nothing."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _

from audit.workflow import NotNow
from records.imports.commands import ImportCommand, existing_file
from records.imports.faults import Fault, FileRefused, ImportReport
from records.jobs import running
from records.jobs.models import Job
from scores import tasks  # noqa: F401 - registers the work of its jobs
from scores.entry.entering import check_and_enter, discard_left_behind
from scores.entry.importing import receive, report_again, report_of, sitting_named
from scores.models import Publication, ScoreBatch, Sitting
from scores.publishing.publication import publish_at_once

Kind = Publication.Kind
State = ScoreBatch.State
PAUSE = 0.2  # seconds between two looks at a job that another process is doing


class Command(ImportCommand):
    """Brings the marks in and, with ``--publish``, publishes what of the sitting and kind is not out yet, in this process."""

    help = (
        "Import a file of marks (.csv or .xlsx) into a sitting; --publish also publishes it, for the old data of an installation."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--sitting", required=True, metavar="YYYY-MM")
        parser.add_argument("--practical", action="store_true", help="the marks are of practical links, not of written papers")
        parser.add_argument("--publish", action="store_true", help="ask for publication and confirm it at once")

    def bring_in(self, **options: Any) -> ImportReport:
        try:
            sitting = sitting_named(options["sitting"])
        except ValueError:
            self.give_up(_("考次应写成 2026-10 的样子"))
        kind = Kind.PRACTICAL if options["practical"] else Kind.WRITTEN
        batch, is_new = receive(existing_file(options["file"]), sitting, kind, by=None)
        report = _bring_in(batch) if is_new else report_again(batch)
        if options["publish"]:
            _publish(sitting, kind)
        return report


def _bring_in(batch: ScoreBatch) -> ImportReport:
    discard_left_behind(batch)
    batch = check_and_enter(batch)
    if batch.state == State.FAULTY:
        raise FileRefused(Fault(**fault) for fault in batch.file.outcome["faults"])
    return report_of(batch)


def _publish(sitting: Sitting, kind: str) -> None:
    """Publish what is open, and finish what an earlier run that was killed, or failed, has left."""
    publications = Publication.objects.filter(sitting=sitting, kind=kind)
    for publication in publications.filter(published_at__isnull=True, batches__state=State.CONFIRMED).distinct():
        with suppress(NotNow):  # somebody else has just published it
            publish_at_once(publication)
    for publication in publications.filter(published_at__isnull=False, credits_entered_at__isnull=True).select_related("job"):
        if publication.job is not None:
            _bring_to_its_end(publication.job)


def _bring_to_its_end(job: Job) -> None:
    """Do the job here, once more if it has failed, or wait for who is at it; RuntimeError when it fails there."""
    Job.objects.filter(pk=job.pk, state=Job.State.FAILED).update(state=Job.State.QUEUED, error="", finished_at=None)
    running.run(job.pk)
    while Job.objects.unfinished().filter(pk=job.pk).exists():
        time.sleep(PAUSE)
        running.run(job.pk)
    job.refresh_from_db()
    if job.state == Job.State.FAILED:
        raise RuntimeError(f"{job.kind}: {job.error}")

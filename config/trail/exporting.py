"""Taking a part of the trail away: the lines to read, the exact lines with their proofs, and how to check them, in one archive.

The readable table is made from the exact lines, number by number, so that both hold the same events. Memory does not grow with
their number.
"""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import lines, proofs
from audit.models import Event
from audit.trail import record_export
from config.trail.readme import readme
from config.trail.searching import Search, narrowed
from config.trail.sight import own_events
from config.trail.tables import table_of
from config.trail.wording import Wording
from records.jobs.models import Job
from records.jobs.running import advance, start
from records.offices.models import Office
from records.people.models import User
from records.settings.values import value_of

JOB = "trail.export"
AT_MOST = 1_000_000
CHUNK = 1000
CHECK = Path(__file__).parent / "check.py"


def request_export(user: User, search: Search, *, purpose: str) -> Job:
    """Start the job that makes the archive of what ``search`` finds among the events that ``user`` may read whole."""
    title = _("导出留痕")
    office = Office.objects.filter(pk__in=user.reach.office_ids).order_by("pk").first()
    return start(JOB, title, by=user, office=office, search=search.parameters(), purpose=purpose)


def export(job: Job, *, at_most: int = AT_MOST) -> None:
    """Make the archive of a job anew, whatever an earlier attempt left; ``job.outcome`` says what is in it."""
    assert job.started_by is not None
    work = job.result_path / "work"
    shutil.rmtree(job.result_path, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        events = narrowed(own_events(job.started_by), Search.of(job.parameters["search"]))
        summary = proofs.export(events, work, at_most=at_most)
        rows = summary.events + summary.unsealed
        advance(job, 0, rows)
        _write_table(job, work, rows)
        (work / "怎样核验.txt").write_text(readme(summary, job), encoding="utf-8")
        shutil.copy(CHECK, work / CHECK.name)
        path = _pack(work, archive_of(job))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _say_what_is_in_it(job, summary, path)


def _say_what_is_in_it(job: Job, summary: proofs.Summary, path: Path) -> None:
    rows, digest = summary.events + summary.unsealed, _digest(path)
    record_export("trail", job, rows, purpose=job.parameters["purpose"], sha256=digest)
    job.outcome = {
        "rows": rows,
        "unsealed": summary.unsealed,
        "cut": summary.cut,
        "seal": summary.seal,
        "hash": summary.hash,
        "size": path.stat().st_size,
        "sha256": digest,
        "page": reverse("trail:export", args=[job.pk]),
    }


def archive_of(job: Job) -> Path:
    """Where the archive of a job lies."""
    return job.result_path / f"trail-{job.pk}.zip"


def _write_table(job: Job, work: Path, rows: int) -> None:
    assert job.started_by is not None
    done = 0
    with table_of(work, rows) as table:
        for numbers in numbers_in(work):
            found = Event.objects.select_related("actor").in_bulk(numbers)
            events = [found[number] for number in numbers]
            words = Wording(events, job.started_by)
            for event in events:
                table.write(words.row(event))
            done += len(events)
            advance(job, done)


def numbers_in(work: Path) -> Iterator[list[int]]:
    """The events' numbers in the order of the exact lines, chunk by chunk."""
    for name in (proofs.EVENTS, proofs.UNSEALED):
        with (work / name).open("rb") as file:
            while chunk := [lines.number_of(line) for line in islice(file, CHUNK)]:
                yield chunk


def _pack(work: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(work.iterdir()):
            archive.write(part, part.name)
    return path


def _digest(path: Path) -> str:
    hashed = sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            hashed.update(chunk)
    return hashed.hexdigest()


def kept_until(job: Job) -> dt.datetime | None:
    """When the archive is removed; None while the job runs."""
    days = dt.timedelta(days=int(value_of("trail.export_days")))
    return job.finished_at + days if job.finished_at else None


def remove_old() -> int:
    """Remove the archives whose time is over; returns how many. What was exported stays in the trail."""
    days = dt.timedelta(days=int(value_of("trail.export_days")))
    old = Job.objects.filter(kind=JOB, finished_at__lt=timezone.now() - days).exclude(outcome__has_key="removed")
    count = 0
    for job in old.iterator():
        shutil.rmtree(job.result_path, ignore_errors=True)
        outcome: dict[str, Any] = {**job.outcome, "removed": True}
        Job.objects.filter(pk=job.pk).update(outcome=outcome)
        count += 1
    return count

"""Many photos at once as a job: each measured, each counted by itself, so that a job killed and begun again ends the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from audit.workflow import Refused
from records.candidates.models import Candidate
from records.jobs.models import Job
from records.jobs.running import start
from records.offices.models import Office
from records.people.models import User
from records.photos.archives import look_through, unpacked
from records.photos.checking import examine
from records.photos.taking import keep_photo, managed_by, take_in

JOB = "photos.batch"
Report = Callable[[int, int], None]


def start_batch(upload: UploadedFile[bytes], *, by: User) -> Job:
    """Look the archive through and start the job; raises ``BadArchive``, of which nothing is taken."""
    assert upload.file is not None
    packed = look_through(upload.file)
    office = Office.objects.filter(pk__in=by.reach.universities).order_by("pk").first()
    title = _("批量上传照片：%(count)s张") % {"count": len(packed)}
    with transaction.atomic():
        job = start(JOB, title, by=by, office=office, files=len(packed))
        _store(upload, archive_of(job))
    return job


def archive_of(job: Job) -> Path:
    """Where the archive lies until the job is done."""
    return job.result_path / "photos.zip"


def _store(upload: UploadedFile[bytes], path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("wb") as file:
        for chunk in upload.chunks():
            file.write(chunk)


def take_batch(job: Job, report: Report) -> None:
    """Do the job; ``job.outcome`` holds how many count now and, file by file, why others do not."""
    assert job.started_by is not None
    packed = look_through(archive_of(job))
    numbers = {each.name: each.number for each in packed}
    taken, lines = 0, []
    report(0, len(packed))
    for done, (name, content) in enumerate(unpacked(archive_of(job), list(numbers)), start=1):
        why = _take(numbers[name], content, job.started_by)
        taken += not why
        lines += [[name, why]] if why else []
        report(done, len(packed))
    job.outcome = {"files": len(packed), "taken": taken, "lines": lines}
    shutil.rmtree(job.result_path, ignore_errors=True)


def _take(number: str, content: bytes, by: User) -> str:
    """Count one photo; "" when it is the record's now, or was since an earlier attempt, else why it is not."""
    candidate = managed_by(by).filter(pk__in=Candidate.by_number(number).values("pk")).select_related("photo").first()
    if candidate is None:
        return _("本校管理的考生里没有这个号码。")
    verdict = examine(content)
    if not verdict.is_good:
        return "".join(finding.sentence for finding in verdict.faults)
    document = keep_photo(verdict.picture, candidate_id=candidate.pk, by=by)
    if candidate.photo is not None and candidate.photo.sha256 == document.sha256:
        return ""
    try:
        take_in(candidate, document, by=by)
    except Refused as refusal:
        return "".join(str(problem.message) for problem in refusal.problems)
    return ""

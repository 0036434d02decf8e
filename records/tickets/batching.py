"""Many tickets as a job: set part by part, each part a file, so that a job killed and begun again goes on where it was.

Up to ``A_FILE`` tickets make one PDF with a page each; more make an archive of such files. Whose ticket cannot be printed is
listed with the reason, and the others are printed.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.trail import record_export
from audit.workflow import NotNow, Problem
from records.candidates.models import Candidate, Ticket
from records.certificates.glyphs import message, missing, texts_in
from records.certificates.typesetting import typeset
from records.jobs.models import Job
from records.jobs.running import start
from records.offices.models import Office
from records.people.models import User
from records.photos.taking import managed_by
from records.rare_names.noting import note
from records.settings.values import value_of
from records.tickets.contents import content_of, ticket_of, with_all
from records.tickets.printing import TEMPLATE, why_not
from records.tickets.selecting import MOST, Selection, selected

JOB = "tickets.batch"
A_FILE = 200
NAME = "tickets"
Report = Callable[[int, int], None]


def start_batch(selection: Selection, *, expected: int, by: User) -> Job:
    """Start the job for exactly those whom the person saw counted; raises ``NotNow`` when they have changed or are too many."""
    people = list(selected(selection, by).values_list("pk", flat=True)[: MOST + 1])
    if len(people) > MOST:
        raise NotNow([Problem("tickets.too-many", _("一次最多%(most)s人，请缩小范围。") % {"most": f"{MOST:,}"})])
    if len(people) != expected or not people:
        changed = _("现在符合条件的有%(count)s人，不是刚才的%(expected)s人。请再核对一次。")
        raise NotNow([Problem("tickets.count-changed", changed % {"count": len(people), "expected": expected})])
    office = Office.objects.filter(pk__in=by.reach.universities).order_by("pk").first()
    title = _("成批打印准考证：%(count)s人") % {"count": f"{len(people):,}"}
    return start(JOB, title, by=by, office=office, candidates=people)


def print_batch(job: Job, report: Report) -> None:
    """Do the job; ``job.outcome`` says how many are printed, who is not and why, and what the file is called."""
    assert job.started_by is not None
    candidates: list[int] = job.parameters["candidates"]
    parts = [candidates[first : first + A_FILE] for first in range(0, len(candidates), A_FILE)]
    job.result_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    refused: list[list[str]] = []
    report(0, len(candidates))
    for place, part in enumerate(parts):
        refused += _part(job, job.started_by, place, part)
        report(min((place + 1) * A_FILE, len(candidates)), len(candidates))
    _finish(job, len(parts), len(candidates), refused)


def _part(job: Job, by: User, place: int, candidates: list[int]) -> list[list[str]]:
    """Set one part unless an earlier attempt did; returns who is not in it, as number and reason."""
    pdf, listed = _pdf(job, place), _listed(job, place)
    if not listed.exists():
        tickets, refused = _contents(by, candidates)
        if tickets:
            _write(pdf, typeset(TEMPLATE, content_of(tickets)))
        _write(listed, json.dumps(refused).encode())
    found: list[list[str]] = json.loads(listed.read_bytes())
    return found


def _contents(by: User, candidates: list[int]) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """The tickets of those who are still the university's, in the given order; and who has none, with the reason."""
    people = {person.pk: person for person in with_all(managed_by(by).filter(pk__in=candidates))}
    tickets, refused = [], []
    for pk in candidates:
        person = people.get(pk)
        if person is None:
            refused.append([_number(pk), _("已不由本校管理。")])
            continue
        problem = why_not(person)
        ticket = ticket_of(person) if problem is None else {}
        lacking = missing(texts_in(ticket))
        if problem is not None or lacking:
            refused.append([person.ticket_number, str(problem.message) if problem else _lacking(person, lacking)])
            continue
        tickets.append(ticket)
    return tickets, refused


def _lacking(person: Candidate, characters: list[str]) -> str:
    note(person)
    return message(characters)


def _number(pk: int) -> str:
    return Ticket.objects.filter(candidate=pk, is_current=True).values_list("number", flat=True).first() or ""


def _finish(job: Job, parts: int, total: int, refused: list[list[str]]) -> None:
    """Bring the parts together, say in the trail what was made, and let the parts go."""
    made = [_pdf(job, place) for place in range(parts) if _pdf(job, place).exists()]
    job.outcome = {"printed": total - len(refused), "refused": refused}
    if made:
        path = _together(job, made)
        digest = sha256(path.read_bytes()).hexdigest()
        record_export("tickets", job, total - len(refused), purpose=_("打印准考证"), sha256=digest)
        job.outcome |= {"file": path.name, "size": path.stat().st_size, "sha256": digest}


def _together(job: Job, made: list[Path]) -> Path:
    if len(made) == 1:
        path = job.result_path / f"{NAME}.pdf"
        _write(path, made[0].read_bytes())
        return path
    path = job.result_path / f"{NAME}.zip"
    half = path.with_suffix(".half")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_STORED) as archive:
        for place, part in enumerate(made, start=1):
            archive.write(part, f"{NAME}-{place:03}.pdf")
    half.rename(path)
    return path


def _pdf(job: Job, place: int) -> Path:
    return job.result_path / f"part-{place:04}.pdf"


def _listed(job: Job, place: int) -> Path:
    return job.result_path / f"part-{place:04}.json"


def _write(path: Path, content: bytes) -> None:
    """The whole file or none: what stands there under its name is complete."""
    half = path.with_suffix(".half")
    half.write_bytes(content)
    half.rename(path)


def remove_old() -> int:
    """Remove the files whose time is over; returns how many jobs had some. That they were printed stays in the trail."""
    days = dt.timedelta(days=int(value_of("ticket.batch_days")))
    old = Job.objects.filter(kind=JOB, finished_at__lt=timezone.now() - days).exclude(outcome__has_key="removed")
    count = 0
    for job in old.iterator():
        shutil.rmtree(job.result_path, ignore_errors=True)
        Job.objects.filter(pk=job.pk).update(outcome={**job.outcome, "removed": True})
        count += 1
    return count

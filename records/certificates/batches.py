"""Certificates for many candidates at once: chosen by a clerk, made by a job, given out as one archive.

Each certificate is a transaction of its own by the same ``issue`` as over the counter. A job that was killed and started again
finds those it made and makes the rest; the archive is written last and whole.
"""

from __future__ import annotations

import datetime as dt
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.trail import record_export
from audit.workflow import NotNow, Problem, Refused
from records.candidates.models import Candidate, Registration, Ticket
from records.certificates.glyphs import MissingGlyphs
from records.certificates.issuing import issue
from records.certificates.kinds import ISSUE, kind_of
from records.certificates.models import Certificate, CertificatePrint
from records.jobs.models import Job
from records.jobs.running import start
from records.offices.models import Office
from records.people.models import User

JOB = "certificates.issue-many"
MOST_TICKETS = 20_000
REPORT_EVERY = 20
SHOWN = 500
Report = Callable[[int, int], None]


def tickets_in(text: str) -> list[str]:
    """The numbers of a pasted list, each once, in its order."""
    return list(dict.fromkeys(text.replace(",", " ").replace("，", " ").replace("、", " ").split()))


def people_of(university: Office, wanted: dict[str, Any]) -> QuerySet[Candidate]:
    """The university's own candidates whom the form means: by ticket numbers, or by major and days of registration."""
    people = Candidate.objects.filter(managing_university=university, merged_into__isnull=True)
    if wanted["tickets"]:
        return people.filter(pk__in=Ticket.objects.filter(number__in=wanted["tickets"]).values("candidate"))
    days = Registration.objects.filter(registered_on__range=(wanted["first_day"], wanted["last_day"]))
    if wanted["major"]:
        days = days.filter(major=wanted["major"])
    return people.filter(pk__in=days.values("candidate"))


def unknown_tickets(university: Office, tickets: list[str]) -> list[str]:
    """Those of the pasted numbers that are no candidate's of this university."""
    own = Ticket.objects.filter(number__in=tickets, candidate__managing_university=university)
    known = set(own.values_list("number", flat=True))
    return [number for number in tickets if number not in known]


def start_batch(university: Office, wanted: dict[str, Any], *, expected: int, by: User) -> Job:
    """Start the job for those whom the form means.

    Raises ``PermissionDenied``, or ``NotNow`` when there are not ``expected`` of them any more.
    """
    if not (by.has_perm(ISSUE) and university.represented_by(by)):
        raise PermissionDenied(ISSUE)
    found = people_of(university, wanted).count()
    if found != expected or not found:
        changed = _("现在符合条件的有%(count)s人，不是刚才的%(expected)s人。请再核对一次。")
        raise NotNow([Problem("certificate.count-changed", changed % {"count": found, "expected": expected})])
    kind = kind_of(wanted["kind"])
    return start(
        JOB,
        _("批量出具%(kind)s，%(count)s人") % {"kind": kind.title, "count": f"{found:,}"},
        by=by,
        office=university,
        certificate=kind.slug,
        major=wanted["major"].pk if wanted["major"] else None,
        first_day=_iso(wanted["first_day"]),
        last_day=_iso(wanted["last_day"]),
        tickets=wanted["tickets"],
        expected=found,
    )


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def issue_many(job: Job, report: Report) -> None:
    """Do the job; its outcome counts what was issued and names who got none, by ticket number, with the reason."""
    assert job.office is not None
    made: list[int] = []
    refused: list[dict[str, str]] = []
    ids = _ids(job, job.office)
    report(0, len(ids))
    for place, candidate in enumerate(_one_by_one(ids), 1):
        try:
            made.append(issue(candidate, job.parameters["certificate"], office=job.office, by=job.started_by, job=job).pk)
        except Refused as refusal:
            refused.append(_refusal(candidate, "；".join(str(problem.message) for problem in refusal.problems)))
        except MissingGlyphs as missing:
            refused.append(_refusal(candidate, str(missing)))
        if place % REPORT_EVERY == 0:
            report(place, len(ids))
    pack(made, archive_of(job))
    report(len(ids), len(ids))
    job.outcome = {
        "issued": len(made),
        "refused": len(refused),
        "refusals": refused[:SHOWN],
        "page": reverse("certificates:batch", args=[job.pk]),
    }


def _ids(job: Job, university: Office) -> list[int]:
    told = job.parameters
    days = {name: dt.date.fromisoformat(told[name]) if told[name] else None for name in ("first_day", "last_day")}
    wanted = {"tickets": told["tickets"], "major": told["major"], **days}
    return list(people_of(university, wanted).order_by("pk").values_list("pk", flat=True))


def _one_by_one(ids: list[int]) -> Iterator[Candidate]:
    for start_at in range(0, len(ids), SHOWN):
        yield from Candidate.objects.filter(pk__in=ids[start_at : start_at + SHOWN]).prefetch_related("tickets").order_by("pk")


def _refusal(candidate: Candidate, reason: str) -> dict[str, str]:
    return {"ticket": candidate.ticket_number or candidate.registration_number, "reason": reason}


def archive_of(job: Job) -> Path:
    """Where the archive of a finished job lies."""
    return job.result_path / "certificates.zip"


def pack(ids: list[int], archive: Path) -> None:
    """One file for each certificate, named by its number; the archive is there whole or not at all."""
    archive.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = archive.with_suffix(".part")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_STORED) as packed:
        for certificate in Certificate.objects.filter(pk__in=ids).order_by("number").iterator():
            packed.write(certificate.path, f"{certificate.number}.pdf")
    with half.open("rb") as file:
        os.fsync(file.fileno())
    half.rename(archive)


def take_archive(job: Job, *, by: User) -> Path:
    """The archive, to be handed out: noted as a print of every certificate in it and as an export."""
    archive = archive_of(job)
    with zipfile.ZipFile(archive) as packed:
        numbers = [name.removesuffix(".pdf") for name in packed.namelist()]
    rows = Certificate.objects.filter(number__in=numbers).values_list("pk", flat=True)
    CertificatePrint.objects.bulk_create([CertificatePrint(certificate_id=pk, by=by, at=timezone.now()) for pk in rows])
    record_export("certificates", Certificate, len(numbers), purpose=job.title, job=job.pk)
    return archive

"""Verifying the whole trail in the background, also against the seal that the newest daily report has on paper."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit.models import DailyReport
from audit.trail import record_read
from audit.verification import verify
from records.jobs.models import Job
from records.jobs.running import advance, start
from records.offices.models import Office
from records.people.models import User

JOB = "trail.verify"


def request_verification(user: User) -> Job:
    """The verification that runs, or a new one."""
    running = Job.objects.unfinished().filter(kind=JOB).first()
    return running or start(JOB, _("核验留痕"), by=user, office=Office.objects.municipality())


def verify_trail(job: Job) -> None:
    """Verify; ``job.outcome`` holds the figures and, where something is wrong, the first fault in words."""
    advance(job, 0)
    verdict = verify(printed_seals())
    fault = verdict.first_fault
    job.outcome = {
        "intact": fault is None,
        "entries": verdict.entries,
        "seals": verdict.seals,
        "unsealed": verdict.unsealed,
        "fault": fault.message if fault else "",
    }
    record_read("trail-verify", job, purpose=job.title, intact=fault is None)


def printed_seals() -> list[tuple[int, bytes]]:
    """The seal of the newest report: it stands for all before it."""
    newest = DailyReport.objects.filter(seal_number__isnull=False).order_by("-day").first()
    if newest is None or newest.seal_number is None:
        return []
    return [(newest.seal_number, bytes.fromhex(newest.seal_hash))]

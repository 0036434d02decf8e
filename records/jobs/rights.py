"""Whether the person who started a job may still have it done: what was begun with a right does not outlive it."""

from __future__ import annotations

import time

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _

from audit.acting import current
from audit.models import Event
from records.jobs.models import Job
from records.jobs.registry import permission_for
from records.people.models import User

RECHECK_SECONDS = 2.0


class RightEnded(Exception):
    """The job's starter has lost the right to it; ``str`` is the line that people read."""


def require(job: Job) -> None:
    """Ask the database whether the starter is active, still has the permission, and acts for the job's office.

    Raises ``RightEnded`` otherwise. Nothing is asked of a kind without a permission nor of a job that a command started. Inside
    a chunk's transaction the refusal takes the chunk back.
    """
    job.right_checked_at = time.monotonic()
    permission = permission_for(job.kind)
    if not permission or job.started_by_id is None:
        return
    starter = User.objects.get(pk=job.started_by_id)  # not the job's own: that one remembers the duties of its first question
    why = _why_not(starter, job, permission)
    if why:
        raise RightEnded(_line(job, starter, why, permission))


def require_now_and_then(job: Job) -> None:
    """``require`` where the last time is some seconds ago, so that it costs next to nothing at every boundary of a chunk."""
    if time.monotonic() - job.right_checked_at >= RECHECK_SECONDS:
        require(job)


def record_stop(job: Job, ended: RightEnded) -> Event:
    """Write into the trail that the job was refused to its starter."""
    return Event.objects.create(
        kind=Event.Kind.STEP,
        verb="run-job",
        outcome=Event.Outcome.DENIED,
        subject_table=Job._meta.db_table,
        subject_id=job.pk,
        note=str(ended),
        **current().columns(),
    )


def _why_not(starter: User, job: Job, permission: str) -> str:
    if not starter.is_active:
        return _("的账户已经停用")
    if job.office is not None and not starter.reach.municipal and job.office_id not in starter.reach.office_ids:
        return _("已不属于%(office)s") % {"office": job.office}
    if not starter.has_perm(permission):
        return _("不再担任%(duties)s") % {"duties": _duties(permission)}
    return ""


def _line(job: Job, starter: User, why: str, permission: str) -> str:
    """王某不再担任O3，本批处理已停止。已处理200 / 1,000，没有做完的一段没有写入。担任O3的人员可以重新启动。"""
    done = _("还没有处理，没有写入任何内容。")
    if job.done:
        words = {"done": f"{job.done:,}", "total": f"{job.total:,}" if job.total else "—"}
        done = _("已处理%(done)s / %(total)s，没有做完的一段没有写入。") % words
    stopped = _("%(person)s%(why)s，本批处理已停止。") % {"person": starter, "why": why}
    return stopped + done + _("担任%(duties)s的人员可以重新启动。") % {"duties": _duties(permission)}


def _duties(permission: str) -> str:
    """The codes of the duties that have the permission: O6、U7."""
    app, codename = permission.split(".")
    held = Group.objects.filter(permissions__codename=codename, permissions__content_type__app_label=app)
    return "、".join(held.order_by("name").values_list("name", flat=True)) or permission

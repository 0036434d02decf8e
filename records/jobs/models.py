"""A batch as people see it: who started it, how far it is, what came of it. The row is the truth, the message a wake-up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.models import ServerClock

if TYPE_CHECKING:
    from records.people.models import User


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User) -> JobQuerySet:
        """The jobs that the person started, and those of the offices that the person represents."""
        return self.filter(models.Q(started_by=user) | models.Q(office__in=user.reach.office_ids))

    def unfinished(self) -> JobQuerySet:
        return self.filter(state__in=UNDER_WAY)


class Job(models.Model):
    """A batch. ``kind`` names the work (``jobs/registry.py``), ``parameters`` its ids; ``done`` of ``total`` is its progress.

    ``outcome`` holds figures and the per-row results worth reading, ``error`` one plain line when it failed, or was stopped
    because its starter lost the right to it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")
        STOPPED = "stopped", _("已停止")

    kind = models.CharField(max_length=40)
    title = models.CharField(_("批处理"), max_length=200)
    parameters = models.JSONField(default=dict)
    office = models.ForeignKey("records.Office", null=True, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    request_id = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.QUEUED)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=ServerClock())
    woken_at = models.DateTimeField(db_default=ServerClock())
    finished_at = models.DateTimeField(null=True)

    right_checked_at = -float("inf")  # of this process: when the starter's right was last asked for (``rights.py``)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("批处理")
        verbose_name_plural = _("批处理")
        indexes: ClassVar = [
            models.Index(fields=["woken_at"], condition=models.Q(state__in=["queued", "running"]), name="job_unfinished")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_under_way(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.state in UNDER_WAY

    @property
    def percent(self) -> int | None:
        """How far a running job is, 0 to 100; None when it waits, is finished or does not know."""
        if self.state != Job.State.RUNNING or not self.total:
            return None
        return min(100, self.done * 100 // self.total)

    @property
    def result_path(self) -> Path:
        """Where a job that makes a file puts it."""
        return Path(settings.KAOJI_HOME) / "results" / str(self.pk)


UNDER_WAY = (Job.State.QUEUED, Job.State.RUNNING)

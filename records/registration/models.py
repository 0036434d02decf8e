"""Files of candidates on their way into the register, and people who may be one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from records.candidates.models import Candidate, within

if TYPE_CHECKING:
    from records.people.models import User


class CandidateBatchQuerySet(models.QuerySet["CandidateBatch"]):
    def visible_to(self, user: User) -> CandidateBatchQuerySet:
        """Those of the person's universities; the city sees all."""
        return self.all() if user.reach.municipal else self.filter(university__in=user.reach.universities)


class CandidateBatch(models.Model):
    """One file of candidates for one university: checked, confirmed by a clerk, written, undone until something stands on it.

    ``report`` is what checking found (``rows``, counts, ``warnings`` or ``faults``). The rows that a batch wrote carry its id:
    candidates, tickets, registrations.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("核对中")
        REFUSED = "refused", _("有错，未导入")
        READY = "ready", _("待确认")
        WRITING = "writing", _("入库中")
        WRITTEN = "written", _("已入库")
        UNDOING = "undoing", _("撤销中")
        UNDONE = "undone", _("已撤销")
        DISCARDED = "discarded", _("已放弃")

    file = models.ForeignKey("records.ImportFile", on_delete=models.PROTECT, related_name="+")
    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("主考院校"))
    state = models.CharField(_("进度"), max_length=9, choices=State, default=State.CHECKING)
    report = models.JSONField(default=dict)
    job = models.ForeignKey("records.Job", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("上传时间"), db_default=ServerClock())
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = CandidateBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("考生批次")
        verbose_name_plural = _("考生批次")
        indexes: ClassVar = [models.Index(fields=["university", "-id"], name="candidate_batch_university")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True, left_out=["report"])

    def __str__(self) -> str:
        return str(self.pk)


class FilledIn(models.Model):
    """What a batch told the register about somebody whom it knew already, so that undoing can take exactly that back.

    Empty columns: nothing was filled in there.
    """

    batch = models.ForeignKey(CandidateBatch, on_delete=models.PROTECT, related_name="fills")
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+")
    prior_education = models.CharField(max_length=10, blank=True, default="")
    prior_major = models.CharField(max_length=100, blank=True, default="")
    additional_courses = models.BooleanField(null=True)
    record_number = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        verbose_name = _("批次补充的资料")
        verbose_name_plural = _("批次补充的资料")
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "candidate"], name="one_filling_of_a_batch")]
        triggers: ClassVar = change_triggers()

    def __str__(self) -> str:
        return str(self.pk)


class ProbableDuplicateQuerySet(models.QuerySet["ProbableDuplicate"]):
    def visible_to(self, user: User) -> ProbableDuplicateQuerySet:
        """The pairs of which at least one is within the person's reach; nobody's own."""
        if user.candidate_id:
            return self.none()
        reached = within(user.reach)
        if not reached:
            return self.all()
        mine = Candidate.objects.filter(reached).values("pk")
        return self.filter(models.Q(first__in=mine) | models.Q(second__in=mine))

    def open(self) -> ProbableDuplicateQuerySet:
        """Those that nobody has decided."""
        return self.filter(finding=ProbableDuplicate.Finding.OPEN)


class ProbableDuplicate(models.Model):
    """Two candidates of one name and birth date under different documents, and what a clerk found out about them.

    ``first`` is the one with the smaller id. Who is the same person goes on by a merger (``records/merging``).
    """

    objects: ClassVar[Any] = ProbableDuplicateQuerySet.as_manager()

    class Finding(models.TextChoices):
        OPEN = "", _("待判断")
        SAME = "same", _("同一人")
        DIFFERENT = "different", _("不是同一人")

    first = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField(_("发现时间"), db_default=ServerClock())
    finding = models.CharField(_("判断"), max_length=9, choices=Finding, blank=True, default=Finding.OPEN)
    found_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    grounds = models.CharField(_("依据"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("疑似重复")
        verbose_name_plural = _("疑似重复")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="one_question_per_pair"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="pairs_are_ordered"),
        ]
        indexes: ClassVar = [models.Index(fields=["id"], condition=models.Q(finding=""), name="duplicate_open")]
        triggers: ClassVar = change_triggers(candidate="first_id")

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"

"""Marks: one row an attempt, seen outside the municipal office only once its publication is out."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from scores.entry.models import ScoreBatch
from scores.publishing.models import Publication
from scores.sittings.models import Sitting


class MarkQuerySet(models.QuerySet["Mark"]):
    def passed(self) -> MarkQuerySet:
        """Marks that make the course count."""
        return self.filter(flag=Mark.Flag.NORMAL).filter(
            models.Q(points__gte=60) | models.Q(grade__in=["优秀", "良好", "中等", "及格", "合格"])
        )


class PublishedMarks(models.Manager["Mark"]):
    """What everybody outside the municipal office's score desk works with: no unpublished mark ever comes out of it."""

    def get_queryset(self) -> MarkQuerySet:
        return MarkQuerySet(self.model, using=self._db).filter(publication__published_at__isnull=False)


class Mark(models.Model):
    """One attempt: a candidate at a course in a sitting. ``points`` 0 to 100 with one decimal, or ``grade``, or a flag alone.

    ``Mark.objects`` gives published marks only; ``Mark.registry`` gives all and is for entry, publication and its preview.
    """

    class Flag(models.TextChoices):
        NORMAL = "正常", _("正常")
        ABSENT = "缺考", _("缺考")
        BREACH = "违纪", _("违纪")
        CHEATING = "作弊", _("作弊")
        CANCELLED = "取消", _("取消")

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="+")
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(ScoreBatch, null=True, on_delete=models.PROTECT, related_name="+")
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="marks")
    course = models.ForeignKey("records.Course", on_delete=models.PROTECT, related_name="+")
    practical = models.BooleanField(default=False)
    points = models.DecimalField(_("成绩"), max_digits=4, decimal_places=1, null=True)
    grade = models.CharField(_("等第"), max_length=4, blank=True, default="", db_default="")
    flag = models.CharField(_("标记"), max_length=4, choices=Flag, default=Flag.NORMAL, db_default=Flag.NORMAL)
    flag_reason = models.CharField(max_length=60, blank=True, default="", db_default="")
    site = models.CharField(_("考点"), max_length=60, blank=True, default="", db_default="")

    objects = PublishedMarks()
    registry = MarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("成绩")
        verbose_name_plural = _("成绩")
        base_manager_name = "registry"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sitting", "course", "candidate"], name="one_mark_per_sitting_and_course")
        ]
        indexes: ClassVar = [
            models.Index(fields=["candidate", "course"], name="mark_candidate"),
            models.Index(fields=["publication", "id"], name="mark_publication"),
        ]
        triggers: ClassVar = change_triggers(
            only="WHERE EXISTS (SELECT 1 FROM scores_publication p WHERE p.id = r.publication_id AND p.published_at IS NOT NULL)"
        )

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.candidate_id} {self.course_id}"


class MarkRevision(models.Model):
    """A mark that was entered and then changed by a decision: what it was, what it became, and why (``changing.py``).

    ``case_table`` and ``case_id`` name the case that decided. ``kind``: a decision, or the return to what the other decisions
    make of the mark once one is taken back (``taken_back_at`` of that one's rows). ``batch``: the decision was there first, and
    the mark came in with this file: ``before`` is what the file said. ``counted_at``: the statistics have it.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", _("按决定更改")
        RETURN = "return", _("决定撤销后恢复")

    mark = models.ForeignKey(Mark, on_delete=models.PROTECT, related_name="revisions")
    kind = models.CharField(_("更改性质"), max_length=8, choices=Kind, default=Kind.DECISION)
    points_before = models.DecimalField(_("原成绩"), max_digits=4, decimal_places=1, null=True)
    grade_before = models.CharField(_("原等第"), max_length=4, blank=True, default="")
    flag_before = models.CharField(_("原标记"), max_length=4, choices=Mark.Flag)
    flag_reason_before = models.CharField(_("原标记依据"), max_length=60, blank=True, default="")
    points = models.DecimalField(_("成绩"), max_digits=4, decimal_places=1, null=True)
    grade = models.CharField(_("等第"), max_length=4, blank=True, default="")
    flag = models.CharField(_("标记"), max_length=4, choices=Mark.Flag)
    flag_reason = models.CharField(_("标记依据"), max_length=60, blank=True, default="")
    because = models.TextField(_("更改原因"))
    case_table = models.CharField(_("案件种类"), max_length=60, blank=True, default="")
    case_id = models.BigIntegerField(_("案件"), null=True)
    batch = models.ForeignKey(ScoreBatch, null=True, on_delete=models.PROTECT, related_name="+")
    was_published = models.BooleanField(_("更改时已公布"))
    made_at = models.DateTimeField(_("更改时间"), db_default=ServerClock())
    taken_back_at = models.DateTimeField(_("决定撤销时间"), null=True)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("成绩更改")
        verbose_name_plural = _("成绩更改")
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["case_table", "case_id"], name="mark_revision_case"),
            models.Index(fields=["id"], name="mark_revision_uncounted", condition=models.Q(counted_at__isnull=True)),
        ]
        triggers: ClassVar = change_triggers(candidate="no_candidate", left_out=["counted_at"], inserts=True)

    def __str__(self) -> str:
        return f"{self.mark_id}.{self.pk}"

    @property
    def before(self) -> tuple[Decimal | None, str, str, str]:
        """Points, grade, flag and the flag's reason as they were."""
        return self.points_before, self.grade_before, self.flag_before, self.flag_reason_before

    @property
    def after(self) -> tuple[Decimal | None, str, str, str]:
        """Points, grade, flag and the flag's reason as they became."""
        return self.points, self.grade, self.flag, self.flag_reason

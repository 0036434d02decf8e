"""Sittings and their marks. A mark is seen outside the municipal office only once its publication is out."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock

if TYPE_CHECKING:
    from records.people.models import User


class Sitting(models.Model):
    """An examination term, named by year and month (``2026-10``); its marks are of the month's last day."""

    name = models.CharField(_("考次"), max_length=7, unique=True)

    class Meta:
        verbose_name = _("考次")
        verbose_name_plural = _("考次")
        ordering: ClassVar = ["-name"]
        triggers: ClassVar = change_triggers(candidate="no_candidate")

    def __str__(self) -> str:
        year, month = self.name.split("-")
        return _("%(year)s年%(month)s月") % {"year": year, "month": int(month)}

    @property
    def last_day(self) -> dt.date:
        year, month = map(int, self.name.split("-"))
        return dt.date(year, month, calendar.monthrange(year, month)[1])


M = TypeVar("M", bound=models.Model)


class OfficeOnly(models.QuerySet[M]):
    """What only the municipal office sees: marks on their way in belong to it alone."""

    def visible_to(self, user: User) -> Self:
        """Everything for who represents the municipal office, nothing for anybody else."""
        return self if user.reach.municipal else self.none()


class PublicationQuerySet(OfficeOnly["Publication"]):
    """Publications as the municipal office sees them."""


class ScoreBatchQuerySet(OfficeOnly["ScoreBatch"]):
    """Batches as the municipal office sees them."""


class Publication(models.Model):
    """Marks of a sitting that become visible together. Everything hangs on this one row's ``published_at``.

    A sitting's written and practical marks are published apart, and what arrives after a publication goes into the next one
    (``sequence``). Two people: ``prepared_by`` asks, ``confirmed_by`` another. ``credits_entered_at`` says that the job behind it
    has finished. ``preview`` are the figures that both people look at (``scores/previewing.py``).
    """

    class Kind(models.TextChoices):
        WRITTEN = "written", _("笔试")
        PRACTICAL = "practical", _("实践环节")

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="publications")
    kind = models.CharField(max_length=9, choices=Kind)
    sequence = models.PositiveSmallIntegerField(default=1)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("公布时间"), null=True)
    credits_entered_at = models.DateTimeField(null=True)
    job = models.ForeignKey("records.Job", null=True, on_delete=models.PROTECT, related_name="+")
    preview = models.JSONField(default=dict)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("成绩公布")
        verbose_name_plural = _("成绩公布")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sitting", "kind", "sequence"], name="one_publication_per_sequence"),
            models.UniqueConstraint(
                fields=["sitting", "kind"], condition=models.Q(published_at__isnull=True), name="one_open_publication"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("prepared_by")),
                name="publication_takes_two_people",
            ),
        ]
        permissions: ClassVar = [
            ("import_scores", "O3: enter marks by batch"),
            ("publish_scores", "O3: prepare or confirm a publication"),
            ("read_statistics", "O3, O7, U8: read statistics"),
        ]
        triggers: ClassVar = change_triggers(candidate="no_candidate", left_out=["preview"], inserts=True)

    def __str__(self) -> str:
        return f"{self.sitting} {self.get_kind_display()}"


class ScoreBatch(models.Model):
    """One file of marks on its way in: checked (faulty or ready) → confirmed → published with its publication; or undone."""

    class State(models.TextChoices):
        CHECKING = "checking", _("校验中")
        FAULTY = "faulty", _("有错误，未入库")
        READY = "ready", _("待确认")
        CONFIRMED = "confirmed", _("已入库，未公布")
        PUBLISHED = "published", _("已公布")
        UNDONE = "undone", _("已撤销")

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=9, choices=Publication.Kind, default=Publication.Kind.WRITTEN)
    file = models.OneToOneField("records.ImportFile", on_delete=models.PROTECT, related_name="+")
    publication = models.ForeignKey(Publication, null=True, on_delete=models.PROTECT, related_name="batches")
    job = models.ForeignKey("records.Job", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("进度"), max_length=9, choices=State, default=State.CHECKING)
    preview = models.JSONField(default=dict)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=ServerClock())

    objects = ScoreBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("成绩批次")
        verbose_name_plural = _("成绩批次")
        triggers: ClassVar = change_triggers(candidate="no_candidate", left_out=["preview"], inserts=True)

    def __str__(self) -> str:
        return f"{self.sitting} {self.file}"


class StagedMark(models.Model):
    """A row of a file as it came, before anything is decided. Made again from the kept file when lost."""

    batch = models.ForeignKey(ScoreBatch, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    row = models.PositiveIntegerField()
    ticket = models.TextField()
    course = models.TextField()
    mark = models.TextField()
    flag = models.TextField()
    site = models.TextField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch", "row"], name="staged_mark_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row}"


class ReplacedMark(models.Model):
    """What an unpublished mark was before a later batch changed it, so that the batch can be undone."""

    batch = models.ForeignKey(ScoreBatch, on_delete=models.CASCADE, related_name="+")
    mark = models.ForeignKey("scores.Mark", on_delete=models.CASCADE, related_name="+")
    batch_before = models.ForeignKey(ScoreBatch, null=True, on_delete=models.PROTECT, related_name="+")
    points = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    grade = models.CharField(max_length=4)
    flag = models.CharField(max_length=4)
    site = models.CharField(max_length=60)
    flag_reason = models.CharField(max_length=60, default="", db_default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "mark"], name="replaced_once_per_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.mark_id}"


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


class StatisticQuerySet(models.QuerySet["SittingStatistic"]):
    def visible_to(self, user: User) -> StatisticQuerySet:
        """All rows for the municipal office, a university's own rows for it."""
        return self if user.reach.municipal else self.filter(university__in=user.reach.universities)


class SittingStatistic(models.Model):
    """The figures of a sitting for one university, major and course; made by job from published marks (``scores/statistics.py``).

    Marks are 0 to 100; nothing to compute is null; ``histogram`` counts ten bins of ten marks, 100 in the last;
    ``distribution`` counts every single mark (``{"63.5": 2}``), from which rows add up to exact figures of any selection.
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="statistics")
    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+")
    major = models.ForeignKey("records.Major", null=True, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey("records.Course", on_delete=models.PROTECT, related_name="+")
    registered = models.PositiveIntegerField()
    present = models.PositiveIntegerField()
    absent = models.PositiveIntegerField()
    barred = models.PositiveIntegerField()
    passed = models.PositiveIntegerField()
    marked = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=14, decimal_places=1, null=True)
    mean = models.FloatField(null=True)
    stdev = models.FloatField(null=True)
    lowest = models.FloatField(null=True)
    q1 = models.FloatField(null=True)
    median = models.FloatField(null=True)
    q3 = models.FloatField(null=True)
    highest = models.FloatField(null=True)
    histogram = models.JSONField(null=True)
    distribution = models.JSONField(default=dict)

    objects = StatisticQuerySet.as_manager()

    class Meta:
        verbose_name = _("考次统计")
        verbose_name_plural = _("考次统计")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sitting", "university", "major", "course"], name="one_statistic_row", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.university_id} {self.course_id}"

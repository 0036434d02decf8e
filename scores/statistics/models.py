"""The figures of a sitting, kept; what of them is to be computed anew; which are released; how far cohorts have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from scores.sittings.models import Sitting

if TYPE_CHECKING:
    from records.people.models import User


class StatisticQuerySet(models.QuerySet["SittingStatistic"]):
    def visible_to(self, user: User) -> StatisticQuerySet:
        """All rows for the municipal office, a university's own rows for it."""
        return self if user.reach.municipal else self.filter(university__in=user.reach.universities)


class SittingStatistic(models.Model):
    """The figures of a sitting for one university, major and course; made by job from published marks (``refreshing.py``).

    Marks are 0 to 100; nothing to compute is null; ``histogram`` counts ten bins of ten marks, 100 in the last;
    ``distribution`` counts every single mark (``{"63.5": 2}``), from which rows add up to exact figures of any selection.
    ``first_time`` counts those who passed the course at their first attempt; null until that has been computed.
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
    first_time = models.PositiveIntegerField(null=True)
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


class TouchedStatistic(models.Model):
    """A course of a sitting whose rows may no longer hold, because people count elsewhere (a merger, another university).

    Marks that were changed leave revisions instead (``marks/changing.py``).
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="+")
    course = models.ForeignKey("records.Course", on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("待重算的统计")
        verbose_name_plural = _("待重算的统计")

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.course_id}"


class ReleaseQuerySet(models.QuerySet["StatisticsRelease"]):
    def standing(self) -> ReleaseQuerySet:
        """What candidates and visitors may see: released, not taken back, with marks that are out."""
        out = models.Exists(Sitting.objects.filter(pk=models.OuterRef("sitting"), publications__published_at__isnull=False))
        return self.filter(out, withdrawn_at__isnull=True)


class StatisticsRelease(models.Model):
    """That the city lets everybody see the figures of a sitting: pass rate and mean by course, of the whole city."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="+", verbose_name=_("考次"))
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(_("公开时间"), db_default=ServerClock())
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)
    withdrawn_because = models.CharField(_("撤回理由"), max_length=200, blank=True, default="")

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("统计公开")
        verbose_name_plural = _("统计公开")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sitting"], condition=models.Q(withdrawn_at__isnull=True), name="one_standing_release_per_sitting"
            )
        ]
        permissions: ClassVar = [("release_statistics", "O3: release figures of a sitting to everybody")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return str(self.sitting)


class CohortQuerySet(models.QuerySet["CohortStatistic"]):
    def visible_to(self, user: User) -> CohortQuerySet:
        """All cohorts for the municipal office, a university's own for it."""
        return self if user.reach.municipal else self.filter(university__in=user.reach.universities)


class CohortStatistic(models.Model):
    """How far those have come who registered for a major at a university in one year; made by job (``cohorts.py``).

    The columns from ``none`` to ``complete`` count candidates by the share of their plan's courses that they have passed, and
    add up to ``candidates``; ``graduated`` counts those who hold a diploma of the major, whatever they have passed.
    """

    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+")
    major = models.ForeignKey("records.Major", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("注册年份"))
    candidates = models.PositiveIntegerField()
    none = models.PositiveIntegerField()
    quarter = models.PositiveIntegerField()
    half = models.PositiveIntegerField()
    three_quarters = models.PositiveIntegerField()
    nearly = models.PositiveIntegerField()
    complete = models.PositiveIntegerField()
    graduated = models.PositiveIntegerField()
    made_at = models.DateTimeField(db_default=ServerClock())

    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = _("年级进度")
        verbose_name_plural = _("年级进度")
        constraints: ClassVar = [models.UniqueConstraint(fields=["university", "major", "year"], name="one_row_per_cohort")]

    def __str__(self) -> str:
        return f"{self.university_id} {self.major_id} {self.year}"

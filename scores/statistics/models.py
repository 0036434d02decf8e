"""The figures of a sitting, kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

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

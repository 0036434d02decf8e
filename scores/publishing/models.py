"""Marks of a sitting that become visible together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from scores.sittings.models import Sitting

if TYPE_CHECKING:
    from records.people.models import User


M = TypeVar("M", bound=models.Model)


class OfficeOnly(models.QuerySet[M]):
    """What only the municipal office sees: marks on their way in belong to it alone."""

    def visible_to(self, user: User) -> Self:
        """Everything for who represents the municipal office, nothing for anybody else."""
        return self if user.reach.municipal else self.none()


class PublicationQuerySet(OfficeOnly["Publication"]):
    """Publications as the municipal office sees them; ``announced`` is for everybody."""

    def waiting_for_their_minute(self) -> Self:
        """Approved for a minute, and not out."""
        return self.filter(approved_at__isnull=False, announced_at__isnull=False, published_at__isnull=True)

    def announced(self) -> Self:
        """What the office tells everybody of: publications with a minute still to come, the next one first."""
        return self.waiting_for_their_minute().filter(is_announced=True, announced_at__gt=timezone.now()).order_by("announced_at")


class Publication(models.Model):
    """Marks of a sitting that become visible together. Everything hangs on this one row's ``published_at``.

    A sitting's written and practical marks are published apart, and what arrives after a publication goes into the next one
    (``sequence``). Two people: ``prepared_by`` asks, ``confirmed_by`` another, at ``approved_at``; with a minute named
    (``announced_at``) it waits for that minute, without one it is out at once. ``is_announced`` says that visitors are told of
    the minute beforehand. ``credits_entered_at`` says that the job behind it has finished. ``preview`` are the figures that both
    people look at (``scores/publishing/previewing.py``). The sheets of the result day (``scores/results/sheets.py``) are made in
    portions of candidates, through ``sheets_through`` so far, complete since ``sheets_made_at``.
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
    approved_at = models.DateTimeField(_("批准时间"), null=True)
    announced_at = models.DateTimeField(_("预定公布时间"), null=True)
    is_announced = models.BooleanField(_("预告公布时间"), default=False, db_default=False)
    published_at = models.DateTimeField(_("公布时间"), null=True)
    sheets_through = models.BigIntegerField(default=0, db_default=0)
    sheets_made_at = models.DateTimeField(null=True)
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
            models.CheckConstraint(
                condition=models.Q(announced_at__isnull=True)
                | models.Q(published_at__isnull=True)
                | models.Q(published_at__gte=models.F("announced_at")),
                name="publication_not_before_its_minute",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["announced_at"],
                condition=models.Q(approved_at__isnull=False, published_at__isnull=True),
                name="publication_due",
            )
        ]
        permissions: ClassVar = [
            ("import_scores", "O3: enter marks by batch"),
            ("publish_scores", "O3: prepare or confirm a publication"),
            ("read_statistics", "O3, O7, U8: read statistics"),
        ]
        triggers: ClassVar = change_triggers(
            candidate="no_candidate", left_out=["preview", "sheets_through", "sheets_made_at"], inserts=True
        )

    def __str__(self) -> str:
        return f"{self.sitting} {self.get_kind_display()}"

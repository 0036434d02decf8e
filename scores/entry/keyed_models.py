"""Marks keyed by hand: a sheet of candidates, keyed by two people who do not see each other's values."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from scores.entry.models import ScoreBatch
from scores.publishing.models import OfficeOnly, Publication
from scores.sittings.models import Sitting

if TYPE_CHECKING:
    from records.people.models import User

FIRST, SECOND = 1, 2
TURNS = (FIRST, SECOND)


class KeyedSheetQuerySet(OfficeOnly["KeyedSheet"]):
    """Sheets as the municipal office sees them."""


class KeyedSheet(models.Model):
    """Marks of one course in one sitting to be keyed twice: keying → (different → keying the differing lines again) → a batch.

    ``round`` counts from 1; in each the two people key the lines in dispute (in the first, all) and say that they are done.
    """

    class State(models.TextChoices):
        KEYING = "keying", _("录入中")
        DIFFERENT = "different", _("两人不一致，重录中")
        HANDED_OVER = "handed-over", _("已转成批次")
        GIVEN_UP = "given-up", _("录入表已作废")

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("成绩类别"), max_length=9, choices=Publication.Kind, default=Publication.Kind.WRITTEN)
    course = models.ForeignKey("records.Course", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("进度"), max_length=11, choices=State, default=State.KEYING)
    round = models.PositiveSmallIntegerField(_("第几轮录入"), default=1, db_default=1)
    note = models.CharField(_("手工录入的原因"), max_length=200)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("建表人"))
    opened_at = models.DateTimeField(_("建表时间"), db_default=ServerClock())
    first = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("第一录入人")
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("第二录入人")
    )
    first_done_at = models.DateTimeField(_("第一录入人录完时间"), null=True)
    second_done_at = models.DateTimeField(_("第二录入人录完时间"), null=True)
    batch = models.ForeignKey(ScoreBatch, null=True, on_delete=models.PROTECT, related_name="keyed_sheets")

    objects = KeyedSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("成绩录入表")
        verbose_name_plural = _("成绩录入表")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first=None) | Q(second=None) | ~Q(first=F("second")), name="keyed_by_two_people")
        ]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return f"{self.sitting} {self.course_id}"

    def turn_of(self, user: User) -> int | None:
        """1 or 2 for who has begun to key the sheet, None for anybody else."""
        return {self.first_id: FIRST, self.second_id: SECOND}.get(user.pk)

    def done_at(self, turn: int) -> object:
        """When the turn said that its values of this round are all there; None while it has not."""
        return self.first_done_at if turn == FIRST else self.second_done_at

    @property
    def is_open(self) -> bool:
        """Whether somebody may still key."""
        return self.state in (self.State.KEYING, self.State.DIFFERENT)


class KeyedLine(models.Model):
    """A candidate of a sheet, by ticket number, in the order of the paper list; ``round`` is the last in which it is keyed."""

    sheet = models.ForeignKey(KeyedSheet, on_delete=models.PROTECT, related_name="lines", db_index=False)
    row = models.PositiveIntegerField(_("行号"))
    ticket = models.CharField(_("准考证号"), max_length=20)
    site = models.CharField(_("考点"), max_length=60, blank=True, default="", db_default="")
    round = models.PositiveSmallIntegerField(_("第几轮录入"), default=1, db_default=1)

    class Meta:
        verbose_name = _("录入表的考生")
        verbose_name_plural = _("录入表的考生")
        ordering: ClassVar = ["row"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet", "row"], name="one_line_per_row"),
            models.UniqueConstraint(fields=["sheet", "ticket"], name="one_line_per_ticket"),
        ]
        triggers: ClassVar = change_triggers(candidate="no_candidate")

    def __str__(self) -> str:
        return f"{self.sheet_id}:{self.row}"


class KeyedMark(models.Model):
    """What one of the two keyed in a line in a round, as text; earlier rounds stay. An unpublished mark, never in the trail."""

    line = models.ForeignKey(KeyedLine, on_delete=models.PROTECT, related_name="keyed", db_index=False)
    turn = models.PositiveSmallIntegerField(_("第几录入人"))
    round = models.PositiveSmallIntegerField(_("第几轮录入"))
    mark = models.CharField(_("成绩"), max_length=20, blank=True)
    flag = models.CharField(_("标记"), max_length=10, blank=True)
    keyed_at = models.DateTimeField(_("录入时间"), db_default=ServerClock())

    class Meta:
        verbose_name = _("录入的成绩")
        verbose_name_plural = _("录入的成绩")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "round", "turn"], name="keyed_once_a_round"),
            models.CheckConstraint(condition=Q(turn__in=TURNS), name="keyed_in_two_turns"),
        ]
        triggers: ClassVar = change_triggers(candidate="no_candidate", left_out=["mark", "flag"])

    def __str__(self) -> str:
        return f"{self.line_id}.{self.round}.{self.turn}"

"""Paper files, what lies in them, and the reports upward."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock

if TYPE_CHECKING:
    from records.people.models import User


class PaperFileQuerySet(models.QuerySet["PaperFile"]):
    def visible_to(self, user: User) -> PaperFileQuerySet:
        """All for the city; for a university those it keeps and those on the way to it."""
        if user.reach.municipal:
            return self
        mine = user.reach.universities
        return self.filter(models.Q(university__in=mine) | models.Q(handed_to__in=mine))

    def kept_by(self, user: User) -> PaperFileQuerySet:
        """All for the city; for a university those on its own shelves, which is one range of the index."""
        return self if user.reach.municipal else self.filter(university__in=user.reach.universities)


UNPLACED = "待上架"
"""The place of a file that nobody has put on a shelf yet."""


class PaperFileSerial(models.Model):
    """The last serial that a university used for a paper file's number; whoever holds the row's lock alone opens files there."""

    university = models.OneToOneField("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("主考院校"))
    last = models.PositiveIntegerField(_("末号"), default=0)

    class Meta:
        verbose_name = _("档案流水号")
        verbose_name_plural = _("档案流水号")

    def __str__(self) -> str:
        return f"{self.university} {self.last}"


class PaperFile(models.Model):
    """One candidate's paper file: kept by the managing university, at a place (room, cabinet, box), under a number of its own.

    On the way to another university ``handed_to`` names it; ``university`` stays the one that answers for the file until the
    other has given its receipt.
    """

    candidate = models.OneToOneField("records.Candidate", on_delete=models.PROTECT, related_name="paper_file")
    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("保管院校"))
    place = models.CharField(_("存放位置"), max_length=60, default=UNPLACED)
    number = models.CharField(_("档案编号"), max_length=30)
    opened_on = models.DateField(_("立卷日期"), default=timezone.localdate)
    handed_to = models.ForeignKey(
        "records.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("移交至")
    )
    handed_on = models.DateField(_("移交日期"), null=True, blank=True)

    objects = PaperFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("纸质档案")
        verbose_name_plural = _("纸质档案")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["university", "number"], name="one_paper_file_per_number"),
            models.CheckConstraint(
                condition=models.Q(handed_to__isnull=True, handed_on__isnull=True)
                | models.Q(handed_to__isnull=False, handed_on__isnull=False),
                name="paper_file_on_the_way",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["university", "place", "number"], name="paper_file_place"),
            models.Index(fields=["number"], name="paper_file_number"),
            models.Index(fields=["handed_to"], condition=models.Q(handed_to__isnull=False), name="paper_file_handed_to"),
        ]
        permissions: ClassVar = [("keep_paper_file", "K3: keep the paper files of the university")]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.number

    @property
    def is_placed(self) -> bool:
        """Whether somebody has put it on a shelf."""
        return self.place != UNPLACED


class PaperItem(models.Model):
    """A paper in a file: what it is, how many pages, since when, put there by whom; taken out only with a reason.

    A paper without ``filed_on`` is owed to the file (待归档): it stands in the list of contents, but nobody has put it there yet.
    ``filed_by`` is then whoever entered it.
    """

    class Kind(models.TextChoices):
        REGISTRATION = "registration", _("报名登记材料")
        IDENTITY = "identity", _("身份证件复印件")
        PROOF = "proof", _("更改证明材料")
        CHANGE_NOTE = "change-note", _("更改记录")
        EXEMPTION = "exemption", _("免考材料")
        TRANSFER = "transfer", _("转考、转籍材料")
        GRADUATION = "graduation", _("毕业登记材料")
        OTHER = "other", _("其他")

    file = models.ForeignKey(PaperFile, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(_("种类"), max_length=12, choices=Kind)
    title = models.CharField(_("题名"), max_length=120)
    pages = models.PositiveSmallIntegerField(_("页数"), default=1)
    correction = models.ForeignKey(
        "records.CorrectionRequest", null=True, blank=True, on_delete=models.PROTECT, related_name="paper_items"
    )
    filed_on = models.DateField(_("归档日期"), null=True, blank=True)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("归档人"))
    removed_on = models.DateField(_("取出日期"), null=True, blank=True)
    removed_because = models.CharField(_("取出原因"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("档案材料")
        verbose_name_plural = _("档案材料")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["correction", "kind"], name="one_paper_of_a_kind_per_correction"),
            models.CheckConstraint(
                condition=models.Q(removed_on__isnull=True) | models.Q(filed_on__isnull=False), name="only_filed_papers_leave"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["file"], condition=models.Q(filed_on__isnull=True), name="paper_item_owed")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return self.title


class ArchiveReportQuerySet(models.QuerySet["ArchiveReport"]):
    def visible_to(self, user: User) -> ArchiveReportQuerySet:
        """All for the city; for a university its own."""
        return self if user.reach.municipal else self.filter(university__in=user.reach.universities)

    def within(self, first_day: dt.date, last_day: dt.date) -> ArchiveReportQuerySet:
        """Those whose period has a day in common with this one, both ends included."""
        return self.filter(first_day__lte=last_day, last_day__gte=first_day)


class ArchiveReport(models.Model):
    """What a university reports upward of its paper files for a period (K3), frozen when it is handed in.

    ``content`` is what ``reporting.py`` drew up, ``sha256`` its digest (hex), which stands in the trail as well. The city only
    adds its receipt; the database refuses every other change.
    """

    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("主考院校"))
    first_day = models.DateField(_("自"))
    last_day = models.DateField(_("至"))
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField(db_default=ServerClock())
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(null=True)

    objects = ArchiveReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("档案变动报告")
        verbose_name_plural = _("档案变动报告")
        indexes: ClassVar = [models.Index(fields=["university", "-first_day"], name="archive_report_university")]
        permissions: ClassVar = [("receive_archive_report", "O2: confirm the receipt of a university's archive report")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="archive_report_has_days")
        ]
        triggers: ClassVar = [
            *change_triggers(candidate="no_candidate", inserts=True, left_out=["content"]),
            pgtrigger.ReadOnly(
                name="handed_in_stays",
                fields=["university", "first_day", "last_day", "content", "sha256", "handed_in_by", "handed_in_at"],
            ),
            pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.university} {self.first_day}"

"""Examination terms, who is registered to sit what in them, and the files that say so."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock

if TYPE_CHECKING:
    from records.people.models import User

WRITTEN, PRACTICAL = "written", "practical"
"""The two kinds, as ``Publication.Kind`` has them."""

LAST_DAY_SQL = "(to_date(s.name || '-01', 'YYYY-MM-DD') + interval '1 month - 1 day')::date"
"""``Sitting.last_day`` of the row ``s``."""


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


class RegistrationFileQuerySet(models.QuerySet["RegistrationFile"]):
    def visible_to(self, user: User) -> RegistrationFileQuerySet:
        """Everything for who represents the municipal office, nothing for anybody else."""
        return self if user.reach.municipal else self.none()


class RegistrationFile(models.Model):
    """One file of registrations for a sitting on its way in: checked (faulty or ready) → entered; or undone."""

    class State(models.TextChoices):
        CHECKING = "checking", _("校验中")
        FAULTY = "faulty", _("有错误，未入库")
        READY = "ready", _("待确认")
        ENTERED = "entered", _("已入库")
        UNDONE = "undone", _("已撤销")

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="+")
    practical = models.BooleanField(_("实践"), default=False)
    file = models.OneToOneField("records.ImportFile", on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey("records.Job", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("进度"), max_length=8, choices=State, default=State.CHECKING)
    preview = models.JSONField(default=dict)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=ServerClock())

    objects = RegistrationFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("报考批次")
        verbose_name_plural = _("报考批次")
        permissions: ClassVar = [("import_registrations", "O3: bring in who sits what, take it out again")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", left_out=["preview"], inserts=True)

    def __str__(self) -> str:
        return f"{self.sitting} {self.file}"

    @property
    def kind(self) -> str:
        """The kind of marks and publications (``Publication.Kind``) that these registrations are for."""
        return PRACTICAL if self.practical else WRITTEN


class SittingRegistrationQuerySet(models.QuerySet["SittingRegistration"]):
    def visible_to(self, user: User) -> SittingRegistrationQuerySet:
        """All for the municipal office; for a university those of the candidates whom it manages; one's own."""
        if user.reach.municipal:
            return self
        mine = models.Q(candidate=user.reach.candidate_id) if user.reach.candidate_id else models.Q(pk__in=[])
        if user.reach.universities:
            mine |= models.Q(candidate__managing_university__in=user.reach.universities)
        return self.filter(mine)


class SittingRegistration(models.Model):
    """That a candidate sits a course in a sitting, and where. Site, room and seat may be empty: not given yet."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="registrations", db_index=False)
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="sitting_registrations")
    course = models.ForeignKey("records.Course", on_delete=models.PROTECT, related_name="+", db_index=False)
    practical = models.BooleanField(_("实践"), default=False)
    site = models.CharField(_("考点"), max_length=60, blank=True, default="", db_default="")
    room = models.CharField(_("考场"), max_length=40, blank=True, default="", db_default="")
    seat = models.CharField(_("座位号"), max_length=20, blank=True, default="", db_default="")
    batch = models.ForeignKey(RegistrationFile, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects = SittingRegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("考次报考")
        verbose_name_plural = _("考次报考")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sitting", "course", "candidate"], name="one_registration_per_sitting_and_course")
        ]
        indexes: ClassVar = [
            models.Index(fields=["sitting", "practical", "id"], name="registered_in_sitting"),
            BrinIndex(fields=["batch"], name="registered_batch"),
        ]
        triggers: ClassVar = change_triggers()

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.candidate_id} {self.course_id}"


class StagedRegistration(models.Model):
    """A row of a file as it came, before anything is decided. Made again from the kept file when lost."""

    batch = models.ForeignKey(RegistrationFile, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    row = models.PositiveIntegerField()
    ticket = models.TextField()
    course = models.TextField()
    site = models.TextField()
    room = models.TextField()
    seat = models.TextField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch", "row"], name="staged_registration_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row}"


class ReplacedRegistration(models.Model):
    """Where somebody was to sit before a later batch changed it, so that the batch can be undone."""

    batch = models.ForeignKey(RegistrationFile, on_delete=models.CASCADE, related_name="+", db_index=False)
    registration = models.ForeignKey(SittingRegistration, on_delete=models.CASCADE, related_name="+")
    batch_before = models.ForeignKey(RegistrationFile, null=True, on_delete=models.PROTECT, related_name="+")
    site = models.CharField(max_length=60)
    room = models.CharField(max_length=40)
    seat = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "registration"], name="seat_replaced_once_per_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.registration_id}"


class SittingTally(models.Model):
    """How many are registered in a sitting, and of how many a mark is there: counted when files come in (``tallying.py``).

    A line of a university has neither course nor site; the others split the university's by one of the two. ``marked`` are all
    marks, published or not: for the municipal office alone, as are ``sat`` (those not of the flag 缺考), ``missing`` (registered,
    no mark) and ``unregistered`` (a mark, not registered).
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    practical = models.BooleanField()
    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", db_index=False)
    course = models.ForeignKey("records.Course", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    site = models.TextField(null=True)  # noqa: DJ001 - null is "of all sites", empty is "no site given"
    registered = models.PositiveIntegerField()
    marked = models.PositiveIntegerField()
    sat = models.PositiveIntegerField(default=0, db_default=0)
    missing = models.PositiveIntegerField()
    unregistered = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["sitting", "practical"], name="tally_sitting")]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.university_id}"


class PaperTime(models.Model):
    """When a course is examined in a sitting: on one day, from and to the minute, the same at every site."""

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="times", db_index=False, verbose_name=_("考次"))
    course = models.ForeignKey("records.Course", on_delete=models.PROTECT, related_name="+", verbose_name=_("课程"))
    on = models.DateField(_("考试日期"))
    starts_at = models.TimeField(_("开考时间"))
    ends_at = models.TimeField(_("结束时间"))

    class Meta:
        verbose_name = _("考试时间")
        verbose_name_plural = _("考试时间")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sitting", "course"], name="one_time_per_paper"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="paper_ends_after_it_starts"),
        ]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.course_id}"

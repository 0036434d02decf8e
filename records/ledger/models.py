"""The ledger's tables: what made a course count (entries), what counts now (credits), what changed (the feed) and who read it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock, TrailTransaction


class Source(models.TextChoices):
    """Where a credit comes from; the words are those of ``audit_graduation``'s JSON."""

    EXAM = "exam", _("考试")
    PRACTICAL = "practical", _("实践")
    EXEMPTION = "exemption", _("免考")
    TRANSFER = "transfer", _("转入")


class CreditEntry(models.Model):
    """One basis on which a course counts: a passed mark, a granted exemption, a course transferred in.

    ``origin`` and ``origin_id`` name the row that it stands on (``scores.mark`` 17), so that entering it twice changes nothing.
    ``rank`` orders bases of one course: the mark, or the least mark of a grade; empty for none. A revoked basis stays, with the
    moment and the reason.
    """

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="credit_entries")
    course = models.ForeignKey("records.Course", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=9, choices=Source)
    mark = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    grade = models.CharField(max_length=4, blank=True, default="", db_default="")
    rank = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    on = models.DateField()
    university = models.ForeignKey("records.Office", null=True, on_delete=models.PROTECT, related_name="+")
    document = models.CharField(_("文号"), max_length=60, blank=True, default="", db_default="")
    origin = models.CharField(max_length=40)
    origin_id = models.CharField(max_length=80)
    entered_at = models.DateTimeField(db_default=ServerClock())
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("学分依据")
        verbose_name_plural = _("学分依据")
        constraints: ClassVar = [models.UniqueConstraint(fields=["origin", "origin_id"], name="one_entry_per_origin")]
        indexes: ClassVar = [models.Index(fields=["candidate", "course"], name="credit_entry_candidate")]
        triggers: ClassVar = change_triggers()

    def __str__(self) -> str:
        return f"{self.origin} {self.origin_id}"


class Credit(models.Model):
    """That a candidate has a course: its best standing basis. ``on`` is its day, ``first_on`` and ``latest_on`` span all.

    Written by ``records/ledger`` alone, from the entries.
    """

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="credits")
    course = models.ForeignKey("records.Course", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=9, choices=Source)
    mark = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    grade = models.CharField(max_length=4, blank=True, default="", db_default="")
    on = models.DateField()
    first_on = models.DateField()
    latest_on = models.DateField()
    university = models.ForeignKey("records.Office", null=True, on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey(CreditEntry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("学分")
        verbose_name_plural = _("学分")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["candidate", "course"], name="one_credit_per_candidate_and_course")
        ]
        triggers: ClassVar = change_triggers()

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.course_id}"


class CreditChange(models.Model):
    """A line of the change feed: this candidate's credit for this course came, changed or went, or the record was corrected.

    ``course`` is empty where personal data were corrected (K2): whatever hangs on them follows in the same way.
    """

    class Kind(models.TextChoices):
        ENTERED = "entered", _("记入")
        CHANGED = "changed", _("变更")
        REVOKED = "revoked", _("撤销")
        CORRECTED = "corrected", _("更正")

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    course = models.ForeignKey("records.Course", null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=9, choices=Kind)
    at = models.DateTimeField(db_default=ServerClock())
    transaction = models.BigIntegerField(db_default=TrailTransaction())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["transaction", "id"], name="credit_change_order"),
            models.Index(fields=["candidate"], condition=models.Q(kind="corrected"), name="credit_change_corrected"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.candidate_id} {self.course_id}"


class FeedCursor(models.Model):
    """How far a follower of the feed has read: up to and including (``transaction``, ``change_id``)."""

    follower = models.CharField(max_length=40, unique=True)
    transaction = models.BigIntegerField(default=0)
    change_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.follower

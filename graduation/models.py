"""Graduation cases, the diplomas that come of them, and audits of many candidates at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from records.cases import CandidateCase

if TYPE_CHECKING:
    from records.people.models import User


class GraduationApplication(CandidateCase):
    """A candidate's request to graduate in one major by one plan version in June or December (Regulations art. 25 to 27).

    ``term`` is the month of graduation (``2026-12``). The university records what it verified: the moral appraisal, the prior
    diploma, name and identity, the photo, and where that is still open whether additional courses (加考) are owed. ``verdict`` is
    the audit as it stood at the last step that asked for it, or after credits changed since (``graduation/snapshots.py``).
    """

    class Appraisal(models.TextChoices):
        OPEN = "", _("未鉴定")
        PASSED = "passed", _("合格")
        FAILED = "failed", _("不合格")

    major = models.ForeignKey("records.Major", on_delete=models.PROTECT, related_name="+", verbose_name=_("专业"))
    plan = models.ForeignKey("records.Plan", on_delete=models.PROTECT, related_name="+", verbose_name=_("专业考试计划"))
    term = models.CharField(_("毕业时间"), max_length=7)
    self_assessment = models.TextField(_("自我鉴定"), blank=True, default="")
    documents = models.ManyToManyField("records.Document", verbose_name=_("材料"), related_name="+", blank=True)
    appraisal = models.CharField(_("思想品德鉴定"), max_length=6, choices=Appraisal, blank=True, default=Appraisal.OPEN)
    prior_diploma_verified = models.BooleanField(_("前置学历已核验"), null=True)
    prior_diploma_how = models.CharField(_("核验方式"), max_length=100, blank=True, default="")
    identity_confirmed = models.BooleanField(_("姓名与证件已核对"), null=True)
    photo_confirmed = models.BooleanField(_("照片已核对"), null=True)
    additional_courses = models.BooleanField(_("需要加考"), null=True)
    notice_read_at = models.DateTimeField(_("已读须知"), null=True)
    verdict = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("毕业申请")
        verbose_name_plural = _("毕业申请")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["candidate", "major"],
                condition=~models.Q(status__in=["granted", "refused", "withdrawn", "revoked"]),
                name="one_open_graduation_per_major",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["status_since", "id"], name="graduation_received"),
            models.Index(fields=["university", "status_since", "id"], name="graduation_university"),
            models.Index(fields=["candidate", "id"], name="graduation_candidate"),
        ]
        permissions: ClassVar = [
            ("check_graduation", "U7: check graduation applications"),
            ("approve_graduation", "O6: approve graduations"),
            ("audit_cohort", "O6, U7: audit many candidates"),
        ]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.case_number

    @classmethod
    def certified(cls, candidate_ids: Collection[int]) -> set[int]:
        """The holders of a standing diploma, also of one from before Kaoji."""
        standing = Diploma.objects.filter(candidate__in=candidate_ids, cancelled_at__isnull=True)
        return set(standing.values_list("candidate_id", flat=True))

    @property
    def case_number(self) -> str:
        """The number that people quote: 毕2026-00417."""
        return f"毕{self.created_at.year}-{self.pk:05}"

    @property
    def term_in_words(self) -> Any:
        """2026年12月."""
        year, _dash, month = self.term.partition("-")
        return _("%(year)s年%(month)s月") % {"year": year, "month": month.lstrip("0")}


class ApplicationDocument(GraduationApplication.documents.through):  # type: ignore[misc,name-defined] # Django makes this table
    """Which proof belongs to which application: Django's own rows, so that changing them leaves a trail."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)


class Diploma(models.Model):
    """A diploma (毕业证书). Its number is issued once; a cancelled one stays, with its number."""

    number = models.CharField(_("毕业证书编号"), max_length=30, unique=True)
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="diplomas")
    application = models.OneToOneField(GraduationApplication, null=True, on_delete=models.PROTECT, related_name="diploma")
    major = models.ForeignKey("records.Major", on_delete=models.PROTECT, related_name="+")
    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+")
    graduated_on = models.DateField(_("毕业日期"))
    issued_at = models.DateTimeField(db_default=ServerClock())
    cancelled_at = models.DateTimeField(null=True)
    cancelled_because = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("毕业证书")
        verbose_name_plural = _("毕业证书")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["candidate", "major"],
                condition=models.Q(cancelled_at__isnull=True),
                name="one_standing_diploma_per_major",
            )
        ]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.number


class CohortAuditQuerySet(models.QuerySet["CohortAudit"]):
    def visible_to(self, user: User) -> CohortAuditQuerySet:
        """All for the city; for a university those about its own candidates."""
        reach = user.reach
        return self if reach.municipal else self.filter(university__in=reach.universities)


class CohortAudit(models.Model):
    """An audit of many candidates at once: whom it was about, on which day, what came of it in figures.

    Without a university it is about every one, without a major about all that candidates are registered in. ``reasons`` lists
    what keeps people from graduating, the most frequent first: ``{"code", "label", "count"}``.
    """

    job = models.OneToOneField("records.Job", on_delete=models.PROTECT, related_name="+", null=True)
    university = models.ForeignKey("records.Office", null=True, on_delete=models.PROTECT, related_name="+")
    major = models.ForeignKey("records.Major", null=True, on_delete=models.PROTECT, related_name="+")
    on = models.DateField(_("审核日期"))
    audited = models.PositiveIntegerField(default=0)
    eligible = models.PositiveIntegerField(default=0)
    plan_complete = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=ServerClock())

    objects = CohortAuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("毕业审核")
        verbose_name_plural = _("毕业审核")

    def __str__(self) -> str:
        return f"{self.on} {self.major_id or ''}"


class CohortOutcome(models.Model):
    """One candidate's result in a cohort audit by the most favourable plan; ``missing``: the codes of what is not satisfied."""

    audit = models.ForeignKey(CohortAudit, on_delete=models.CASCADE, related_name="outcomes")
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+")
    major = models.ForeignKey("records.Major", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("records.Plan", null=True, on_delete=models.PROTECT, related_name="+")
    eligible = models.BooleanField()
    plan_complete = models.BooleanField()
    missing = models.JSONField(default=list)
    credits_earned = models.DecimalField(max_digits=5, decimal_places=1, default=0)

    class Meta:
        verbose_name = _("毕业审核结果")
        verbose_name_plural = _("毕业审核结果")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["audit", "candidate", "major"], name="one_outcome_per_candidate")
        ]
        indexes: ClassVar = [models.Index(fields=["audit", "id"], name="cohort_outcome_order")]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.candidate_id}"

"""Exemption cases: one case is one course by one credential; what a candidate sends together is a submission."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from records.cases import CandidateCase


class Credential(models.Model):
    """What a candidate holds and shows: a diploma, a certificate; with the uploaded proofs of it."""

    class Kind(models.TextChoices):
        DIPLOMA_ASSOCIATE = "diploma-associate", _("专科毕业证书")
        DIPLOMA_BACHELOR = "diploma-bachelor", _("本科毕业证书")
        CET4 = "cet4", _("全国大学英语四级考试成绩报告单")
        CET6 = "cet6", _("全国大学英语六级考试成绩报告单")
        PETS2 = "pets2", _("全国英语等级考试二级笔试合格证")
        PETS3 = "pets3", _("全国英语等级考试三级笔试合格证")
        NCRE = "ncre", _("全国计算机等级考试证书")
        NIT = "nit", _("全国计算机应用技术证书")
        SELF_STUDY = "self-study", _("自学考试单科合格证")
        OTHER = "other", _("其他证书")

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="credentials")
    kind = models.CharField(_("凭据种类"), max_length=20, choices=Kind)
    number = models.CharField(_("证书编号"), max_length=60)
    issuer = models.CharField(_("发证单位"), max_length=100)
    issued_on = models.DateField(_("发证日期"))
    score = models.DecimalField(_("证书成绩"), max_digits=5, decimal_places=1, null=True, blank=True)
    documents = models.ManyToManyField("records.Document", verbose_name=_("材料"), related_name="+")
    created_at = models.DateTimeField(db_default=ServerClock())

    class Meta:
        verbose_name = _("凭据")
        verbose_name_plural = _("凭据")
        indexes: ClassVar = [models.Index(fields=["kind", "number"], name="credential_number")]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def score_in_words(self) -> str:
        """467 for 467.0; empty where there is none."""
        return "" if self.score is None else f"{self.score:f}".removesuffix(".0")


class CredentialDocument(Credential.documents.through):  # type: ignore[misc,name-defined] # Django makes this table itself
    """Which proof belongs to which credential: Django's own rows, so that changing them leaves a trail."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)


class Submission(models.Model):
    """The cases that a candidate sends in one go."""

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="exemption_submissions")
    created_at = models.DateTimeField(db_default=ServerClock())

    class Meta:
        verbose_name = _("免考申请单")
        verbose_name_plural = _("免考申请单")
        triggers: ClassVar = change_triggers()

    def __str__(self) -> str:
        return str(self.pk)


class ExemptionApplication(CandidateCase):
    """A candidate's request to have one course count by one credential (Regulations art. 22), in the major named."""

    bars_graduation = True

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="applications")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="applications")
    course = models.ForeignKey("records.Course", on_delete=models.PROTECT, related_name="+", verbose_name=_("申请免考课程"))
    major = models.ForeignKey("records.Major", on_delete=models.PROTECT, related_name="+", verbose_name=_("专业"))
    reason = models.TextField(_("申请理由"), blank=True, default="")

    class Meta:
        verbose_name = _("免考申请")
        verbose_name_plural = _("免考申请")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["candidate", "course"],
                condition=~models.Q(status__in=["granted", "refused", "withdrawn", "revoked"]),
                name="one_open_exemption_per_course",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["status_since", "id"], name="exemption_received"),
            models.Index(fields=["university", "status_since", "id"], name="exemption_university"),
            models.Index(fields=["candidate", "id"], name="exemption_candidate"),
        ]
        permissions: ClassVar = [
            ("review_exemption", "U4: first check of exemptions"),
            ("decide_exemption", "O4: decide exemptions"),
        ]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.case_number

    @property
    def credits_in_words(self) -> str:
        """，7学分; empty where the catalogue does not know."""
        credits = self.course.credits
        return "" if credits is None else _("，%(credits)s学分") % {"credits": f"{credits:f}".rstrip("0").rstrip(".")}

    @property
    def case_number(self) -> str:
        """The number that people quote: 免2026-00417."""
        return f"免{self.created_at.year}-{self.pk:05}"

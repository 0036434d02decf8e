"""What may be corrected with which proof, and the cases in which it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from records.cases import CandidateCase, CandidateCaseQuerySet
from records.people.encryption import EncryptedTextField

if TYPE_CHECKING:
    from records.people.models import User


class CorrectionStatus(models.TextChoices):
    """The desk on which a correction lies."""

    DRAFT = "draft", _("草稿")
    UNIVERSITY = "university", _("主考院校核对原件中")
    MUNICIPALITY = "municipality", _("市自考办核定中")
    HEAD = "head", _("市自考办负责人审批中")
    EDITOR = "editor", _("待专人更改")
    RETURNED = "returned", _("退回补正")
    DONE = "done", _("已更改")
    REFUSED = "refused", _("不予更改")
    WITHDRAWN = "withdrawn", _("已撤回")


class CorrectionKind(models.Model):
    """A kind of correction as the office lays it down: which data it may change, which proofs it needs, its printed form.

    ``fields`` are keys of ``records/corrections/fields.py``; ``proofs`` a list of ``{"label", "compulsory"}``. A kind holds from
    ``in_force_from`` until the day before ``in_force_until``.
    """

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(_("更改事项"), max_length=60)
    fields = models.JSONField(_("可更改的项目"))
    proofs = models.JSONField(_("所需材料"))
    form_title = models.CharField(_("表格名称"), max_length=80)
    guidance = models.TextField(_("说明"), blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)
    in_force_from = models.DateField(_("施行日期"))
    in_force_until = models.DateField(_("停止日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("更改事项")
        verbose_name_plural = _("更改事项")
        ordering: ClassVar = ["position", "pk"]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return self.title


class CorrectionQuerySet(CandidateCaseQuerySet):
    def visible_to(self, user: User) -> CorrectionQuerySet:
        """As every case; the drafts that a university's clerks began also to that university."""
        begun_here = models.Q(status="draft", started_by_office=True, university__in=user.reach.universities)
        return self.filter(models.Q(pk__in=super().visible_to(user).values("pk")) | begun_here)


class CorrectionRequest(CandidateCase):
    """A candidate's request to have data of the record corrected. What it wants changed stands in ``changes``.

    ``makes_another_person`` is set when identity data move together so that the record would be somebody else's; ``editor`` is
    the one named person who carries the correction out, chosen when it is verified. ``original_seen`` is the university's word
    that the original proof lay before it and a copy is in the paper file.
    """

    bars_graduation = True

    kind = models.ForeignKey(CorrectionKind, on_delete=models.PROTECT, related_name="+", verbose_name=_("更改事项"))
    reason = models.TextField(_("更改原因"), blank=True, default="")
    documents = models.ManyToManyField("records.Document", through="CorrectionProof", related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    started_by_office = models.BooleanField(default=False)
    original_seen = models.BooleanField(_("已核对原件"), null=True, blank=True)
    makes_another_person = models.BooleanField(default=False)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("更改专人")
    )

    objects: ClassVar[Any] = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("考籍更改申请")
        verbose_name_plural = _("考籍更改申请")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["candidate", "kind"],
                condition=~models.Q(status__in=["done", "refused", "withdrawn"]),
                name="one_open_correction_per_kind",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["status_since", "id"], name="correction_received"),
            models.Index(fields=["university", "status_since", "id"], name="correction_university"),
            models.Index(fields=["candidate", "id"], name="correction_candidate"),
        ]
        permissions: ClassVar = [
            ("check_correction", "U3: check the original proof of a correction"),
            ("verify_correction", "K2: the city verifies a correction"),
            ("approve_correction", "K2: the head's word where a correction would make the record another person's"),
            ("carry_out_correction", "K2: the named editor carries a correction out"),
        ]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.case_number

    @property
    def case_number(self) -> str:
        """The number that people quote: 更2026-00417."""
        return f"更{self.created_at.year}-{self.pk:05}"

    @classmethod
    def represented_by(cls, party: str, user: Any) -> models.Q:
        """As in every case; ``editor`` is the one person whom the verification named."""
        if party == "editor":
            return models.Q(editor=user.pk) if user.reach.municipal else models.Q(pk__in=[])
        return super().represented_by(party, user)


class CorrectionChange(models.Model):
    """One datum of a correction: what stood there when it was asked for, and what is to stand there.

    Both are encrypted, whatever they are: the old value of an identity number lives here and nowhere else. The masks are for
    pages.
    """

    request = models.ForeignKey(CorrectionRequest, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(max_length=30)
    before = EncryptedTextField(context=b"correction.before", blank=True, default="")
    after = EncryptedTextField(context=b"correction.after", blank=True, default="")
    before_mask = models.CharField(max_length=300, blank=True, default="")
    after_mask = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("更改项目")
        verbose_name_plural = _("更改项目")
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "field"], name="one_change_per_field")]

    def __str__(self) -> str:
        return self.field


class CorrectionProof(models.Model):
    """A proof of a correction under the label that the kind gives it."""

    request = models.ForeignKey(CorrectionRequest, on_delete=models.CASCADE, related_name="proofs")
    document = models.ForeignKey("records.Document", on_delete=models.PROTECT, related_name="+")
    label = models.CharField(_("材料"), max_length=80)

    class Meta:
        verbose_name = _("更改材料")
        verbose_name_plural = _("更改材料")
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "document"], name="one_proof_per_document")]

    def __str__(self) -> str:
        return self.label

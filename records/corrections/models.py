"""What may be corrected with which proof, and the cases in which it is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from records.cases import CandidateCase, CandidateCaseQuerySet
from records.corrections.editors import editors_in_force
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


class CorrectionKindQuerySet(models.QuerySet["CorrectionKind"]):
    def in_force(self, day: dt.date) -> CorrectionKindQuerySet:
        """The versions that hold on this day; of each kind at most one."""
        begun = self.filter(in_force_from__lte=day)
        return begun.filter(models.Q(in_force_until__isnull=True) | models.Q(in_force_until__gt=day))


class CorrectionKind(models.Model):
    """A version of a kind of correction as the office lays it down: which data it may change, which proofs, its printed form.

    ``fields`` are keys of ``records/corrections/fields.py``; ``proofs`` a list of ``{"label", "compulsory", "unless_upgrade"}``,
    the last for what a mere upgrade of a 15-digit number does not need. A version holds from ``in_force_from`` until the day
    before ``in_force_until``; versions of one ``code`` follow one another (``records/corrections/kinds.py`` writes them).
    """

    code = models.SlugField(max_length=40)
    title = models.CharField(_("更改事项"), max_length=60)
    fields = models.JSONField(_("可更改的项目"))
    proofs = models.JSONField(_("所需材料"))
    form_title = models.CharField(_("表格名称"), max_length=80)
    guidance = models.TextField(_("说明"), blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)
    in_force_from = models.DateField(_("施行日期"))
    in_force_until = models.DateField(_("停止日期"), null=True, blank=True)

    objects = CorrectionKindQuerySet.as_manager()

    class Meta:
        verbose_name = _("更改事项")
        verbose_name_plural = _("更改事项")
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "in_force_from"], name="one_version_of_a_kind_per_day"),
            models.CheckConstraint(
                condition=models.Q(in_force_until__isnull=True) | models.Q(in_force_until__gte=models.F("in_force_from")),
                name="correction_kind_ends_after_it_starts",
            ),
        ]
        permissions: ClassVar = [("edit_correction_kinds", "O1: lay down what may be corrected with which proof")]
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
        """As in every case. ``counter``: the university, where it began the case for the candidate; ``editor``: the one person
        whom the verification named; ``head``: the city but for that person; ``abandoned``: the city, once that person has left.
        """
        if party == "counter":
            return models.Q(university__in=user.reach.universities, started_by_office=True)
        if party not in ("editor", "head", "abandoned"):
            return super().represented_by(party, user)
        if not user.reach.municipal:
            return models.Q(pk__in=[])
        if party == "abandoned":
            return ~models.Q(editor__in=editors_in_force())
        return models.Q(editor=user.pk) if party == "editor" else ~models.Q(editor=user.pk)

    def capacity_of(self, party: str) -> str:
        """The office for which the party acts."""
        if party == "counter":
            return super().capacity_of("university")
        return "municipality" if party in ("editor", "head", "abandoned") else super().capacity_of(party)


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
        triggers: ClassVar = change_triggers(candidate="no_candidate", left_out=["before", "after"], inserts=True)

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
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "document", "label"], name="one_proof_per_label")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return self.label

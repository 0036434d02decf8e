"""The case in which a university asks that two records be merged, and the city decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from records.cases import CandidateCase, CandidateCaseQuerySet

if TYPE_CHECKING:
    from records.people.models import User


class MergeStatus(models.TextChoices):
    """The desk on which a merger lies."""

    DRAFT = "draft", _("草稿")
    MUNICIPALITY = "municipality", _("市自考办核定中")
    RETURNED = "returned", _("退回补正")
    DONE = "done", _("已合并")
    REFUSED = "refused", _("不予合并")
    WITHDRAWN = "withdrawn", _("已撤回")


class MergeQuerySet(CandidateCaseQuerySet):
    def visible_to(self, user: User) -> MergeQuerySet:
        """A university's own, drafts too; the city sees what was submitted. No candidate: two records may be two people's."""
        reach = user.reach
        visible = models.Q(university__in=reach.universities)
        if reach.municipal:
            visible |= ~models.Q(status="draft")
        return self.filter(visible)


class MergeRequest(CandidateCase):
    """``merged`` is found to be the same person as ``candidate``, whose record stays and takes everything over.

    ``grounds`` says on what evidence; ``moved`` lists, once it is done, how many rows of which table moved.
    """

    bars_graduation = True

    merged = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+", verbose_name=_("并入的考籍"))
    grounds = models.TextField(_("依据"), blank=True, default="")
    documents = models.ManyToManyField("records.Document", through="MergeProof", related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict)

    objects: ClassVar[Any] = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("考籍合并")
        verbose_name_plural = _("考籍合并")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(candidate=models.F("merged")), name="nobody_is_merged_with_oneself"),
            models.UniqueConstraint(
                fields=["merged"],
                condition=~models.Q(status__in=["done", "refused", "withdrawn"]),
                name="one_open_merger_per_record",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status_since", "id"], name="merger_received"),
            models.Index(fields=["university", "status_since", "id"], name="merger_university"),
            models.Index(fields=["candidate", "id"], name="merger_candidate"),
        ]
        permissions: ClassVar = [("decide_merger", "K2: the city decides whether two records are one person's")]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.case_number

    @property
    def case_number(self) -> str:
        """The number that people quote: 并2026-00417."""
        return f"并{self.created_at.year}-{self.pk:05}"


class MergeProof(models.Model):
    """A document that shows that both records are one person's."""

    request = models.ForeignKey(MergeRequest, on_delete=models.CASCADE, related_name="proofs")
    document = models.ForeignKey("records.Document", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("合并材料")
        verbose_name_plural = _("合并材料")
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "document"], name="one_proof_of_a_merger")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return str(self.pk)

"""The case of a candidate who broke the rules of an examination, from the record in the room to the decision in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from records.cases import CandidateCase, CandidateCaseQuerySet
from records.offices.models import Office
from records.penalties.models import Penalty
from scores.violations.acts import ACTS, Act, Grave

if TYPE_CHECKING:
    from records.people.models import User


class ViolationStatus(models.TextChoices):
    """How far a case is."""

    DRAFT = "draft", _("草稿")
    RECORDED = "recorded", _("已登记，待告知")
    TOLD = "told", _("已告知，听取申辩")
    PROPOSED = "proposed", _("待市自考办决定")
    DECIDED = "decided", _("已决定，待送达")
    SERVED = "served", _("已送达，可申请复核")
    REVIEW = "review", _("复核中")
    FINAL = "final", _("决定生效")
    REVOKED = "revoked", _("决定已撤销")
    DISMISSED = "dismissed", _("认定不成立")
    WITHDRAWN = "withdrawn", _("登记有误，已撤回")


IN_FORCE = (ViolationStatus.DECIDED, ViolationStatus.SERVED, ViolationStatus.REVIEW, ViolationStatus.FINAL)
"""Whose decision is carried out: also while it is served and reviewed (a review does not stop it)."""

ENDED = (ViolationStatus.FINAL, ViolationStatus.REVOKED, ViolationStatus.DISMISSED, ViolationStatus.WITHDRAWN)


class ViolationQuerySet(CandidateCaseQuerySet):
    def visible_to(self, user: User) -> ViolationQuerySet:
        """The candidate's own once it was told; a university's and the city's, drafts only at the office that writes them."""
        reach = user.reach
        visible = models.Q(recording_office__in=reach.office_ids)
        if reach.candidate_id:
            visible = models.Q(candidate=reach.candidate_id, told_on__isnull=False)
        if reach.municipal:
            visible |= ~models.Q(status="draft")
        if reach.universities:
            visible |= models.Q(university__in=reach.universities) & ~models.Q(status="draft")
        return self.filter(visible)

    def in_force(self) -> ViolationQuerySet:
        """Those whose decision voids marks now."""
        return self.filter(status__in=IN_FORCE)


class Violation(CandidateCase):
    """One act of one candidate in one sitting. ``act`` is a key of ``acts.ACTS``, ``grave`` the grave kind it is found to be.

    ``university`` is the one that keeps the candidate's file, or that reported the act; ``recording_office`` wrote it down.
    ``penalty_*`` is what is proposed and then decided beyond the marks, ``penalty`` the row that carries it out. A review that
    changes the decision gives a number of its own, ``review_number``, under which marks are void from then on.
    """

    class Found(models.TextChoices):
        ROOM = "room", _("考场")
        MARKING = "marking", _("评卷")
        AFTERWARDS = "afterwards", _("考后查实")

    class Served(models.TextChoices):
        DIRECT = "direct", _("直接送达本人签收")
        POST = "post", _("邮寄送达")
        LEFT = "left", _("留置送达")
        ONLINE = "online", _("经本人同意电子送达")
        NOTICE = "notice", _("公告送达")

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("维持")
        CHANGED = "changed", _("变更")
        REVOKED = "revoked", _("撤销")

    recording_office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("登记机构"))
    sitting = models.ForeignKey("scores.Sitting", on_delete=models.PROTECT, related_name="+", verbose_name=_("考次"))
    course = models.ForeignKey(
        "records.Course", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("课程")
    )
    act = models.CharField(_("行为"), max_length=4)
    grave = models.CharField(_("严重情形"), max_length=14, choices=Grave, blank=True, default="")
    found = models.CharField(_("何处发现"), max_length=10, choices=Found)
    happened_on = models.DateField(_("发生日期"))
    place = models.CharField(_("考点考场"), max_length=80, blank=True, default="")
    facts = models.TextField(_("违规事实"))
    first_recorder = models.CharField(_("记录人一"), max_length=40)
    second_recorder = models.CharField(_("记录人二"), max_length=40)
    video = models.CharField(_("视频资料"), max_length=200, blank=True, default="")
    documents = models.ManyToManyField("records.Document", through="ViolationEvidence", related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    told_on = models.DateField(_("告知日期"), null=True)
    hearing_offered = models.BooleanField(_("已告知可以要求听证"), default=False)
    statement = models.TextField(_("陈述申辩"), blank=True, default="")
    hearing_asked_on = models.DateField(_("要求听证日期"), null=True)
    hearing_held_on = models.DateField(_("听证日期"), null=True)
    hearing_summary = models.TextField(_("听证要点"), blank=True, default="")

    opinion = models.TextField(_("处理意见"), blank=True, default="")
    penalty_kind = models.CharField(_("另处"), max_length=10, choices=Penalty.Kind, blank=True, default="")
    penalty_starts_on = models.DateField(_("起始日期"), null=True)
    penalty_ends_on = models.DateField(_("截止日期"), null=True)
    decision = models.CharField(_("决定书文号"), max_length=60, blank=True, default="")
    decided_on = models.DateField(_("决定日期"), null=True)
    remedies = models.TextField(_("救济途径"), blank=True, default="")
    served_on = models.DateField(_("送达日期"), null=True)
    served_how = models.CharField(_("送达方式"), max_length=8, choices=Served, blank=True, default="")

    review_grounds = models.TextField(_("复核理由"), blank=True, default="")
    review_asked_on = models.DateField(_("申请复核日期"), null=True)
    review_outcome = models.CharField(_("复核结论"), max_length=8, choices=Outcome, blank=True, default="")
    review_number = models.CharField(_("复核决定文号"), max_length=60, blank=True, default="")
    review_decided_on = models.DateField(_("复核决定日期"), null=True)
    penalty = models.ForeignKey(Penalty, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[Any] = ViolationQuerySet.as_manager()

    class Meta:
        verbose_name = _("考试违规")
        verbose_name_plural = _("考试违规")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["decision"],
                condition=models.Q(status__in=["decided", "served", "review", "final", "revoked"]),
                name="one_violation_per_decision",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["decided", "served", "final"])
                | models.Q(penalty_kind="")
                | models.Q(penalty_ends_on__gt=models.F("penalty_starts_on")),
                name="violation_penalty_has_a_span",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status_since", "id"], name="violation_received"),
            models.Index(fields=["university", "status_since", "id"], name="violation_university"),
            models.Index(fields=["candidate", "id"], name="violation_candidate"),
            models.Index(fields=["sitting", "candidate"], name="violation_sitting"),
        ]
        permissions: ClassVar = [
            ("record_violation", "U6, O3: write down what was found"),
            ("propose_violation", "O3: tell the candidate, hear, propose, serve"),
            ("decide_violation", "OH: decide a violation"),
            ("review_violation", "OH, OV: enter what the review of a decision found"),
        ]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.case_number

    @property
    def case_number(self) -> str:
        """The number that people quote: 违2026-00417."""
        return f"违{self.created_at.year}-{self.pk:05}"

    @property
    def act_in_words(self) -> Act:
        """The item of the regulation."""
        return ACTS[self.act]

    @property
    def number_in_force(self) -> str:
        """The number of the decision as it stands, after a review that changed it the review's."""
        return self.review_number if self.review_outcome == self.Outcome.CHANGED else self.decision

    @property
    def is_in_force(self) -> bool:
        return self.status in IN_FORCE

    @classmethod
    def represented_by(cls, party: str, user: Any) -> models.Q:
        """Beside the usual parties the ``recorder``: the office that wrote the act down."""
        if party == "recorder":
            return models.Q(recording_office__in=user.reach.office_ids)
        if party == "candidate":
            return super().represented_by(party, user) & models.Q(told_on__isnull=False)
        return super().represented_by(party, user)

    def capacity_of(self, party: str) -> str:
        if party == "recorder":
            office = self.recording_office
            return "municipality" if office.kind == Office.Kind.MUNICIPALITY else f"university:{office.code}"
        return super().capacity_of(party)


class ViolationEvidence(models.Model):
    """A paper that proves the act: the room's record, a receipt for what was kept, an expert's finding."""

    violation = models.ForeignKey(Violation, on_delete=models.CASCADE, related_name="evidence")
    document = models.ForeignKey("records.Document", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("违规证据")
        verbose_name_plural = _("违规证据")
        constraints: ClassVar = [models.UniqueConstraint(fields=["violation", "document"], name="one_evidence_of_a_violation")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return str(self.pk)

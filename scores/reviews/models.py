"""The case in which a published mark is looked at once more, and what each first person found."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from records.cases import CandidateCase
from scores.marks.models import Mark

Value = tuple[Decimal | None, str, str, str]


class ReviewStatus(models.TextChoices):
    """The desk on which a review lies."""

    DRAFT = "draft", _("草稿")
    UNIVERSITY = "university", _("主考院校核对中")
    MUNICIPALITY = "municipality", _("市自考办复核中")
    CONFIRMATION = "confirmation", _("复核结果待确认")
    RETURNED = "returned", _("退回补正")
    UPHELD = "upheld", _("维持原成绩")
    CHANGED = "changed", _("成绩已更正")
    REFUSED = "refused", _("不予复核")
    WITHDRAWN = "withdrawn", _("已撤回")


ENDED = (ReviewStatus.UPHELD, ReviewStatus.CHANGED, ReviewStatus.REFUSED, ReviewStatus.WITHDRAWN)
DECIDED = (ReviewStatus.UPHELD, ReviewStatus.CHANGED)


class Scope(models.TextChoices):
    """What a review may look for; there is nothing else."""

    MISSED = "missed", _("漏评：有答题没有评分")
    ADDITION = "addition", _("合分：各题得分相加有误")
    ENTRY = "entry", _("登录：登记的成绩与试卷上的不符")


class Origin(models.TextChoices):
    """Who wants the review."""

    CANDIDATE = "candidate", _("考生本人在线申请")
    COUNTER = "counter", _("柜台代办，考生本人在场")
    OFFICE = "office", _("市自考办自查")


class Result(models.TextChoices):
    """What the first person of the city found."""

    OPEN = "", _("尚未复核")
    UPHELD = "upheld", _("维持原成绩")
    CHANGED = "changed", _("更正成绩")


class ReviewRequest(CandidateCase):
    """A request that one published mark be looked at once more for what ``scope`` says (Regulations art. 18).

    ``was_…`` is the mark as it was when the review began, and again when the city looked at it. ``result``, ``new_…``,
    ``grounds`` and ``evidence`` are what the first person found; nobody outside the municipal office is shown them before a
    second person has confirmed, and a review that ends otherwise never shows them. ``objection``: why the second sent one back.
    """

    bars_graduation = True

    mark = models.ForeignKey(Mark, on_delete=models.PROTECT, related_name="+", verbose_name=_("成绩"))
    publication = models.ForeignKey("scores.Publication", on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(_("复核内容"), max_length=8, choices=Scope)
    statement = models.TextField(_("情况说明"), blank=True, default="")
    origin = models.CharField(_("提出方式"), max_length=9, choices=Origin, default=Origin.CANDIDATE)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    identity_confirmed = models.BooleanField(_("已核对本人身份"), null=True, blank=True)
    was_points = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    was_grade = models.CharField(max_length=4, blank=True, default="")
    was_flag = models.CharField(max_length=4, choices=Mark.Flag, default=Mark.Flag.NORMAL)
    was_flag_reason = models.CharField(max_length=60, blank=True, default="")
    result = models.CharField(_("复核结果"), max_length=7, choices=Result, blank=True, default=Result.OPEN)
    new_points = models.DecimalField(_("更正后的成绩"), max_digits=4, decimal_places=1, null=True, blank=True)
    new_grade = models.CharField(_("更正后的等第"), max_length=4, blank=True, default="")
    new_flag = models.CharField(_("更正后的标记"), max_length=4, choices=Mark.Flag, default=Mark.Flag.NORMAL)
    new_flag_reason = models.CharField(_("标记依据"), max_length=60, blank=True, default="")
    grounds = models.TextField(_("复核情况"), blank=True, default="")
    evidence = models.ForeignKey(
        "records.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("依据材料")
    )
    objection = models.TextField(_("退回重新复核的理由"), blank=True, default="")
    decided_at = models.DateTimeField(_("办结时间"), null=True)

    class Meta:
        verbose_name = _("成绩复核")
        verbose_name_plural = _("成绩复核")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mark"],
                condition=~models.Q(status__in=["upheld", "changed", "refused", "withdrawn"]),
                name="one_open_review_per_mark",
            ),
            models.UniqueConstraint(
                fields=["mark", "publication"],
                condition=~models.Q(origin="office") & ~models.Q(status="withdrawn"),
                name="one_review_per_publication",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status_since", "id"], name="review_received"),
            models.Index(fields=["university", "status_since", "id"], name="review_university"),
            models.Index(fields=["candidate", "id"], name="review_candidate"),
        ]
        permissions: ClassVar = [
            ("check_review", "U3: check requests to review a mark, enter them at the counter"),
            ("decide_review", "O3: find on a review, and confirm what another person found"),
        ]
        triggers: ClassVar = change_triggers(
            inserts=True,
            left_out=[
                *("was_points", "was_grade", "was_flag", "was_flag_reason", "result", "grounds", "evidence_id", "objection"),
                *("new_points", "new_grade", "new_flag", "new_flag_reason"),
            ],
        )

    def __str__(self) -> str:
        return self.case_number

    @property
    def case_number(self) -> str:
        """The number that people quote: 核2026-00417."""
        return f"核{self.created_at.year}-{self.pk:05}"

    @property
    def subject(self) -> str:
        """2026年10月 00015英语（二）, the mark that it is about."""
        return f"{self.mark.sitting} {self.mark.course}"

    @property
    def scope_in_short(self) -> str:
        """漏评, 合分 or 登录."""
        return str(self.get_scope_display()).partition("：")[0]

    @property
    def before(self) -> Value:
        """Points, grade, flag and the flag's reason as they were."""
        return self.was_points, self.was_grade, self.was_flag, self.was_flag_reason

    @property
    def after(self) -> Value:
        """Points, grade, flag and the flag's reason as the first person found that they should be."""
        return self.new_points, self.new_grade, self.new_flag, self.new_flag_reason

    @classmethod
    def represented_by(cls, party: str, user: Any) -> models.Q:
        """As in every case; ``counter``: the university, where it entered the case for the candidate."""
        if party == "counter":
            return models.Q(university__in=user.reach.universities, origin=Origin.COUNTER)
        return super().represented_by(party, user)

    def capacity_of(self, party: str) -> str:
        """The office for which the party acts."""
        return super().capacity_of("university" if party == "counter" else party)


class ReviewFinding(models.Model):
    """What a first person found on a review, each time one did: it stays as it was written, also when it was sent back."""

    review = models.ForeignKey(ReviewRequest, on_delete=models.PROTECT, related_name="findings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"), db_default=ServerClock())
    result = models.CharField(_("复核结果"), max_length=7, choices=Result)
    points = models.DecimalField(_("成绩"), max_digits=4, decimal_places=1, null=True)
    grade = models.CharField(_("等第"), max_length=4, blank=True, default="")
    flag = models.CharField(_("标记"), max_length=4, choices=Mark.Flag, default=Mark.Flag.NORMAL)
    flag_reason = models.CharField(_("标记依据"), max_length=60, blank=True, default="")
    grounds = models.TextField(_("复核情况"))
    evidence = models.ForeignKey("records.Document", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("复核意见")
        verbose_name_plural = _("复核意见")
        ordering: ClassVar = ["pk"]
        triggers: ClassVar = change_triggers(
            candidate="no_candidate",
            inserts=True,
            left_out=["result", "points", "grade", "flag", "flag_reason", "grounds", "evidence_id"],
        )

    def __str__(self) -> str:
        return f"{self.review_id} {self.pk}"

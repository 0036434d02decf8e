"""What a university arranges of a practical course, who takes part, and what came of it before the city has published it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import Application, ApplicationQuerySet, ServerClock
from records.candidates.models import Registration
from scores.entry.models import ScoreBatch
from scores.marks.models import Mark
from scores.sittings.models import Sitting

if TYPE_CHECKING:
    from records.people.models import User


class PracticalStatus(models.TextChoices):
    """Where an arrangement stands, from the first draft to the marks at the city."""

    DRAFT = "draft", _("草稿")
    OPEN = "open", _("已安排")
    LISTED = "listed", _("名单已确认")
    CONFIRM = "confirm", _("待第二人确认")
    RETURNED = "returned", _("退回补正")
    CITY = "city", _("已送市自考办")
    CANCELLED = "cancelled", _("已取消")


BEFORE_RESULTS = (PracticalStatus.DRAFT, PracticalStatus.OPEN)
TAKING_RESULTS = (PracticalStatus.LISTED, PracticalStatus.RETURNED)


class ArrangementQuerySet(ApplicationQuerySet):
    def visible_to(self, user: User) -> ArrangementQuerySet:
        """A university's own; all but drafts for the city; for a candidate what universities of his or her majors announced."""
        reach = user.reach
        visible = models.Q(university__in=reach.universities)
        if reach.municipal:
            visible |= ~models.Q(status=PracticalStatus.DRAFT)
        if reach.candidate_id:
            universities = Registration.objects.filter(candidate=reach.candidate_id, closed_on__isnull=True).values("university")
            announced = models.Q(university__in=universities) & ~models.Q(status=PracticalStatus.DRAFT)
            taken = models.Exists(
                PracticalEnrolment.objects.filter(arrangement=models.OuterRef("pk"), candidate=reach.candidate_id)
            )
            visible |= announced | models.Q(taken)
        return self.filter(visible)


class PracticalArrangement(Application):
    """A practical course or thesis as one university holds it in one sitting (duty U6; Regulations art. 9, 25).

    Candidates enrol from ``opens_on`` to ``closes_on``, both days included; ``capacity`` 0 is no limit. ``batch`` is the file of
    marks that the city got last.
    """

    class Kind(models.TextChoices):
        PRACTICAL = "practical", _("实践环节")
        THESIS = "thesis", _("毕业论文（设计）")

    class Scale(models.TextChoices):
        GRADES = "grades", _("五级（优秀、良好、中等、及格、不及格）")
        POINTS = "points", _("百分制（0至100，最多一位小数）")
        PASS = "pass", _("合格、不合格")

    university = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("主考院校"))
    course = models.ForeignKey("records.Course", on_delete=models.PROTECT, related_name="+", verbose_name=_("课程"))
    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="+", verbose_name=_("考次"))
    kind = models.CharField(_("考核种类"), max_length=9, choices=Kind, default=Kind.PRACTICAL)
    scale = models.CharField(_("记分方式"), max_length=6, choices=Scale, default=Scale.GRADES)
    place = models.CharField(_("考核地点"), max_length=60)
    starts_on = models.DateField(_("考核开始"))
    ends_on = models.DateField(_("考核结束"))
    examiners = ArrayField(models.CharField(max_length=60), verbose_name=_("考核教师"), default=list)
    opens_on = models.DateField(_("报名开始"))
    closes_on = models.DateField(_("报名截止"))
    capacity = models.PositiveIntegerField(_("名额"), default=0)
    instructions = models.TextField(_("考核要求"), blank=True, default="")
    drawn_up_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(ScoreBatch, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[Any] = ArrangementQuerySet.as_manager()

    class Meta:
        verbose_name = _("实践考核安排")
        verbose_name_plural = _("实践考核安排")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("opens_on"), ends_on__gte=models.F("starts_on")),
                name="practical_days_in_order",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["status_since", "id"], name="practical_received"),
            models.Index(fields=["university", "status_since", "id"], name="practical_university"),
            models.Index(fields=["closes_on"], name="practical_window"),
        ]
        permissions: ClassVar = [
            ("arrange_practicals", "U6: arrange practical links and enter their results"),
            ("confirm_practicals", "U6, UH: confirm the results of practical links as the second person"),
        ]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return self.case_number

    @property
    def case_number(self) -> str:
        """The number that people quote: 实2026-00417."""
        return f"实{self.created_at.year}-{self.pk:05}"

    @property
    def is_thesis(self) -> bool:
        return self.kind == self.Kind.THESIS

    @classmethod
    def represented_by(cls, party: str, user: Any) -> models.Q:
        """University: those of the represented ones; municipality: all."""
        reach = user.reach
        if party == "university":
            return models.Q(university__in=reach.universities)
        if party == "municipality":
            return models.Q() if reach.municipal else models.Q(pk__in=[])
        raise KeyError(party)

    def capacity_of(self, party: str) -> str:
        return f"university:{self.university.code}" if party == "university" else party

    def words_of(self, capacity: str) -> Any:
        return self.university.title if capacity.startswith("university") else _("市自考办")


class EnrolmentQuerySet(models.QuerySet["PracticalEnrolment"]):
    def standing(self) -> EnrolmentQuerySet:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def in_order(self) -> EnrolmentQuerySet:
        """As they came."""
        return self.order_by("pk")


class PracticalEnrolment(models.Model):
    """That a candidate takes part in an arrangement, in the major named; a withdrawn one stays, with who, when and why."""

    arrangement = models.ForeignKey(PracticalArrangement, on_delete=models.PROTECT, related_name="enrolments")
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+", verbose_name=_("考生"))
    major = models.ForeignKey("records.Major", on_delete=models.PROTECT, related_name="+", verbose_name=_("专业"))
    is_retake = models.BooleanField(_("重考"), default=False)
    enrolled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=ServerClock())
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_because = models.CharField(_("退出原因"), max_length=200, blank=True, default="")

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("实践报名")
        verbose_name_plural = _("实践报名")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["arrangement", "candidate"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_standing_enrolment_per_candidate",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["candidate", "id"], name="practical_candidate")]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return f"{self.arrangement_id} {self.candidate_id}"


class PracticalResult(models.Model):
    """What one person entered for one candidate: a mark on the arrangement's scale, or 缺考 or 违纪. Never overwritten.

    A correction is a new row; ``replaced_at`` says until when this one stood. ``sent_back_because`` is why the second person
    did not accept it. The trail tells who entered when, never the mark. The last fields are of a thesis only.
    """

    enrolment = models.ForeignKey(PracticalEnrolment, on_delete=models.PROTECT, related_name="results")
    points = models.DecimalField(_("成绩"), max_digits=4, decimal_places=1, null=True)
    grade = models.CharField(_("等第"), max_length=4, blank=True, default="")
    flag = models.CharField(_("标记"), max_length=4, choices=Mark.Flag, default=Mark.Flag.NORMAL)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(db_default=ServerClock())
    replaced_at = models.DateTimeField(null=True)
    sent_back_because = models.CharField(_("退回原因"), max_length=200, blank=True, default="")
    sent_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("论文（设计）题目"), max_length=200, blank=True, default="")
    supervisor = models.CharField(_("指导教师"), max_length=60, blank=True, default="")
    reviewed = models.DecimalField(_("评阅成绩"), max_digits=4, decimal_places=1, null=True, blank=True)
    defended = models.DecimalField(_("答辩成绩"), max_digits=4, decimal_places=1, null=True, blank=True)
    committee = models.CharField(_("答辩委员"), max_length=200, blank=True, default="")
    is_second_defence = models.BooleanField(_("二次答辩"), default=False)

    class Meta:
        verbose_name = _("实践考核结果")
        verbose_name_plural = _("实践考核结果")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=models.Q(replaced_at__isnull=True), name="one_standing_result_per_enrolment"
            )
        ]
        triggers: ClassVar = change_triggers(
            candidate="no_candidate", left_out=["points", "grade", "flag", "reviewed", "defended"], inserts=True
        )

    def __str__(self) -> str:
        return str(self.enrolment_id)

    @property
    def in_words(self) -> str:
        """The flag where there is one, else the grade or the points, a whole number without a decimal."""
        if self.flag != Mark.Flag.NORMAL:
            return str(self.get_flag_display())
        return self.grade or f"{self.points:f}".removesuffix(".0")

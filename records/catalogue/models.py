"""The catalogue as the province publishes it: majors, plan versions, their courses and groups, replacement rows.

One row of a file is one row here, in the file's own notation (FORMATS): ``graduation`` compiles plans from it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers


class Course(models.Model):
    """A course by its five-digit code, shared by all plans; name and credits are unknown where only old tables name it."""

    code = models.CharField(_("课程代码"), max_length=10, unique=True)
    name = models.CharField(_("课程名称"), max_length=100, blank=True, default="")
    credits = models.DecimalField(_("学分"), max_digits=4, decimal_places=1, null=True, blank=True)
    practical = models.BooleanField(_("实践或论文"), default=False)
    national = models.BooleanField(_("全国统一"), null=True, blank=True)
    certificate = models.BooleanField(_("证书课程"), default=False)

    class Meta:
        verbose_name = _("课程")
        verbose_name_plural = _("课程")
        triggers: ClassVar = change_triggers(candidate="no_candidate")

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class Major(models.Model):
    """A major (专业) that can be registered for, or was."""

    class Level(models.TextChoices):
        ASSOCIATE = "专科", _("专科")
        BACHELOR = "专升本", _("专升本")

    class State(models.TextChoices):
        OPEN = "开考", _("开考")
        CLOSED = "停考", _("停考")

    code = models.CharField(_("专业代码"), max_length=12, unique=True)
    name = models.CharField(_("专业名称"), max_length=60)
    level = models.CharField(_("层次"), max_length=4, choices=Level)
    hosts = models.ManyToManyField("records.Office", verbose_name=_("主考院校"), related_name="majors")
    state = models.CharField(_("状态"), max_length=4, choices=State, default=State.OPEN)
    closed_on = models.DateField(_("停考日期"), null=True, blank=True)
    degree = models.CharField(_("学位"), max_length=20, blank=True, default="")

    class Meta:
        verbose_name = _("专业")
        verbose_name_plural = _("专业")
        triggers: ClassVar = change_triggers(candidate="no_candidate")

    def __str__(self) -> str:
        return f"{self.name}({self.get_level_display()})"


class MajorHost(Major.hosts.through):  # type: ignore[misc,name-defined] # Django makes the table of a relation itself
    """Which university hosts which major: Django's own rows, so that changing them leaves a trail."""

    class Meta:
        proxy = True
        triggers: ClassVar = change_triggers(candidate="no_candidate")


class PlanQuerySet(models.QuerySet["Plan"]):
    def open_on(self, day: object, registered_on: object) -> PlanQuerySet:
        """Versions by which one registered on ``registered_on`` may graduate on ``day``; the newest first."""
        return self.filter(
            models.Q(newcomers_until__isnull=True) | models.Q(newcomers_until__gte=registered_on),
            models.Q(graduation_until__isnull=True) | models.Q(graduation_until__gte=day),
            effective_from__lte=day,
        ).order_by("-effective_from", "-version")


class Plan(models.Model):
    """One version of a major's exam plan (专业考试计划), with the dates between which it serves."""

    major = models.ForeignKey(Major, on_delete=models.PROTECT, related_name="plans")
    version = models.CharField(_("计划版本"), max_length=20)
    effective_from = models.DateField(_("生效日期"))
    newcomers_until = models.DateField(_("新生截止"), null=True, blank=True)
    graduation_until = models.DateField(_("毕业截止"), null=True, blank=True)
    total_credits = models.DecimalField(_("总学分"), max_digits=5, decimal_places=1)
    total_courses = models.PositiveSmallIntegerField(_("总门数"), null=True, blank=True)
    entry_restriction = models.CharField(_("入学限制"), max_length=200, blank=True, default="")
    prior_diploma = models.CharField(_("毕业所需前置学历"), max_length=10, blank=True, default="")
    source = models.CharField(_("出处"), max_length=100, blank=True, default="")

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("专业考试计划")
        verbose_name_plural = _("专业考试计划")
        constraints: ClassVar = [models.UniqueConstraint(fields=["major", "version"], name="one_plan_per_version")]
        triggers: ClassVar = change_triggers(candidate="no_candidate")

    def __str__(self) -> str:
        return f"{self.major} {self.version}版"


class PlanCourse(models.Model):
    """A course as one plan version requires it; ``first_sitting`` (``YYYY-MM``) is the first in which a pass counts."""

    class Assessment(models.TextChoices):
        WRITTEN = "笔试", _("笔试")
        PRACTICAL = "实践", _("实践")
        THESIS = "论文", _("论文")

    class Nature(models.TextChoices):
        COMPULSORY = "必考", _("必考")
        ELECTIVE = "选考", _("选考")
        ADDITIONAL = "加考", _("加考")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="courses")
    position = models.PositiveSmallIntegerField()
    ordinal = models.CharField(_("序号"), max_length=10, blank=True, default="")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("课程名称"), max_length=100)
    credits = models.DecimalField(_("学分"), max_digits=4, decimal_places=1)
    counts_credits = models.BooleanField(_("计学分"), default=True)
    assessment = models.CharField(_("考核方式"), max_length=4, choices=Assessment)
    nature = models.CharField(_("课程性质"), max_length=4, choices=Nature)
    group = models.CharField(_("选考组"), max_length=20, blank=True, default="")
    set_label = models.CharField(_("套"), max_length=20, blank=True, default="")
    degree_course = models.CharField(_("学位课程"), max_length=100, blank=True, default="")
    theory = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("理论课程")
    )
    first_sitting = models.CharField(_("首考"), max_length=7, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["plan", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "course"], name="one_row_per_plan_and_course")]
        triggers: ClassVar = change_triggers(candidate="no_candidate")

    def __str__(self) -> str:
        return f"{self.course_id} {self.name}"


class PlanGroup(models.Model):
    """The minima of an elective group; each is a number, ``全部`` (every course of the group) or empty, as in the file."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="groups")
    label = models.CharField(_("选考组"), max_length=20)
    courses_needed = models.CharField(_("最少门数"), max_length=6, blank=True, default="")
    credits_needed = models.CharField(_("最低学分"), max_length=6, blank=True, default="")
    exchange_courses_needed = models.CharField(_("换考最少门数"), max_length=6, blank=True, default="")
    exchange_credits_needed = models.CharField(_("换考最低学分"), max_length=6, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["plan", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "label"], name="one_row_per_plan_and_group")]
        triggers: ClassVar = change_triggers(candidate="no_candidate")

    def __str__(self) -> str:
        return self.label


class Replacement(models.Model):
    """A row of the replacement tables (顶替), in the file's notation and order; without a major it holds for all of ``level``."""

    position = models.PositiveIntegerField()
    major = models.ForeignKey(Major, null=True, blank=True, on_delete=models.PROTECT, related_name="replacements")
    level = models.CharField(_("层次"), max_length=4, blank=True, default="", choices=Major.Level)
    version = models.CharField(_("计划版本"), max_length=20)
    path = models.CharField(_("路径"), max_length=4, blank=True, default="")
    passed = models.TextField(_("已通过"))
    needed = models.PositiveSmallIntegerField(_("需要数"), default=1)
    replaces = models.TextField(_("顶替"), blank=True, default="")
    waives = models.TextField(_("免考核"), blank=True, default="")
    one_by_one = models.BooleanField(_("逐门"), default=False)
    credits_only = models.BooleanField(_("仅计学分"), default=False)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["position"]
        triggers: ClassVar = change_triggers(candidate="no_candidate")

    def __str__(self) -> str:
        return f"{self.passed} → {self.replaces}"

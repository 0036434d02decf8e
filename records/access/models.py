"""Leave to look into records, and reading that the head of an office should see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import Application, ApplicationQuerySet, ServerClock
from records.candidates.models import Candidate

if TYPE_CHECKING:
    from records.people.models import User


class AccessStatus(models.TextChoices):
    """Where a request for leave stands; leave that was granted ends by itself, at ``ends_at``."""

    DRAFT = "draft", _("草稿")
    HEAD = "head", _("负责人审批中")
    GRANTED = "granted", _("已批准")
    URGENT = "urgent", _("紧急查阅，待复核")
    REVIEWED = "reviewed", _("已复核")
    REFUSED = "refused", _("不予批准")
    WITHDRAWN = "withdrawn", _("已撤回")
    ENDED = "ended", _("已收回")


class AccessRequestQuerySet(ApplicationQuerySet):
    def visible_to(self, user: User) -> AccessRequestQuerySet:
        """One's own, and for the heads of an office those of its people; never another's draft."""
        own = models.Q(requester=user.pk)
        if not user.has_perm("records.grant_access"):
            return self.filter(own)
        return self.filter(own | (models.Q(office__in=user.reach.office_ids) & ~models.Q(status="draft")))

    def in_force(self) -> AccessRequestQuerySet:
        """Those on which a record may be opened now."""
        return self.filter(status__in=["granted", "urgent", "reviewed"], ends_at__gt=timezone.now())


class AccessRequest(Application):
    """A request to look into records (K4): for what, into which ones, for how many days (or, urgent, at once and for hours).

    The records are named one by one, or by ``query`` (a frozen search: ``{"university": 3, "major": 7}``), whose hits at the
    moment of the decision are then the records. ``ends_at`` is set by the decision.
    """

    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("申请人"))
    office = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("机构"))
    purpose = models.TextField(_("用途"))
    query = models.JSONField(default=dict, blank=True)
    days = models.PositiveSmallIntegerField(_("查阅天数"), default=1)
    ends_at = models.DateTimeField(_("到期"), null=True)
    candidates = models.ManyToManyField(Candidate, related_name="+", verbose_name=_("考籍"))

    objects: ClassVar[Any] = AccessRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("查阅申请")
        verbose_name_plural = _("查阅申请")
        indexes: ClassVar = [
            models.Index(fields=["requester", "-id"], name="access_requester"),
            models.Index(fields=["office", "status_since", "id"], name="access_office"),
        ]
        permissions: ClassVar = [("grant_access", "K4: head grants leave to look and reviews urgent looks")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return self.case_number

    @property
    def case_number(self) -> str:
        """The number that people quote: 阅2026-00417."""
        return f"阅{self.created_at.year}-{self.pk:05}"

    @classmethod
    def represented_by(cls, party: str, user: Any) -> models.Q:
        """Requester: oneself; head: of the requester's own office (the same tier), never of one's own request."""
        if party == "requester":
            return models.Q(requester=user.pk)
        if party == "head":
            return models.Q(office__in=user.reach.office_ids) & ~models.Q(requester=user.pk)
        raise KeyError(party)

    def capacity_of(self, party: str) -> str:
        return f"{party}:{self.office.code}"

    def words_of(self, capacity: str) -> Any:
        """申请人 or 负责人, with the office."""
        party, _colon, _code = capacity.partition(":")
        return _("%(office)s负责人") % {"office": self.office.title} if party == "head" else self.office.title


class UnusualReading(models.Model):
    """Reading by one person on one day that differs from what the work asks for, for the head of the office to look at.

    ``figures`` says what was found (counts), ``purposes`` what was known of its purpose, each with how often it was given.
    """

    class Pattern(models.TextChoices):
        VOLUME = "volume", _("查阅数量多")
        HOURS = "hours", _("非工作时间查阅")
        OUTSIDE = "outside", _("查阅与经办事项无关的考籍")
        REPEATED = "repeated", _("反复查找同一人")

    office = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    pattern = models.CharField(max_length=8, choices=Pattern)
    figures = models.JSONField(default=dict)
    purposes = models.JSONField(default=dict)
    found_at = models.DateTimeField(db_default=ServerClock())
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    note = models.TextField(_("复核意见"), blank=True, default="")

    class Meta:
        verbose_name = _("异常查阅")
        verbose_name_plural = _("异常查阅")
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "day", "pattern"], name="one_line_per_pattern")]
        indexes: ClassVar = [models.Index(fields=["office", "-day", "id"], name="unusual_office")]
        permissions: ClassVar = [("review_reading", "Head: see and review unusual reading")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return f"{self.day} {self.pattern}"

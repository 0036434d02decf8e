"""Leave to look into records, and reading that the head of an office should see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.acting import current
from audit.changes import change_triggers
from audit.models import Application, ApplicationQuerySet, ServerClock
from records.access.heads import GRANT, heads_at, offices_headed_by
from records.candidates.models import Candidate
from records.offices.models import Office

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


OPEN_THE_RECORD = (AccessStatus.GRANTED, AccessStatus.URGENT, AccessStatus.REVIEWED)
"""The statuses in which a record may be looked at, until ``ends_at``."""


class AccessRequestQuerySet(ApplicationQuerySet):
    def visible_to(self, user: User) -> AccessRequestQuerySet:
        """One's own, and for the heads those that they may decide, review, or have decided; never another's draft."""
        seen = models.Q(requester=user.pk)
        if user.has_perm(GRANT):
            seen |= (_of_the_office(user) | _stood_in_for(user)) & ~models.Q(status=AccessStatus.DRAFT)
        return self.filter(seen)

    def in_force(self) -> AccessRequestQuerySet:
        """Those on which a record may be opened now."""
        return self.filter(status__in=OPEN_THE_RECORD, ends_at__gt=timezone.now())


def _of_the_office(user: User) -> models.Q:
    return models.Q(office__in=offices_headed_by(user))


def _stood_in_for(user: User) -> models.Q:
    """Urgent looks at an office below the city where nobody but the requester could review them: the city's heads do."""
    if not user.reach.municipal & offices_headed_by(user):
        return models.Q(pk__in=[])
    somebody_else = heads_at(models.OuterRef("office")).exclude(person=models.OuterRef("requester"))
    alone = ~models.Q(models.Exists(somebody_else)) & ~models.Q(office__kind=Office.Kind.MUNICIPALITY)
    return alone & models.Q(status__in=[AccessStatus.URGENT, AccessStatus.REVIEWED])


class AccessRequest(Application):
    """A request to look into records (K4): for what, into which ones, for how many days (or, urgent, at once and for hours).

    The records are named one by one, or by ``query`` (ids and ISO dates: ``{"university": 3, "major": 7, "since": "2026-03-01",
    "until": "2026-03-31"}``), whose hits at the moment of the decision are then the records. ``granted_days`` is what the head
    shortened ``days`` to (None: as asked), ``ends_at`` the first moment at which no look is possible any more.
    """

    class Finding(models.TextChoices):
        TRUE = "true", _("属实")
        IMPROPER = "improper", _("不当")

    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("申请人"))
    office = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("机构"))
    purpose = models.TextField(_("用途"))
    query = models.JSONField(default=dict, blank=True)
    urgent_reason = models.TextField(_("紧急理由"), blank=True, default="", db_default="")
    days = models.PositiveSmallIntegerField(_("查阅天数"), default=1)
    granted_days = models.PositiveSmallIntegerField(_("批准天数"), null=True, blank=True)
    ends_at = models.DateTimeField(_("到期"), null=True)
    review_finding = models.CharField(_("复核结论"), max_length=8, choices=Finding, blank=True, default="", db_default="")
    candidates = models.ManyToManyField(Candidate, through="records.AccessRecord", related_name="+", verbose_name=_("考籍"))

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

    @property
    def is_in_force(self) -> bool:
        """Whether its records may be opened now."""
        return self.status in OPEN_THE_RECORD and self.ends_at is not None and self.ends_at > timezone.now()

    @property
    def is_over(self) -> bool:
        """Whether the leave was given and its time has run out."""
        return self.status in OPEN_THE_RECORD and not self.is_in_force

    @classmethod
    def represented_by(cls, party: str, user: Any) -> models.Q:
        """Requester: oneself, as long as one belongs to the office; head: of the requester's own office (the same tier).

        Reviewer: the head, or where the office has none but the requester the city's. Nobody decides about one's own request.
        """
        own = models.Q(requester=user.pk)
        if party == "requester":
            return own & models.Q(office__in=user.reach.office_ids)
        if party == "head":
            return _of_the_office(user) & ~own
        if party == "reviewer":
            return (_of_the_office(user) | _stood_in_for(user)) & ~own
        raise KeyError(party)

    def capacity_of(self, party: str) -> str:
        """Requester or head with the office for which this person acts: of a stand-in that is the city."""
        if party == "requester":
            return f"requester:{self.office.code}"
        acting_for = current().office_id
        if acting_for is None or acting_for == self.office_id:
            return f"head:{self.office.code}"
        return f"head:{Office.objects.values_list('code', flat=True).get(pk=acting_for)}"

    def words_of(self, capacity: str) -> Any:
        """The requester's office, or 某大学自考办负责人."""
        party, _colon, code = capacity.partition(":")
        office = self.office if code == self.office.code else Office.objects.filter(code=code).first()
        title = office.title if office else code
        return _("%(office)s负责人") % {"office": title} if party == "head" else title


class AccessRecord(models.Model):
    """A record that a request covers; ``number`` is the one by which it was named (or found), so that nothing more is told."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="records")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("号码"), max_length=20)

    class Meta:
        verbose_name = _("查阅的考籍")
        verbose_name_plural = _("查阅的考籍")
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "candidate"], name="one_line_per_record")]
        indexes: ClassVar = [models.Index(fields=["candidate", "request"], name="access_record_candidate")]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return self.number


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

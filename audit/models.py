"""The trail's one table, and what every application has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from audit.workflow import User


class ServerClock(models.Func):
    """The moment of the statement by the server's clock, not of the transaction's start."""

    function = "clock_timestamp"
    arity = 0
    output_field = models.DateTimeField()


class CurrentTransaction(models.Func):
    """The running transaction's id (64 bits, never reused within one server); rows take ``TrailTransaction``."""

    template = "(pg_current_xact_id()::text::bigint)"
    arity = 0
    output_field = models.BigIntegerField()


class TrailTransaction(CurrentTransaction):
    """The running transaction's place in the order of all: what is final is decided by it, not by the row's number.

    A server that a dump is restored into counts its transactions from the beginning; ``kaoji_shift()`` is the distance by which
    ``migrate`` then lifts them above all that came before (``config/counter.py``).
    """

    template = "(pg_current_xact_id()::text::bigint + kaoji_shift())"


class DatabaseUser(models.Func):
    """Who is signed in at the database: tells the portal's own writes from a hand at psql."""

    template = "(session_user::text)"
    arity = 0
    output_field = models.TextField()


# nobody alters or removes a row, and nobody empties the table; rights alone would not bind the owner
APPEND_ONLY = [
    pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    pgtrigger.Trigger(
        name="never_emptied",
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        func="RAISE EXCEPTION 'Cannot empty table %', TG_TABLE_NAME;",
    ),
]


class EventQuerySet(models.QuerySet["Event"]):
    def about(self, subject: models.Model) -> Self:
        """The events of one row, oldest first."""
        return self.filter(subject_table=subject._meta.db_table, subject_id=subject.pk).order_by("pk")

    def steps(self) -> Self:
        return self.filter(kind=Event.Kind.STEP, outcome=Event.Outcome.DONE)


class Event(models.Model):
    """One line of the trail: a step taken, a record read, or a row changed. Never altered, never removed.

    ``subject_table`` and ``subject_id`` name the row it is about; ``candidate_id`` says whose record it concerns (no foreign
    key: the trail outlives everything), ``office_id`` for which office the actor acted. ``before`` and ``after`` are a case's
    statuses; ``details`` holds a changed row's differing columns as ``{"before": {...}, "after": {...}}``, or what else a step
    or a read has to tell. Encrypted columns never enter it.
    """

    class Kind(models.TextChoices):
        STEP = "step", _("办理")
        READ = "read", _("查阅")
        CHANGE = "change", _("变更")

    class Outcome(models.TextChoices):
        DONE = "done", _("已完成")
        DENIED = "denied", _("无权，未执行")

    kind = models.CharField(max_length=6, choices=Kind)
    verb = models.CharField(max_length=40)
    outcome = models.CharField(max_length=6, choices=Outcome, default=Outcome.DONE, db_default=Outcome.DONE)
    at = models.DateTimeField(db_default=ServerClock())
    transaction = models.BigIntegerField(db_default=TrailTransaction())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    office_id = models.BigIntegerField(null=True)
    capacity = models.CharField(max_length=120, default="", db_default="")
    subject_table = models.CharField(max_length=63)
    subject_id = models.BigIntegerField(null=True)
    candidate_id = models.BigIntegerField(null=True)
    before = models.CharField(max_length=20, default="", db_default="")
    after = models.CharField(max_length=20, default="", db_default="")
    note = models.TextField(default="", db_default="")
    leave_id = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=64, default="", db_default="")
    database_user = models.TextField(db_default=DatabaseUser())
    details = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("留痕")
        verbose_name_plural = _("留痕")
        indexes: ClassVar = [
            models.Index(fields=["subject_table", "subject_id", "id"], name="audit_event_subject"),
            models.Index(fields=["candidate_id", "id"], name="audit_event_candidate"),
            models.Index(fields=["actor", "id"], name="audit_event_actor"),
            models.Index(fields=["office_id", "id"], name="audit_event_office"),
            models.Index(fields=["transaction", "id"], name="audit_event_order"),
            models.Index(fields=["leave_id", "id"], condition=models.Q(leave_id__isnull=False), name="audit_event_leave"),
            BrinIndex(fields=["at"], name="audit_event_at"),
        ]
        permissions: ClassVar = [("read_trail", "K1: search the trail, export it, read the daily reports")]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.kind} {self.verb} {self.subject_table} {self.subject_id}"


class Seal(models.Model):
    """A hash over the events up to (``upto_transaction``, ``upto_event``), chained to the seal before it (``docs/TRAIL.md``).

    ``version`` names how lines and hashes are made. ``entries`` counts the events of this seal alone, ``root`` is their Merkle
    root (32 bytes), ``leaves`` one entry of 40 bytes for each in their order: the event's number (8 bytes, big-endian) and the
    hash of its line. ``hash`` (32 bytes) seals all of it.
    """

    number = models.BigIntegerField(primary_key=True)
    version = models.CharField(max_length=20)
    entries = models.PositiveIntegerField()
    upto_transaction = models.BigIntegerField()
    upto_event = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    leaves = models.BinaryField()
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("封存")
        verbose_name_plural = _("封存")
        indexes: ClassVar = [models.Index(fields=["upto_transaction", "upto_event"], name="audit_seal_reach")]
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return str(self.number)


class DailyReport(models.Model):
    """The office's report of one day as it was drawn up: its figures, and the newest seal, which so stands on paper as well."""

    day = models.DateField(unique=True)
    figures = models.JSONField()
    seal_number = models.BigIntegerField(null=True)
    seal_hash = models.CharField(max_length=64, blank=True, default="")
    made_at = models.DateTimeField(db_default=ServerClock())

    class Meta:
        verbose_name = _("日报")
        verbose_name_plural = _("日报")
        triggers: ClassVar = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class ApplicationQuerySet(models.QuerySet[Any]):
    def represented_by(self, user: User, *parties: str) -> Self:
        """The applications in which ``user`` represents one of ``parties``."""
        reach = models.Q(pk__in=[])
        for party in parties:
            reach |= self.model.represented_by(party, user)
        return self.filter(reach)


class Application(models.Model):
    """A request that a party makes and an authority decides; each app's subclass adds the parties and the subject.

    ``status`` names the desk that holds the file and ``status_since`` when it came there; only ``Workflow.take`` writes them.
    """

    status = models.CharField(_("状态"), max_length=20, default="draft", editable=False, db_index=True)
    status_since = models.DateTimeField(_("到达时间"), db_default=ServerClock(), editable=False)
    created_at = models.DateTimeField(_("创建时间"), db_default=ServerClock(), editable=False)

    objects: ClassVar[Any] = ApplicationQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def represented_by(cls, party: str, user: User) -> models.Q:
        """The condition on rows of this model under which ``user`` stands for the named party; the one truth of *where*.

        Raises ``KeyError`` for a party that this application does not have.
        """
        raise KeyError(party)

    def capacity_of(self, party: str) -> str:
        """How the trail names the acting party: ``candidate``, ``university:10319`` …"""
        return party

    def words_of(self, capacity: str) -> Any:
        """The acting party of a line of the trail in words; takes what ``capacity_of`` gave."""
        return capacity

    @property
    def concerned_candidate_id(self) -> int | None:
        """Whose record the case is about; None where it is about nobody's."""
        return getattr(self, "candidate_id", None)

    @property
    def events(self) -> EventQuerySet:
        """The case's own lines of the trail, oldest first (no GenericRelation: that would cascade)."""
        return Event.objects.about(self)

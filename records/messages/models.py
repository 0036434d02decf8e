"""Messages on their way out, those in a candidate's own space, those that come in."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from records.people.encryption import EncryptedTextField


class MessageBatch(models.Model):
    """Messages to many candidates, prepared by one person and held until another releases them, or never.

    ``query`` says whom it is about (ids and codes, no personal data), ``count`` how many that were when it was prepared.
    """

    office = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("机构"))
    title = models.CharField(_("标题"), max_length=60)
    text = models.TextField(_("内容"))
    query = models.JSONField(default=dict)
    by_sms = models.BooleanField(_("同时发短信"), default=False)
    count = models.PositiveIntegerField(_("人数"), default=0)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("拟稿人")
    )
    prepared_at = models.DateTimeField(_("拟稿时间"), db_default=ServerClock())
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(_("发送时间"), null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    job = models.ForeignKey("records.Job", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("群发消息")
        verbose_name_plural = _("群发消息")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(released_at__isnull=True) | models.Q(cancelled_at__isnull=True),
                name="message_batch_is_released_or_cancelled",
            ),
            models.CheckConstraint(
                condition=models.Q(released_by__isnull=True) | ~models.Q(released_by=models.F("prepared_by")),
                name="message_batch_takes_two_people",
            ),
        ]
        permissions: ClassVar = [
            ("prepare_messages", "U3, O2: prepare messages to many candidates"),
            ("release_messages", "Head: release messages to many candidates"),
        ]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return self.title


class OutgoingMessage(models.Model):
    """One message to one recipient. ``to`` is a phone number or a mail address and never leaves in another form.

    ``text`` says no more than the recipient must know; of a ``passing`` one (a code) it is wiped as soon as it has left.
    ``template`` names where the text comes from, ``fault`` the kind of the carrier's last failure, ``receipt`` the gateway's own
    number for it. ``is_final``: the carrier refused the message itself; ``round`` counts how often it was sent again after that.
    One of a ``batch`` waits until the batch is released.
    """

    class Kind(models.TextChoices):
        SMS = "sms", _("短信")
        MAIL = "mail", _("邮件")

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")

    kind = models.CharField(_("方式"), max_length=4, choices=Kind)
    to = EncryptedTextField(context=b"message.to")
    text = EncryptedTextField(context=b"message.text", blank=True, default="")
    passing = models.BooleanField(default=False)
    candidate = models.ForeignKey("records.Candidate", null=True, on_delete=models.PROTECT, related_name="+")
    template = models.CharField(max_length=40, blank=True, default="", db_default="")
    subject = models.CharField(_("主题"), max_length=100, blank=True, default="", db_default="")
    batch = models.ForeignKey(MessageBatch, null=True, on_delete=models.PROTECT, related_name="messages")
    state = models.CharField(_("状态"), max_length=7, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=ServerClock())
    sent_at = models.DateTimeField(null=True)
    try_after = models.DateTimeField(null=True)
    fault = models.CharField(max_length=60, blank=True, default="", db_default="")
    is_final = models.BooleanField(default=False, db_default=False)
    round = models.PositiveSmallIntegerField(default=0, db_default=0)
    receipt = models.CharField(max_length=80, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "candidate", "kind"],
                condition=models.Q(batch__isnull=False),
                name="one_message_per_batch_and_candidate",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=models.Q(state="waiting"), name="message_waiting"),
            models.Index(fields=["candidate", "id"], name="message_candidate"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class InboxMessage(models.Model):
    """A message in a candidate's own space: what happened, where to go on, and when it was read.

    ``url`` is an address of this portal. It holds no identity number, phone number or mark.
    """

    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="inbox")
    template = models.CharField(max_length=40, blank=True, default="")
    title = models.CharField(_("标题"), max_length=100)
    text = models.TextField(_("内容"), blank=True, default="")
    url = models.CharField(max_length=200, blank=True, default="")
    batch = models.ForeignKey(MessageBatch, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"), db_default=ServerClock())
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("站内消息")
        verbose_name_plural = _("站内消息")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "candidate"], condition=models.Q(batch__isnull=False), name="one_in_the_inbox_per_batch"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["candidate", "-id"], name="inbox_candidate"),
            models.Index(fields=["candidate"], condition=models.Q(read_at__isnull=True), name="inbox_unread"),
        ]
        triggers: ClassVar = change_triggers(left_out=["read_at"])

    def __str__(self) -> str:
        return self.title


class IncomingMessage(models.Model):
    """A short message that the gateway handed in (L5), known by the gateway's own number for it: it is answered once.

    ``sender`` is encrypted; ``keyword`` is what was understood, never the rest of the text. ``handed_in``
    counts how often the gateway came with it.
    """

    class Outcome(models.TextChoices):
        ANSWERED = "answered", _("已答复")
        UNKNOWN_SENDER = "unknown", _("号码未登记")
        NOT_UNDERSTOOD = "unclear", _("看不懂")
        LIMITED = "limited", _("次数过多")

    gateway_number = models.CharField(max_length=80, unique=True)
    sender = EncryptedTextField(context=b"incoming.sender")
    sender_mask = models.CharField(max_length=40)
    keyword = models.CharField(max_length=20, blank=True, default="")
    outcome = models.CharField(max_length=8, choices=Outcome)
    candidate = models.ForeignKey("records.Candidate", null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(OutgoingMessage, null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=ServerClock())
    handed_in = models.PositiveIntegerField(_("送达次数"), default=1, db_default=1)

    class Meta:
        verbose_name = _("来信")
        verbose_name_plural = _("来信")

    def __str__(self) -> str:
        return self.gateway_number

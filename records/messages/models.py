"""A message on its way out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.models import ServerClock
from records.people.encryption import EncryptedTextField


class OutgoingMessage(models.Model):
    """One message to one recipient. ``to`` is a phone number or a mail address and never leaves in another form.

    ``text`` says no more than the recipient must know; of a ``passing`` one (a code) it is wiped as soon as it has left.
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
    state = models.CharField(_("状态"), max_length=7, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=ServerClock())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=models.Q(state="waiting"), name="message_waiting"),
            models.Index(fields=["candidate", "id"], name="message_candidate"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

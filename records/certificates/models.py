"""A certificate as it was issued: what it says, the file, and what became of it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from records.candidates.models import Candidate

if TYPE_CHECKING:
    from records.people.models import User


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> CertificateQuerySet:
        """The certificates of the candidates within the person's reach; one's own always."""
        return self.filter(candidate__in=Candidate.objects.visible_to(user))

    def in_force(self) -> CertificateQuerySet:
        """Those that neither something newer has replaced nor anybody revoked."""
        return self.filter(superseded_at__isnull=True, revoked_at__isnull=True)


class Certificate(models.Model):
    """One signed document about a candidate. ``facts`` is what it says (no identity number but its mask), and never changes.

    ``kind`` names an entry of ``certificates/kinds.py``, ``choice`` what was chosen for it (course codes, or nothing for all);
    ``facts_hash`` is what following the ledger compares. ``code`` is what the QR code holds besides the number. A certificate is
    in force until ``superseded_at`` or ``revoked_at``; nothing brings it back.
    """

    number = models.CharField(_("证明编号"), max_length=40, unique=True)
    code = models.CharField(_("验证码"), max_length=20, unique=True)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="certificates")
    office = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("出具单位"))
    kind = models.CharField(_("种类"), max_length=20)
    choice = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    facts_hash = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField()
    issued_at = models.DateTimeField(_("出具时间"), db_default=ServerClock())
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey("records.Job", null=True, on_delete=models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(_("替换时间"), null=True)
    superseded_because = models.CharField(_("替换原因"), max_length=200, blank=True, default="", db_default="")
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(_("撤销时间"), null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_because = models.CharField(_("撤销原因"), max_length=200, blank=True, default="", db_default="")

    objects: ClassVar[Any] = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("证明")
        verbose_name_plural = _("证明")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True) | ~models.Q(revoked_because=""), name="revocations_have_a_reason"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["candidate", "-id"], name="certificate_candidate"),
            models.Index(fields=["office", "-id"], name="certificate_office"),
        ]
        permissions: ClassVar = [
            ("issue_certificate", "U3: issue certificates"),
            ("revoke_certificate", "Head: revoke a certificate with a reason"),
        ]
        triggers: ClassVar = change_triggers(inserts=True, left_out=["facts", "code"])  # marks; what opens the certificate

    def __str__(self) -> str:
        return self.number

    class State(models.TextChoices):
        IN_FORCE = "in-force", _("现行")
        SUPERSEDED = "superseded", _("已被替换")
        REVOKED = "revoked", _("已撤销")

    @property
    def state(self) -> Certificate.State:
        """What became of it; a revocation says more than a replacement."""
        if self.revoked_at is not None:
            return self.State.REVOKED
        return self.State.IN_FORCE if self.superseded_at is None else self.State.SUPERSEDED

    @property
    def is_in_force(self) -> bool:
        """Whether it is neither replaced nor revoked."""
        return self.superseded_at is None and self.revoked_at is None

    @property
    def path(self) -> Path:
        """Where the signed file lies."""
        return Path(settings.CERTIFICATE_ROOT) / self.key.hex[:2] / f"{self.key.hex}.pdf"


class CertificatePrint(models.Model):
    """That somebody took the file of a certificate, to print it or to keep it: how often and by whom."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="prints")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"), db_default=ServerClock())

    class Meta:
        verbose_name = _("打印")
        verbose_name_plural = _("打印")
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.pk}"

"""The devices that an office put up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock

if TYPE_CHECKING:
    from records.people.models import User


class KioskQuerySet(models.QuerySet["Kiosk"]):
    def visible_to(self, user: User) -> KioskQuerySet:
        """Those of the person's offices; the city sees all."""
        return self.all() if user.reach.municipal else self.filter(office__in=user.reach.office_ids)


class Kiosk(models.Model):
    """A terminal, its place, and the keyed hash of the token that its browser holds; without a token it is not set up yet.

    ``setup_hash`` is of the code by which a browser becomes this device, good once until ``setup_until``.
    """

    office = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("所属机构"))
    name = models.CharField(_("名称"), max_length=60)
    place = models.CharField(_("放置地点"), max_length=120)
    token_hash = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    setup_hash = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    setup_until = models.DateTimeField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=ServerClock())
    set_up_at = models.DateTimeField(_("启用时间"), null=True)
    seen_at = models.DateTimeField(_("最近使用"), null=True)
    closed_at = models.DateTimeField(_("停用时间"), null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[Any] = KioskQuerySet.as_manager()

    class Meta:
        verbose_name = _("自助终端")
        verbose_name_plural = _("自助终端")
        indexes: ClassVar = [models.Index(fields=["office", "id"], name="kiosk_office")]
        permissions: ClassVar = [("manage_kiosks", "L4: put up and close the office's terminals")]
        triggers: ClassVar = change_triggers(
            candidate="no_candidate", inserts=True, left_out=["token_hash", "setup_hash", "seen_at"]
        )

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> Any:
        """Whether a browser serves as it, in a word of the states' table."""
        if self.closed_at:
            return _("已停用")
        return _("在用") if self.token_hash else _("待启用")

"""What was looked up at a counter, for whom, on which proof."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock
from records.counter.proofs import label_of, purpose_of


class CounterLookup(models.Model):
    """One look-up at an office's counter that found somebody; the read itself stands in the trail.

    ``proof`` names an entry of ``records/counter/proofs.py``, ``certificate`` is the printed summary. ``outside_reach``: the
    clerk reaches the record in no other way, as always at a district office.
    """

    office = models.ForeignKey("records.Office", on_delete=models.PROTECT, related_name="+", verbose_name=_("机构"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("经办人"))
    at = models.DateTimeField(_("时间"), db_default=ServerClock())
    candidate = models.ForeignKey("records.Candidate", on_delete=models.PROTECT, related_name="+")
    proof = models.CharField(_("查验的证件"), max_length=40)
    note = models.CharField(_("备注"), max_length=200, blank=True, default="")
    outside_reach = models.BooleanField(_("本机构范围以外"), default=False, db_default=False)
    certificate = models.ForeignKey("records.Certificate", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("柜台查询")
        verbose_name_plural = _("柜台查询")
        indexes: ClassVar = [models.Index(fields=["office", "-id"], name="counter_lookup_office")]
        permissions: ClassVar = [("look_up_at_counter", "L6: look up a record for who stands at the counter")]
        triggers: ClassVar = change_triggers(inserts=True)

    def __str__(self) -> str:
        return f"{self.office_id} {self.pk}"

    @property
    def shown(self) -> Any:
        """What was shown, in words."""
        return label_of(self.proof)

    @property
    def purpose(self) -> str:
        """The purpose of the read."""
        return purpose_of(self.proof)

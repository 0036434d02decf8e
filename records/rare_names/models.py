"""The register of rare names."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers
from audit.models import ServerClock


class RareName(models.Model):
    """A candidate whose name holds characters that input, font or an old system cannot take.

    ``characters`` are these, each once; ``reasons`` a list of ``input``, ``font``, ``encoding``. ``pinyin`` is how the whole name
    is read, syllables between blanks; empty until somebody says it where no dictionary knows.
    """

    candidate = models.OneToOneField("records.Candidate", on_delete=models.PROTECT, related_name="rare_name")
    characters = models.CharField(_("生僻字"), max_length=60)
    reasons = models.JSONField(_("原因"), default=list)
    pinyin = models.CharField(_("拼音"), max_length=400, blank=True, default="")
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(_("登记时间"), db_default=ServerClock())

    class Meta:
        verbose_name = _("生僻字姓名")
        verbose_name_plural = _("生僻字姓名")
        triggers: ClassVar = change_triggers()

    def __str__(self) -> str:
        return self.characters

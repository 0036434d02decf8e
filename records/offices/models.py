"""The offices whose staff keep the records; a guardian grant on an office row says whom a person represents."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.changes import change_triggers


class OfficeQuerySet(models.QuerySet["Office"]):
    def universities(self) -> OfficeQuerySet:
        """The host universities, by code."""
        return self.filter(kind=Office.Kind.UNIVERSITY).order_by("code")

    def municipality(self) -> Office:
        """The one municipal office; created by the first migration."""
        return self.get(kind=Office.Kind.MUNICIPALITY)


class Office(models.Model):
    """The municipal office (市自考办), a host university's (主考院校自考办) or a district's (区自考办)."""

    class Kind(models.TextChoices):
        MUNICIPALITY = "municipality", _("市自考办")
        UNIVERSITY = "university", _("主考院校自考办")
        DISTRICT = "district", _("区自考办")

    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    code = models.CharField(_("代码"), max_length=12, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    short_name = models.CharField(_("简称"), max_length=20, blank=True, default="")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        verbose_name = _("机构")
        verbose_name_plural = _("机构")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(kind="municipality"), name="one_municipal_office")
        ]
        permissions: ClassVar = [("represent_office", "May act for this office (granted per row)")]
        triggers: ClassVar = change_triggers(candidate="no_candidate", inserts=True)

    def __str__(self) -> str:
        return self.short_name or self.name

    @property
    def title(self) -> str:
        """The office's name as it signs: 南京师范大学自考办, 市自考办."""
        return self.name if self.kind != Office.Kind.UNIVERSITY else _("%(name)s自考办") % {"name": self.name}

    def represented_by(self, user: Any) -> bool:
        """Whether ``user`` holds the grant on this very office."""
        return self.pk in user.reach.office_ids

"""Every kind of case that people work on, for the pages that show all kinds together: desk, personal space, checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.workflow import Workflow
from exemptions.workflow import EXEMPTION
from graduation.workflow import GRADUATION


@dataclass(frozen=True)
class Kind:
    """A kind of case: its workflow, what people call it, its namespace of addresses, the setting of its deadlines."""

    workflow: Workflow[Any]
    label: Any
    namespace: str
    days_setting: str

    def url_of(self, case: Any) -> str:
        """The case's page."""
        return reverse(f"{self.namespace}:detail", args=[case.pk])


KINDS = (
    Kind(EXEMPTION, _("免考"), "exemptions", "desk.days.exemption"),
    Kind(GRADUATION, _("毕业"), "graduation", "desk.days.graduation"),
)

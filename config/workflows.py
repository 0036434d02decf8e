"""Every kind of case that people work on, for the pages that show all kinds together: desk, personal space, checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.workflow import Workflow
from exemptions.workflow import EXEMPTION
from graduation.workflow import GRADUATION
from records.access.workflow import LEAVE
from records.corrections.workflow import CORRECTION
from records.merging.workflow import MERGER
from scores.reviews.workflow import REVIEW


def _candidate_of(case: Any) -> str:
    return str(case.candidate.name)


def _university_of(case: Any) -> str:
    return str(case.university)


@dataclass(frozen=True)
class Kind:
    """A kind of case: its workflow, what people call it, its namespace of addresses, the setting of its deadlines.

    ``who_of`` and ``office_of`` say for a list whose case it is and where it comes from, ``related`` what they read of it. What
    lies with a status of ``urgent`` waits by the hour: its name there, and the setting of how many hours. A kind that is not
    ``of_candidates`` is no candidate's case.
    """

    workflow: Workflow[Any]
    label: Any
    namespace: str
    days_setting: str
    related: tuple[str, ...] = ("candidate", "university")
    who_of: Callable[[Any], str] = _candidate_of
    office_of: Callable[[Any], str] = _university_of
    urgent: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    of_candidates: bool = True

    def url_of(self, case: Any) -> str:
        """The case's page."""
        return reverse(f"{self.namespace}:detail", args=[case.pk])


def _requester_of(case: Any) -> str:
    return str(case.requester)


def _requesters_office(case: Any) -> str:
    return str(case.office)


KINDS = (
    Kind(EXEMPTION, _("免考"), "exemptions", "desk.days.exemption"),
    Kind(CORRECTION, _("考籍更改"), "corrections", "desk.days.correction"),
    Kind(MERGER, _("考籍合并"), "merging", "desk.days.merger", of_candidates=False),
    Kind(REVIEW, _("成绩复核"), "reviews", "desk.days.review"),
    Kind(GRADUATION, _("毕业"), "graduation", "desk.days.graduation"),
    Kind(
        LEAVE,
        _("查阅申请"),
        "access",
        "desk.days.access",
        related=("requester", "office"),
        who_of=_requester_of,
        office_of=_requesters_office,
        urgent={"urgent": (_("紧急查阅"), "access.urgent_hours")},
        of_candidates=False,
    ),
)

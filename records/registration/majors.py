"""Which majors take newcomers on a day, and what is worth knowing about one who chooses them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from records.catalogue.models import Major, Plan


@dataclass(frozen=True)
class Choice:
    """A major as registration sees it: its hosts by id, when it closed, its plan versions with the newest first."""

    id: int
    hosts: frozenset[int]
    is_closed: bool
    closed_on: dt.date | None
    plans: Sequence[Plan]

    def is_closed_on(self, day: dt.date) -> bool:
        """Closed (停考) to one who registers on ``day``: a closed major takes newcomers up to the day announced."""
        if self.closed_on is None:
            return self.is_closed
        return day > self.closed_on

    def plan_on(self, day: dt.date) -> Plan | None:
        """The plan version on which one who registers on ``day`` starts: the newest in force that takes newcomers."""
        takes = [plan for plan in self.plans if plan.newcomers_until is None or plan.newcomers_until >= day]
        in_force = [plan for plan in takes if plan.effective_from <= day]
        if in_force:
            return in_force[0]
        return takes[-1] if takes else None


def choices() -> dict[str, Choice]:
    """Every major by its code (three queries)."""
    majors = Major.objects.prefetch_related("hosts", "plans")
    return {
        major.code: Choice(
            id=major.pk,
            hosts=frozenset(office.pk for office in major.hosts.all()),
            is_closed=major.state == Major.State.CLOSED,
            closed_on=major.closed_on,
            plans=sorted(major.plans.all(), key=_newest_first),
        )
        for major in majors
    }


def _newest_first(plan: Plan) -> tuple[int, str]:
    return -plan.effective_from.toordinal(), plan.version

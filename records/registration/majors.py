"""Which majors take newcomers on a day, and what is worth knowing about one who chooses them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from records.catalogue.models import Major, Plan


@dataclass(frozen=True)
class Choice:
    """A major as registration sees it: its hosts by id, when it closed, its plan versions with the newest first."""

    id: int
    title: str
    name_and_level: tuple[str, str]
    hosts: frozenset[int]
    is_closed: bool
    closed_on: dt.date | None
    plans: Sequence[Plan]

    def is_closed_on(self, day: dt.date) -> bool:
        """Closed (停考) to one who registers on ``day``: a closed major takes newcomers up to the day announced."""
        if self.closed_on is None:
            return self.is_closed
        return day > self.closed_on

    def takes_on(self, day: dt.date) -> bool:
        """Whether one may register on ``day``: neither closed nor past the last day of every plan version."""
        return not self.is_closed_on(day) and (not self.plans or self.plan_on(day) is not None)

    @property
    def newcomers_until(self) -> dt.date | None:
        """The last day on which any of its plan versions takes newcomers; None where one has no such day, or there is none."""
        days = [plan.newcomers_until for plan in self.plans]
        return max((day for day in days if day), default=None) if all(days) else None

    def plan_on(self, day: dt.date) -> Plan | None:
        """The plan version on which one who registers on ``day`` starts: the newest in force that takes newcomers."""
        takes = [plan for plan in self.plans if plan.newcomers_until is None or plan.newcomers_until >= day]
        in_force = [plan for plan in takes if plan.effective_from <= day]
        if in_force:
            return in_force[0]
        return takes[-1] if takes else None


def instead_of(closed: Choice, majors: Mapping[str, Choice], day: dt.date, university_id: int) -> list[str]:
    """What takes newcomers on ``day`` under the same name and level, those of this university first: 法学 X2030101K."""
    open_ones = [
        (university_id not in major.hosts, code, major)
        for code, major in majors.items()
        if major.id != closed.id and major.name_and_level == closed.name_and_level and major.takes_on(day)
    ]
    return [f"{code} {major.title}" for _elsewhere, code, major in sorted(open_ones, key=_by_place)]


def _by_place(found: tuple[bool, str, Choice]) -> tuple[bool, str]:
    return found[:2]


def choices() -> dict[str, Choice]:
    """Every major by its code (three queries)."""
    majors = Major.objects.prefetch_related("hosts", "plans")
    return {
        major.code: Choice(
            id=major.pk,
            title=str(major),
            name_and_level=(major.name, major.level),
            hosts=frozenset(office.pk for office in major.hosts.all()),
            is_closed=major.state == Major.State.CLOSED,
            closed_on=major.closed_on,
            plans=sorted(major.plans.all(), key=_newest_first),
        )
        for major in majors
    }


def _newest_first(plan: Plan) -> tuple[int, str]:
    return -plan.effective_from.toordinal(), plan.version

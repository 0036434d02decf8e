"""What the conditions of graduation are held against: everything known of one candidate in one major, as plain values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Confirmed:
    """What the university wrote down on the application; None: not looked at yet. ``how`` it verified the prior diploma."""

    appraisal: bool | None = None
    identity: bool | None = None
    photo: bool | None = None
    prior_diploma: bool | None = None
    prior_diploma_how: str = ""
    additional_courses: bool | None = None


@dataclass(frozen=True)
class Case:
    """One candidate, one major, one plan version.

    ``graduating_on`` is the day of graduation for an application, the day of the audit otherwise; ``applied_on`` the day that
    windows are held against. ``theses`` are pairs of course code and the university that examined it.
    """

    graduating_on: dt.date
    applied_on: dt.date
    level: str
    version: str
    registered_on: dt.date
    prior_diploma_needed: str
    prior_education: str
    is_plan_open: bool
    additional_undecided: bool
    confirmed: Confirmed
    held_sources: dict[str, int] = field(default_factory=dict)
    last_transfer_on: dt.date | None = None
    theses: tuple[tuple[str, int | None], ...] = ()
    host_id: int | None = None
    has_diploma_of_major: bool = False
    has_pending_case: bool = False
    penalty: str = ""
    windows: tuple[tuple[dt.date, dt.date], ...] = ()
    local_minimum: dict[str, int] = field(default_factory=dict)
    transfer_months: int = 6

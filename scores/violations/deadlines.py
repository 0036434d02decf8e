"""The days within which something about a violation may be done, counted from the day after the one that starts them."""

from __future__ import annotations

import datetime as dt

from records.settings.values import value_of
from scores.violations.models import Violation, ViolationStatus


def last_day_to_state(case: Violation) -> dt.date | None:
    """The last day on which the candidate may answer and ask for a hearing; None before it was told."""
    return _after(case.told_on, "violation.statement_days")


def last_day_to_ask_review(case: Violation) -> dt.date | None:
    """The last day on which the candidate may ask for review (article 27); None before the decision was served."""
    return _after(case.served_on, "violation.review_days")


def last_day_of_review(case: Violation) -> dt.date | None:
    """The day by which a review is decided (article 28); None where none was asked for."""
    return _after(case.review_asked_on, "violation.review_answer_days")


def desk_days(office_id: int | None = None) -> dict[str, int]:
    """How many days a case may lie with each status."""
    every = value_of("desk.days.violation", office_id=office_id)
    on_the_desk = (ViolationStatus.RECORDED, ViolationStatus.PROPOSED, ViolationStatus.DECIDED)
    return dict.fromkeys(on_the_desk, every) | {ViolationStatus.REVIEW: value_of("violation.review_answer_days")}


def _after(first: dt.date | None, setting: str) -> dt.date | None:
    return None if first is None else first + dt.timedelta(days=value_of(setting, on=first))

"""Who may see what of a review: what a first person found is the municipal office's alone until a second has confirmed it."""

from __future__ import annotations

from records.people.models import User
from scores.reviews.models import DECIDED, ReviewRequest, ReviewStatus

IN_THE_CITY = (ReviewStatus.MUNICIPALITY, ReviewStatus.CONFIRMATION)


def sees_finding(user: User, case: ReviewRequest) -> bool:
    """Whether result, new mark and grounds may be shown to this person now; nothing was found of a case that ended otherwise."""
    return case.status in DECIDED or (case.status == ReviewStatus.CONFIRMATION and bool(user.reach.municipal))


def sees_inside(user: User, case: ReviewRequest) -> bool:
    """Whether the rules of the step that comes next, evidence and objections may be shown."""
    return bool(user.reach.municipal) or case.status not in IN_THE_CITY

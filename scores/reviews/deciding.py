"""What the steps of a review do beside moving the case: remember what was looked at, keep findings, change the mark."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import Event
from scores.marks.changing import NewMark, change
from scores.reviews.models import ReviewFinding, ReviewRequest
from scores.reviews.wording import value_of_mark

CLEAN = {
    "result": "",
    "new_points": None,
    "new_grade": "",
    "new_flag": "正常",
    "new_flag_reason": "",
    "grounds": "",
    "evidence": None,
}
"""What no finding looks like."""


def remember_mark(case: ReviewRequest) -> None:
    """The mark as it stands now is what the case is about."""
    case.was_points, case.was_grade, case.was_flag, case.was_flag_reason = value_of_mark(case.mark)


def look_anew(case: ReviewRequest, event: Event) -> None:
    """The mark as it stands when the city begins to look at it."""
    remember_mark(case)
    _save(case, "was_points", "was_grade", "was_flag", "was_flag_reason")


def keep_finding(case: ReviewRequest, event: Event) -> None:
    """What the first person found stands on record for good; a finding that nothing is wrong proposes no mark."""
    look_anew(case, event)
    if case.result == "upheld":
        _clear(case, besides=("result", "grounds", "evidence"))
    ReviewFinding.objects.create(
        review=case,
        by=event.actor,
        result=case.result,
        points=case.new_points,
        grade=case.new_grade,
        flag=case.new_flag,
        flag_reason=case.new_flag_reason,
        grounds=case.grounds,
        evidence=case.evidence,
    )


def drop_finding(case: ReviewRequest, event: Event) -> None:
    """What was sent back is no finding of the case any more; ``findings`` keeps it."""
    _clear(case)


def uphold(case: ReviewRequest, event: Event) -> None:
    """The mark stays; the day is the event's."""
    _decided(case, event)


def correct(case: ReviewRequest, event: Event) -> None:
    """The mark becomes what the first person found; everything that used the old one follows."""
    because = _("成绩复核%(number)s：%(scope)s") % {"number": case.case_number, "scope": case.scope_in_short}
    change([NewMark(case.mark_id, *case.after)], because=because, case=case)
    _decided(case, event)


def _decided(case: ReviewRequest, event: Event) -> None:
    case.decided_at = timezone.now()
    _save(case, "decided_at")


def _clear(case: ReviewRequest, besides: tuple[str, ...] = ()) -> None:
    names = [name for name in CLEAN if name not in besides]
    for name in names:
        setattr(case, name, CLEAN[name])
    _save(case, *names)


def _save(case: ReviewRequest, *names: str) -> None:
    case.save(update_fields=list(names))

"""Reviews that the city began by itself, of marks of the latest sitting that is out: one at each desk and of each result.

Candidates ask for none here: the sittings that are out have been so for longer than the days in which they could.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.acting import acting
from config import demonstration
from config.city.proofs import proof
from records.people.models import User
from scores.models import Mark, Publication
from scores.reviews.asking import ask
from scores.reviews.models import Origin, Result, ReviewRequest, ReviewStatus, Scope
from scores.reviews.workflow import REVIEW

WAYS: dict[str, tuple[str, ...]] = {
    ReviewStatus.MUNICIPALITY: (),
    ReviewStatus.CONFIRMATION: ("find",),
    ReviewStatus.UPHELD: ("find", "confirm-upheld"),
    ReviewStatus.CHANGED: ("find", "confirm-change"),
    ReviewStatus.WITHDRAWN: ("drop",),
}
NOTE = _("与另一件自查重复，停止。")
OWN = _("登分表抽查时发现一处登录疑问。")
UPHELD, CHANGED = _("已查阅试卷，各题都已评分，合分、登录无误。"), _("第五题得分漏加1分，合分更正。")


def review(people: dict[str, User]) -> None:
    """One review at each place, of people of the first university with staff; fewer where too few have failed a paper."""
    marks = _failed(demonstration.universities()[0].pk)
    for mark, status in zip(marks[: len(WAYS)], WAYS, strict=False):
        case = ask(mark, scope=Scope.ENTRY, statement=str(OWN), origin=Origin.OFFICE, by=people["o3"])
        for step in WAYS[status]:
            by = people["o3b"] if step.startswith("confirm") else people["o3"]
            facts = _found(case, status, by) if step == "find" else None
            REVIEW.take(step, case, by=by, note=str(NOTE) if step == "drop" else "", facts=facts)


def _failed(university_id: int) -> Any:
    """Marks of the latest publication of written papers that stay below the line with a point more; one of each person."""
    latest = (
        Publication.objects.filter(published_at__isnull=False, kind=Publication.Kind.WRITTEN).order_by("-sitting__name").first()
    )
    calm = Mark.objects.filter(
        publication=latest,
        points__range=(30, 57),
        flag=Mark.Flag.NORMAL,
        candidate__managing_university=university_id,
        candidate__account__isnull=True,
        candidate__penalties__isnull=True,
    )
    return Mark.objects.filter(pk__in=calm.order_by("candidate", "pk").distinct("candidate").values("pk")).order_by("pk")


def _found(case: ReviewRequest, status: str, by: User) -> dict[str, Any]:
    if status == ReviewStatus.UPHELD or case.mark.points is None:
        return {"result": Result.UPHELD, "grounds": str(UPHELD)}
    with acting(by):
        paper = proof(case.candidate_id, by, str(_("复核材料")), ("SCORE SHEET", case.mark.course.code), city_only=True)
    more = {"new_points": case.mark.points + 1, "new_grade": "", "new_flag": Mark.Flag.NORMAL, "new_flag_reason": ""}
    return {"result": Result.CHANGED, "grounds": str(CHANGED), "evidence": paper, **more}

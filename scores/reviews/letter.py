"""The letter that tells the result of a review (复核结果通知): signed, the same for the candidate and the office."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from records.certificates.issuing import seal_lines
from records.certificates.signing import sign
from records.certificates.typesetting import typeset
from records.certificates.wording import day
from records.offices.models import Office
from scores.reviews.models import ReviewRequest, ReviewStatus
from scores.reviews.wording import in_words


def letter_of(case: ReviewRequest) -> bytes:
    """The signed PDF of a decided review. Raises ``MissingGlyphs`` for a name that the font lacks."""
    return sign(typeset("statement", _content(case)), reason=_("成绩复核结果通知"))


def _content(case: ReviewRequest) -> dict[str, Any]:
    office = Office.objects.municipality()
    decided = case.decided_at or case.status_since
    return {
        "title": _("成绩复核结果通知"),
        "number": case.case_number,
        "made_at": decided.isoformat(),
        "under": [_("高等教育自学考试"), _("编号：%(number)s") % {"number": case.case_number}],
        "facts": _facts(case),
        "tables": [],
        "closing": _("对评分宽严不予复核；本次公布的这一成绩不再受理复核。"),
        "issuer": {"office": seal_lines(office), "date": day(timezone.localdate(decided).isoformat())},
    }


def _facts(case: ReviewRequest) -> list[list[tuple[str, str]]]:
    result = str(ReviewStatus(case.status).label)
    changed = case.status == ReviewStatus.CHANGED
    after = [[(_("更正后的成绩"), in_words(case.after))]] if changed else []
    return [
        [(_("姓名"), case.candidate.name), (_("准考证号"), case.candidate.ticket_number or "—")],
        [(_("考次"), str(case.mark.sitting)), (_("课程"), str(case.mark.course))],
        [(_("复核内容"), str(case.get_scope_display()))],
        [(_("复核结果"), result), (_("公布的成绩"), in_words(case.before))],
        *after,
        [(_("复核情况"), case.grounds)],
    ]


def filename_of(case: ReviewRequest) -> str:
    """A name without a mark or a person in it."""
    return f"{case.case_number}.pdf"

"""How a review begins and is completed: the case and its first step in one go, or nothing. Which marks can be asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem, Refused
from records.candidates.models import Candidate
from records.people.models import User
from scores.marks.models import Mark
from scores.reviews import rules
from scores.reviews.deciding import remember_mark
from scores.reviews.models import ENDED, Origin, ReviewRequest, ReviewStatus, Scope
from scores.reviews.windows import ReviewWindow, windows_of
from scores.reviews.wording import in_words, value_of_mark
from scores.reviews.workflow import REVIEW

FIRST_STEPS = {Origin.CANDIDATE: "submit", Origin.COUNTER: "lodge", Origin.OFFICE: "open"}
RECENT = 200
"""No candidate has more marks than this."""


@dataclass(frozen=True)
class Choice:
    """A published mark: what it is in words, until when it may be asked about, the case that is about it, why not."""

    mark: Mark
    words: str
    window: ReviewWindow | None
    case: ReviewRequest | None
    problems: list[Problem]

    @property
    def is_open(self) -> bool:
        """Whether it may be asked about today."""
        return not self.problems


def ask(mark: Mark, *, scope: str, statement: str, origin: Origin, by: User) -> ReviewRequest:
    """A new case about ``mark`` with its first step taken by ``by``. ``Refused`` with every reason; then there is no case."""
    if scope not in Scope.values:
        raise Refused([rules.out_of_scope()])
    with transaction.atomic():
        candidate = Candidate.objects.select_for_update(of=("self",), no_key=True).get(pk=mark.candidate_id)
        case = ReviewRequest(
            candidate=candidate,
            university_id=candidate.managing_university_id,
            mark=mark,
            publication_id=mark.publication_id,
            scope=scope,
            statement=statement.strip(),
            origin=origin,
            started_by=by,
        )
        if problems := _before_it_exists(case):
            raise Refused(problems)
        remember_mark(case)
        case.save()
        REVIEW.take(FIRST_STEPS[origin], case, by=by)
    case.refresh_from_db()
    return case


def _before_it_exists(case: ReviewRequest) -> list[Problem]:
    """What the table itself would refuse, in words."""
    return [problem for rule in (rules.no_other_is_open, rules.not_reviewed_before) for problem in rule(case)]


@transaction.atomic
def complete(case: ReviewRequest, *, scope: str, statement: str) -> ReviewRequest:
    """Change a returned request. ``NotNow`` once an office holds it, ``Refused`` for a scope that there is not."""
    if scope not in Scope.values:
        raise Refused([rules.out_of_scope()])
    locked: ReviewRequest = ReviewRequest.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if locked.status != ReviewStatus.RETURNED:
        raise NotNow([Problem("step.moved-on", _("本件已提交，不能再改。请刷新后查看现在的状态。"))])
    locked.scope, locked.statement, locked.identity_confirmed = scope, statement.strip(), None
    locked.save(update_fields=["scope", "statement", "identity_confirmed"])
    return locked


def choices_for(candidate: Candidate, *, origin: Origin = Origin.CANDIDATE) -> list[Choice]:
    """The candidate's published marks, the latest first, each with what stands against a review today."""
    published = Mark.objects.filter(candidate=candidate).select_related("sitting", "course", "publication", "candidate")
    marks = list(published.order_by("-publication__published_at", "course__code")[:RECENT])
    windows = windows_of(list({mark.publication_id: mark.publication for mark in marks}.values()))
    cases = _cases_about(marks)
    return [_choice(mark, windows[mark.publication_id], cases.get(mark.pk, []), origin) for mark in marks]


def _cases_about(marks: Iterable[Mark]) -> dict[int, list[ReviewRequest]]:
    """The cases about each mark, the latest first; withdrawn ones are left out."""
    found: dict[int, list[ReviewRequest]] = {}
    cases = ReviewRequest.objects.filter(mark__in=list(marks)).exclude(status=ReviewStatus.WITHDRAWN)
    for case in cases.order_by("-pk"):
        found.setdefault(case.mark_id, []).append(case)
    return found


def _choice(mark: Mark, window: ReviewWindow | None, cases: list[ReviewRequest], origin: Origin) -> Choice:
    asked = [case for case in cases if case.origin != Origin.OFFICE or case.status not in ENDED]
    counts = cases[0] if cases else None
    problems: list[Problem] = []
    if any(case.status not in ENDED for case in cases):
        problems.append(Problem("review.open", _("已有一件复核在办。")))
    elif origin != Origin.OFFICE and asked:
        problems.append(Problem("review.again", _("已经复核过一次。")))
    if origin != Origin.OFFICE and not (window and window.is_open_on(timezone.localdate())):
        problems.append(Problem("review.too-late", _("已过申请期限。") if window else _("不受理复核。")))
    return Choice(mark, in_words(value_of_mark(mark)), window, counts, problems)

"""What came of a changed mark, read from the ledger's feed and the trail once the followers have run.

Who follows the feed in another app registers here what it did (``config/review_effects.py``); nothing here knows of graduations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from audit.timeline import day
from records.candidates.models import Candidate
from records.certificates import superseding
from records.certificates.kinds import title_of
from records.certificates.models import Certificate
from records.ledger.feed import has_read
from records.ledger.models import CreditChange
from scores.models import MarkRevision
from scores.reviews.models import ReviewRequest, ReviewStatus
from scores.reviews.wording import in_words

CREDIT = {
    CreditChange.Kind.ENTERED: gettext_lazy("记入学分"),
    CreditChange.Kind.CHANGED: gettext_lazy("学分保留，按新成绩计"),
    CreditChange.Kind.REVOKED: gettext_lazy("撤销学分"),
}


@dataclass(frozen=True)
class Consequence:
    """One line: what it is about, what became of it; ``is_done`` False while a follower is still at it."""

    title: Any
    text: str
    is_done: bool = True
    url: str = ""
    for_candidate: bool = True


@dataclass(frozen=True)
class Moved:
    """A confirmed change: the case, the step's event, what the ledger told with it, until when others follow from it."""

    case: ReviewRequest
    event: Event
    changes: list[CreditChange]
    until: dt.datetime | None

    def is_read_by(self, follower: str) -> bool:
        """Whether a follower of the feed has dealt with all of it."""
        return all(has_read(follower, change) for change in self.changes)

    def is_in_time(self, moment: dt.datetime) -> bool:
        """Whether something happened after this change and before the candidate's next one."""
        return self.event.at <= moment and (self.until is None or moment <= self.until)


Teller = Callable[[Moved], Iterable[Consequence]]
_TELLERS: list[Teller] = []


def tells(teller: Teller) -> Teller:
    """Register what another app's follower did with a change."""
    _TELLERS.append(teller)
    return teller


def working(title: Any, *, for_candidate: bool = True) -> Consequence:
    """A line for what a follower has not dealt with yet."""
    return Consequence(title, _("还在处理，几分钟后再看"), is_done=False, for_candidate=for_candidate)


def consequences_of(case: ReviewRequest) -> list[Consequence]:
    """Everything that came of the case, in the order in which it follows; nothing for a case that changed no mark."""
    moved = _moved(case) if case.status == ReviewStatus.CHANGED else None
    if moved is None:
        return []
    tellers = (_mark, _credit, _record, _certificates, *_TELLERS, _statistics)
    return [line for teller in tellers for line in teller(moved)]


def _moved(case: ReviewRequest) -> Moved | None:
    event = case.events.steps().filter(verb="confirm-change").last()
    if event is None:
        return None
    fed = CreditChange.objects.filter(candidate=case.candidate_id)
    later = fed.filter(transaction__gt=event.transaction).order_by("transaction", "pk").first()
    return Moved(case, event, list(fed.filter(transaction=event.transaction)), later.at if later else None)


def _mark(moved: Moved) -> list[Consequence]:
    words = {"before": in_words(moved.case.before), "after": in_words(moved.case.after)}
    return [Consequence(_("成绩"), _("%(before)s改为%(after)s") % words)]


def _credit(moved: Moved) -> list[Consequence]:
    told = [
        str(CREDIT[CreditChange.Kind(change.kind)]) for change in moved.changes if change.course_id == moved.case.mark.course_id
    ]
    return [Consequence(_("学分"), "；".join(told) or _("没有变化"))]


def _record(moved: Moved) -> list[Consequence]:
    """The record that the first credit opened in the same transaction."""
    events = Event.objects.filter(
        kind=Event.Kind.CHANGE,
        subject_table=Candidate._meta.db_table,
        subject_id=moved.case.candidate_id,
        transaction=moved.event.transaction,
        details__after__has_key="record_opened_on",
    )
    if not events.exists():
        return []
    number = Candidate.objects.values_list("record_number", flat=True).get(pk=moved.case.candidate_id)
    return [Consequence(_("考籍"), _("建立考籍，考籍号%(number)s") % {"number": number})]


def _certificates(moved: Moved) -> list[Consequence]:
    if not moved.is_read_by(superseding.FOLLOWER):
        return [working(_("证明"))]
    gone = Certificate.objects.filter(candidate=moved.case.candidate_id, superseded_at__gte=moved.event.at)
    lines = [
        Consequence(_("证明"), _("%(kind)s（%(number)s）已被替换") % {"kind": title_of(each.kind), "number": each.number})
        for each in gone.filter(issued_at__lte=moved.event.at).order_by("pk")
        if each.superseded_at and moved.is_in_time(each.superseded_at)
    ]
    return lines or [Consequence(_("证明"), _("没有受影响的证明"))]


def _statistics(moved: Moved) -> list[Consequence]:
    revisions = MarkRevision.objects.filter(case_table=moved.case._meta.db_table, case_id=moved.case.pk)
    counted = [revision.counted_at for revision in revisions]
    if not counted or None in counted:
        return [working(_("成绩统计"), for_candidate=False)]
    done = _("%(sitting)s的统计已按新成绩重算，%(day)s") % {
        "sitting": moved.case.mark.sitting,
        "day": day(max(filter(None, counted))),
    }
    return [Consequence(_("成绩统计"), done, for_candidate=False)]

"""The only way to change a mark that has been entered: by the decision of a case, what it was before kept beside it.

A published mark's credit follows in the same transaction, and everything else follows the ledger's feed. A decision that is taken
back leaves each of its marks as the other decisions make it, from the value with which the mark was entered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import Application
from audit.workflow import NotNow, Problem
from records.candidates.models import Candidate
from records.ledger import book
from scores.marks.crediting import ORIGIN, PASSED_MARKS, PASSING
from scores.models import Mark, MarkRevision, Publication, Sitting
from scores.publishing.previewing import refresh_preview
from scores.results import sheets
from scores.statistics.touching import refresh_soon

_CHANGED = PASSED_MARKS.format(origin_id="v.origin_id", chosen="true").replace(
    "FROM scores_mark m", "FROM unnest(%s::bigint[], %s::text[]) AS v(mark_id, origin_id) JOIN scores_mark m ON m.id = v.mark_id"
)


@dataclass(frozen=True)
class NewMark:
    """What a mark becomes: ``points`` (0 to 100, one decimal), ``grade`` or a flag alone; ``flag_reason`` names the decision."""

    mark_id: int
    points: Decimal | None = None
    grade: str = ""
    flag: str = Mark.Flag.NORMAL
    flag_reason: str = ""

    @classmethod
    def voided(cls, mark: Mark, flag: str, reason: str) -> Self:
        """The mark without points or grade, under this flag."""
        return cls(mark.pk, flag=flag, flag_reason=reason)

    @property
    def value(self) -> tuple[Decimal | None, str, str, str]:
        """Points, grade, flag and the flag's reason."""
        return self.points, self.grade, self.flag, self.flag_reason


@transaction.atomic
def change(news: Sequence[NewMark], *, because: str, case: Application) -> list[MarkRevision]:
    """Give marks new values by the decision of ``case``; one revision a mark, also where the value stays.

    NotNow: the credits of a publication that is just out are still being entered.
    """
    marks = _locked({new.mark_id for new in news})
    revisions = [revision(marks[new.mark_id], new, because, case, MarkRevision.Kind.DECISION) for new in news]
    return _carry_out(marks, revisions, because)


@transaction.atomic
def take_back(case: Application, *, because: str) -> list[MarkRevision]:
    """Take the decision of ``case`` off all marks that it changed: each is again what the decisions that stand make of it."""
    decisions = MarkRevision.objects.filter(
        case_table=case._meta.db_table, case_id=case.pk, kind=MarkRevision.Kind.DECISION, taken_back_at__isnull=True
    )
    marks = _locked(set(decisions.values_list("mark", flat=True)))
    decisions.update(taken_back_at=timezone.now())
    returns = [NewMark(pk, *_standing_value(mark)) for pk, mark in marks.items()]
    revisions = [revision(marks[new.mark_id], new, because, case, MarkRevision.Kind.RETURN) for new in returns]
    return _carry_out(marks, revisions, because)


def revisions_of(marks: Iterable[Mark]) -> dict[int, list[MarkRevision]]:
    """The changes of each mark, the first first."""
    found: dict[int, list[MarkRevision]] = {mark.pk: [] for mark in marks}
    for made in MarkRevision.objects.filter(mark__in=list(found)):
        found[made.mark_id].append(made)
    return found


def _standing_value(mark: Mark) -> tuple[Decimal | None, str, str, str]:
    """What the decisions in force make of the mark: the last of them, or the value with which it was entered."""
    decisions = list(mark.revisions.filter(kind=MarkRevision.Kind.DECISION))
    standing = [decision for decision in decisions if decision.taken_back_at is None]
    return standing[-1].after if standing else entered_value(decisions)


def entered_value(decisions: Sequence[MarkRevision]) -> tuple[Decimal | None, str, str, str]:
    """What the mark was when the first of the decisions that now bear on it found it; of all its decisions, the first first.

    A file that comes in while decisions stand begins anew (``batch``), and so does a decision where none was left standing.
    """
    return next(each.before for place, each in reversed(list(enumerate(decisions))) if _begins(each, decisions[:place]))


def _begins(decision: MarkRevision, earlier: Sequence[MarkRevision]) -> bool:
    if decision.batch_id is not None:
        return all(other.batch_id != decision.batch_id for other in earlier)
    return all(other.taken_back_at is not None and other.taken_back_at <= decision.made_at for other in earlier)


def _locked(mark_ids: Collection[int]) -> dict[int, Mark]:
    """The marks as they stand, locked, after their candidates; sittings with unpublished ones take no other step meanwhile."""
    chosen = Mark.registry.filter(pk__in=mark_ids)
    candidates = Candidate.objects.filter(pk__in=list(chosen.values_list("candidate", flat=True)))
    list(candidates.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    unpublished = chosen.filter(publication__published_at__isnull=True).values("sitting")
    list(Sitting.objects.filter(pk__in=list(unpublished.values_list("sitting", flat=True))).order_by("pk").select_for_update())
    marks = chosen.select_related("publication").select_for_update(of=("self",)).order_by("pk")
    found = {mark.pk: mark for mark in marks}
    if any(mark.publication.published_at and not mark.publication.credits_entered_at for mark in found.values()):
        text = _("刚公布的成绩还在记入学分。")
        raise NotNow([Problem("scores.credits-under-way", text, next_step=_("请等几分钟，公布办完以后再办。"))])
    return found


def revision(
    mark: Mark, new: NewMark, because: str, case: Application, kind: str, *, was_published: bool | None = None
) -> MarkRevision:
    """The line that keeps what ``mark`` was beside what it becomes; not saved. Default: published as its publication says."""
    return MarkRevision(
        mark=mark,
        kind=kind,
        points_before=mark.points,
        grade_before=mark.grade,
        flag_before=mark.flag,
        flag_reason_before=mark.flag_reason,
        points=new.points,
        grade=new.grade,
        flag=new.flag,
        flag_reason=new.flag_reason,
        because=because,
        case_table=case._meta.db_table,
        case_id=case.pk,
        was_published=mark.publication.published_at is not None if was_published is None else was_published,
    )


def write_as_entered(revisions: Sequence[MarkRevision], marks: Collection[Mark]) -> None:
    """For marks that a file is just bringing into a locked sitting: nothing follows from them yet but what entry does itself."""
    MarkRevision.objects.bulk_create(revisions)
    Mark.registry.bulk_update(marks, ["points", "grade", "flag", "flag_reason"])


def _carry_out(marks: dict[int, Mark], revisions: list[MarkRevision], because: str) -> list[MarkRevision]:
    MarkRevision.objects.bulk_create(revisions)
    for made in revisions:
        mark = marks[made.mark_id]
        mark.points, mark.grade, mark.flag, mark.flag_reason = made.after
    Mark.registry.bulk_update(marks.values(), ["points", "grade", "flag", "flag_reason"])
    _follow_in_ledger([made for made in revisions if made.was_published], because)
    for publication in Publication.objects.filter(pk__in={mark.publication_id for mark in marks.values()}):
        if publication.published_at is None:
            refresh_preview(publication)
    sheets.refresh({(mark.sitting_id, mark.candidate_id) for mark in marks.values()})
    if revisions:
        transaction.on_commit(refresh_soon)
    return revisions


def _follow_in_ledger(revisions: list[MarkRevision], because: str) -> None:
    """The new basis first, then the old one goes: between the two a course that stays passed is never without its credit."""
    changed = [made for made in revisions if made.before[:3] != made.after[:3]]
    if not changed:
        return
    ids = [made.mark_id for made in changed]
    book.enter_selected(_CHANGED, [ids, [str(made) for made in changed], *PASSING])
    earlier = MarkRevision.objects.filter(mark__in=ids).exclude(pk__in=[made.pk for made in changed])
    gone = {str(pk) for pk in ids} | {str(made) for made in earlier}
    book.revoke(ORIGIN, gone, because=because)

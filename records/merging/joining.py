"""Two records of one person become one: the one place that writes ``merged_into``."""

from __future__ import annotations

from django.db import OperationalError
from django.utils.translation import gettext as _

from audit.acting import acting
from audit.models import Event
from audit.workflow import NotNow, Problem
from records.candidates.models import Candidate
from records.ledger.feed import tell_of_correction
from records.merging.models import MergeRequest
from records.merging.moving import Pair, move_everything
from records.messages.telling import tell

FILLED_IN = (
    *("prior_education", "prior_major", "address", "postcode", "political_status", "occupation", "education"),
    *("household", "exam_area", "candidate_kind", "study_support", "ethnicity"),
)
TOGETHER = (("phone", "phone_hash", "phone_mask"), ("email", "email_mask"))


def join(case: MergeRequest, event: Event) -> None:
    """Everything of ``case.merged`` goes over to ``case.candidate``, in the transaction of the step; ``case.moved`` counts.

    Numbers, bases, decisions stay what they are; whoever follows the ledger is told, and the person too. ``NotNow`` when one of
    the two has become part of another record meanwhile, or somebody else is writing to them at this moment.
    """
    with acting(purpose=case.case_number):
        kept, merged = _locked(case)
        _take_over_the_number(kept, merged)
        _fill_in(kept, merged)
        assert event.actor is not None
        pair = Pair(merged.pk, kept.pk, event.actor, case.case_number)
        case.moved = move_everything(pair)
        merged.merged_into = kept
        merged.save(update_fields=["merged_into"])
    case.save(update_fields=["moved"])
    tell_of_correction(kept.pk)
    tell(kept.pk, "records-merged")


def _locked(case: MergeRequest) -> tuple[Candidate, Candidate]:
    """Both rows, held against everybody until the end; waiting for them could make two mergers wait for each other."""
    rows = Candidate.objects.select_for_update(of=("self",), nowait=True).order_by("pk")
    try:
        both = {row.pk: row for row in rows.filter(pk__in=(case.candidate_id, case.merged_id))}
    except OperationalError as busy:
        raise NotNow([Problem("merging.busy", _("这两份考籍正有别的事项在写入。"), next_step=_("请过一会儿再办。"))]) from busy
    if any(row.merged_into_id is not None for row in both.values()):
        raise NotNow([already_merged()])
    return both[case.candidate_id], both[case.merged_id]


def already_merged() -> Problem:
    """That one of the two is a part of another record by now."""
    next_step = _("请刷新后查看；还要合并的，按现在的考籍另行申请。")
    return Problem("merging.already-merged", _("两份考籍中有一份已经并入别的考籍。"), next_step=next_step)


def _take_over_the_number(kept: Candidate, merged: Candidate) -> None:
    """The record was opened on the earlier day; an only record number goes along, of two both lead to the person."""
    opened = [row.record_opened_on for row in (kept, merged) if row.record_opened_on is not None]
    kept.record_opened_on = min(opened, default=None)
    if kept.record_number is None and merged.record_number is not None:
        kept.record_number, merged.record_number = merged.record_number, None
        merged.save(update_fields=["record_number"])
    kept.save(update_fields=["record_number", "record_opened_on"])


def _fill_in(kept: Candidate, merged: Candidate) -> None:
    """What the kept record does not say and the merged one does; what it does say stays (corrections have their case)."""
    names = [name for name in FILLED_IN if not getattr(kept, name) and getattr(merged, name)]
    for first, *others in TOGETHER:
        names += [first, *others] if not getattr(kept, first) and getattr(merged, first) else []
    names += ["photo"] if kept.photo_id is None and merged.photo_id is not None else []
    names += ["additional_courses"] if kept.additional_courses is None and merged.additional_courses is not None else []
    for name in names:
        setattr(kept, name, getattr(merged, name))
    if names:
        kept.save(update_fields=names)

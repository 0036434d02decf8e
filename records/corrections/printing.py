"""The printed form of a correction (更改申请表): A4, from the case's data, with places for signatures and seals.

Identity numbers stand on it in full only where the clerk of the case's university or the named editor prints it; that is an event
of its own. Everybody else's print shows them masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit.reads import reads
from audit.trail import record_read
from records.corrections.fields import DATA, DocumentNumber, parted
from records.corrections.models import CorrectionRequest, CorrectionStatus
from records.corrections.views import visible_or_404
from records.corrections.workflow import CORRECTION
from records.people.identity import DocumentKind
from records.people.requests import SignedRequest


@dataclass(frozen=True)
class Line:
    """One datum of the form."""

    label: Any
    before: str
    after: str


@reads("print", "case")
@never_cache
@require_safe
def printed(request: SignedRequest, pk: int) -> HttpResponse:
    """The form of one case, ready to print."""
    case = visible_or_404(request, pk)
    in_full = sees_numbers(request, case)
    own = case.candidate_id == request.user.candidate_id
    if not own:
        record_read("print", case, candidate_id=case.candidate_id, purpose=case.case_number, numbers_in_full=in_full)
    context = {
        "skeleton": "candidate.html" if own else "staff.html",
        "case": case,
        "candidate": case.candidate,
        "document": _document(case, in_full),
        "lines": lines(case, in_full=in_full),
        "proofs": case.proofs.values_list("label", flat=True).distinct().order_by("label"),
        "steps": signatures(case),
        "in_full": in_full,
        "today": timezone.localdate(),
        "crumbs": [(_("考籍更改"), reverse("corrections:list")), (case.case_number, reverse("corrections:detail", args=[pk]))],
    }
    return render(request, "records/corrections/print.html", context)


def sees_numbers(request: SignedRequest, case: CorrectionRequest) -> bool:
    """Whether this person's print shows numbers in full: a clerk of the case's university, and the named editor at work."""
    if CORRECTION.steps["check"].is_in_reach_of(request.user, case):
        return case.status != CorrectionStatus.WITHDRAWN
    return case.status == CorrectionStatus.EDITOR and CORRECTION.steps["carry-out"].is_in_reach_of(request.user, case)


def lines(case: CorrectionRequest, *, in_full: bool) -> list[Line]:
    """Before and after of every datum."""
    changes = {change.field: change for change in case.changes.all()}
    found = [(key, changes[key]) for key in DATA if key in changes]
    return [
        Line(DATA[key].label, _whole(change.before), _whole(change.after))
        if in_full and isinstance(DATA[key], DocumentNumber)
        else Line(DATA[key].label, change.before_mask, change.after_mask)
        for key, change in found
    ]


def _whole(value: str) -> str:
    kind, number = parted(value)
    return f"{DocumentKind(kind).label if kind in DocumentKind.values else kind} {number}"


def _document(case: CorrectionRequest, in_full: bool) -> str:
    """The document that the record has now."""
    value = DATA["document"].read(case.candidate)
    return _whole(value) if in_full else DATA["document"].shown(value)


def signatures(case: CorrectionRequest) -> list[dict[str, Any]]:
    """The boxes of the form: whose word it is, and the step by which it was given (None where it is still to come)."""
    taken = {event.verb: event for event in case.events.steps().select_related("actor")}
    boxes = [
        (_("申请人签字"), ("submit", "lodge"), False),
        (_("主考院校核对意见（盖章）"), ("check",), True),
        (_("市自考办核定意见（盖章）"), ("verify", "refer"), True),
    ]
    if case.makes_another_person:
        boxes.append((_("市自考办负责人意见"), ("approve",), True))
    boxes.append((_("更改专人"), ("carry-out",), True))
    return [{"title": title, "event": _last(taken, verbs), "with_name": named} for title, verbs, named in boxes]


def _last(taken: dict[str, Any], verbs: tuple[str, ...]) -> Any:
    events = [taken[verb] for verb in verbs if verb in taken]
    return max(events, key=_moment, default=None)


def _moment(event: Any) -> Any:
    return event.at

"""The change note (更改记录单) that goes with every correction: what was changed, on which proof, by whose hands (K2, K3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from audit.models import Event
from records.archive.models import PaperItem
from records.archive.printing import contents_of
from records.corrections.fields import DATA
from records.corrections.models import CorrectionRequest
from records.corrections.workflow import CORRECTION


@dataclass(frozen=True)
class Change:
    """A datum with its old and new value, masked."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Hand:
    """A step of the case: what it was, who took it in which capacity, when, and the reason given."""

    step: str
    who: str
    office: str
    at: dt.datetime
    note: str


@dataclass(frozen=True)
class Note:
    """Everything that the printed note says; ``proof_place`` is the proof's place in the file's contents."""

    case: CorrectionRequest
    changes: list[Change]
    hands: list[Hand]
    proof: PaperItem | None
    proof_place: int | None


def note_of(case: CorrectionRequest) -> Note:
    """The note of a correction as the case and the trail tell it."""
    proof = PaperItem.objects.filter(correction=case, kind=PaperItem.Kind.PROOF).select_related("file", "filed_by").first()
    changes = [
        Change(str(DATA[change.field].label) if change.field in DATA else change.field, change.before_mask, change.after_mask)
        for change in case.changes.order_by("pk")
    ]
    hands = [_hand(case, event) for event in case.events.steps().select_related("actor")]
    return Note(case, changes, hands, proof, _place_of(proof))


def _place_of(proof: PaperItem | None) -> int | None:
    if proof is None:
        return None
    return next(entry.place for entry in contents_of(proof.file.items.order_by("pk")) if entry.paper.pk == proof.pk)


def _hand(case: CorrectionRequest, event: Event) -> Hand:
    step = CORRECTION.steps.get(event.verb)
    return Hand(
        str(step.label) if step else event.verb,
        str(event.actor or ""),
        str(case.words_of(event.capacity)),
        event.at,
        event.note,
    )

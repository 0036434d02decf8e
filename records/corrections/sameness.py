"""When a correction would make the record another person's (K2).

That is how records are sold: name, document and photo are changed together. So two or more of the marks by which a person is
known moving together need the word of the head. A number that only gets its right check character, or is upgraded from 15 to 18
digits, has not moved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils import timezone

from records.corrections.fields import parted
from records.people.identity import DocumentKind, is_old_resident_number, upgraded
from records.settings.values import value_of

if TYPE_CHECKING:
    from records.corrections.models import CorrectionRequest

MARKS = ("name", "document", "birth_date", "photo")
BEYOND_THE_UNIVERSITY = ("municipality", "head", "editor")
Moves = Mapping[str, tuple[str, str]]
"""What stood and what is to stand, by key of ``fields.DATA``."""


def makes_another_person(case: CorrectionRequest, *, on: dt.date | None = None) -> bool:
    """Whether at least ``correction.another_person_least`` marks move together (the rule since 2026-11-23).

    The marks of the candidate's other corrections count as well, those at the city and those carried out within
    ``correction.another_person_days``: whoever asks one by one asks for the same.
    """
    day = on or timezone.localdate()
    together = set(marks_moved(_moves(case), on=day))
    for other in _others(case, day):
        together |= marks_moved(_moves(other), on=day)
    mine = marks_moved(_moves(case), on=day)
    return bool(mine) and len(together) >= int(value_of("correction.another_person_least", on=day))


def marks_moved(moves: Moves, *, on: dt.date | None = None) -> frozenset[str]:
    """The marks that these changes move.

    With the setting ``correction.birth_date_in_number`` a number of which only the birth date's digits change, to the birth date
    that is asked for, moves together with it as one mark.
    """
    moved = {key for key in MARKS if key in moves and moves[key][0] != moves[key][1]}
    if "document" in moved and is_same_number(*moves["document"]):
        moved.remove("document")
    if (
        {"document", "birth_date"} <= moved
        and value_of("correction.birth_date_in_number", on=on)
        and follows_birth_date(*moves["document"], born=moves["birth_date"][1])
    ):
        moved.remove("document")
    return frozenset(moved)


def is_same_number(before: str, after: str) -> bool:
    """Whether two documents are the same: equal but for the check character, or one the other's upgrade to 18 digits."""
    (kind, old), (other_kind, new) = parted(before), parted(after)
    if kind != other_kind:
        return False
    return old == new or (kind == DocumentKind.RESIDENT and _seventeen(old) == _seventeen(new) and len(_seventeen(new)) == 17)


def is_upgrade(before: str, after: str) -> bool:
    """Whether a 15-digit resident number becomes its own 18 characters."""
    (kind, old), (other_kind, new) = parted(before), parted(after)
    return kind == other_kind == DocumentKind.RESIDENT and is_old_resident_number(kind, old) and upgraded(old) == new


def follows_birth_date(before: str, after: str, *, born: str) -> bool:
    """Whether of a resident number only the birth date's digits change, to ``born`` (ISO), and the check character with them."""
    (kind, old), (other_kind, new) = parted(before), parted(after)
    if kind != other_kind or kind != DocumentKind.RESIDENT:
        return False
    one, other = _seventeen(old), _seventeen(new)
    return one[:6] + one[14:] == other[:6] + other[14:] and other[6:14] == born.replace("-", "")


def _seventeen(number: str) -> str:
    """What a resident number says without its check character."""
    return upgraded(number)[:17] if is_old_resident_number(DocumentKind.RESIDENT, number) else number[:17]


def _moves(case: CorrectionRequest) -> Moves:
    return {change.field: (change.before, change.after) for change in case.changes.all()}


def _others(case: CorrectionRequest, day: dt.date) -> list[CorrectionRequest]:
    """The candidate's other corrections that count together with this one."""
    since = day - dt.timedelta(days=int(value_of("correction.another_person_days", on=day)))
    others = type(case)._base_manager.filter(candidate=case.candidate_id).exclude(pk=case.pk).prefetch_related("changes")
    under_way = others.filter(status__in=BEYOND_THE_UNIVERSITY)
    return [*under_way, *others.filter(status="done", status_since__date__gte=since)]

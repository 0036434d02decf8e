"""Whose tickets are printed together: by major and day of registration, or by numbers that somebody pasted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from records.candidates.models import Candidate, Registration, Ticket
from records.people.models import User
from records.photos.taking import managed_by

MOST = 20_000
MOST_PASTED = 5_000


@dataclass(frozen=True)
class Selection:
    """What a clerk asks for. ``numbers`` goes before everything else; ``with_photo`` leaves out who has none."""

    major_id: int | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    with_photo: bool = False
    numbers: tuple[str, ...] = field(default_factory=tuple)


def selected(selection: Selection, user: User) -> QuerySet[Candidate]:
    """The candidates of the person's university with a valid ticket whom the selection means, in the order of their numbers."""
    current = Ticket.objects.filter(is_current=True)
    if selection.numbers:
        current = current.filter(number__in=selection.numbers)
    people = managed_by(user).filter(tickets__in=current)
    if selection.with_photo:
        people = people.filter(photo__isnull=False)
    if not selection.numbers:
        people = people.filter(Exists(_registrations(selection)))
    return people.order_by("tickets__number")


def _registrations(selection: Selection) -> QuerySet[Registration]:
    wanted = Registration.objects.filter(candidate=OuterRef("pk"))
    if selection.major_id:
        wanted = wanted.filter(major=selection.major_id, closed_on__isnull=True)
    if selection.first_day:
        wanted = wanted.filter(registered_on__gte=selection.first_day)
    if selection.last_day:
        wanted = wanted.filter(registered_on__lte=selection.last_day)
    return wanted


def unknown(selection: Selection, user: User) -> list[str]:
    """The pasted numbers that are no valid ticket of a candidate of the person's university, in the order of the list."""
    if not selection.numbers:
        return []
    known = set(
        Ticket.objects.filter(
            number__in=selection.numbers, is_current=True, candidate__in=managed_by(user).values("pk")
        ).values_list("number", flat=True)
    )
    return [number for number in selection.numbers if number not in known]

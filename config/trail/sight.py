"""Who sees which events: everything for the city, the own office's for its head, of others' only that they happened.

A head's reach includes its candidates: that another office did or read something about one of them is the head's to know (when,
which office, which kind), what exactly and why is not.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from audit.models import Event, EventQuerySet
from records.candidates.models import Candidate
from records.people.models import User

TRAIL = "audit.read_trail"


def sees_everything(user: User) -> bool:
    """Whether no event is hidden from the person: the city's auditor and head."""
    return user.has_perm(TRAIL) and bool(user.reach.municipal)


def own_events(user: User) -> EventQuerySet:
    """The events that the person may read whole; none without the permission."""
    if not user.has_perm(TRAIL):
        return Event.objects.none()
    return Event.objects.all() if user.reach.municipal else Event.objects.filter(office_id__in=user.reach.office_ids)


def visible_events(user: User) -> EventQuerySet:
    """The events of which the person may know that they happened; ``sees_whole`` says how much of one may be shown."""
    if not user.has_perm(TRAIL) or user.reach.municipal:
        return own_events(user)
    about_own = Exists(Candidate.objects.visible_to(user).filter(pk=OuterRef("candidate_id")))
    return Event.objects.filter(Q(office_id__in=user.reach.office_ids) | Q(about_own))


def sees_whole(user: User, event: Event) -> bool:
    """Whether what exactly happened may be shown, to somebody who may know that it did."""
    return sees_everything(user) or event.office_id in user.reach.office_ids

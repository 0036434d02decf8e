"""Who heads an office now: those with the duty of a head in force there, deputies too, and the grant to represent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from guardian.models import UserObjectPermission

from records.offices.reach import REPRESENT
from records.people.models import Appointment

if TYPE_CHECKING:
    from records.people.models import User

APP, CODENAME = "records", "grant_access"
GRANT = f"{APP}.{CODENAME}"


def heads_at(office: Any) -> QuerySet[Appointment]:
    """The appointments of a head in force today at ``office`` (an id or an ``OuterRef``) of people who may act for it."""
    represents = UserObjectPermission.objects.filter(
        user=OuterRef("person"),
        permission__codename=REPRESENT,
        permission__content_type__model="office",
        object_pk=Cast(OuterRef("office"), CharField()),
    )
    headship = Appointment.objects.in_force(timezone.localdate()).filter(
        role__permissions__codename=CODENAME, role__permissions__content_type__app_label=APP
    )
    return headship.filter(Exists(represents), office=office, person__is_active=True)


def offices_headed_by(user: User) -> frozenset[int]:
    """The offices that this person heads today; no query for whoever has no such duty."""
    if not user.has_perm(GRANT):
        return frozenset()
    mine = heads_at(F("office")).filter(person=user.pk, office__in=user.reach.office_ids)
    return frozenset(mine.values_list("office_id", flat=True))

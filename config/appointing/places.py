"""Who belongs to which office: by guardian's grants on office rows, one for every member of staff."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from guardian.shortcuts import assign_perm, remove_perm

from records.offices.models import Office
from records.offices.reach import REPRESENT
from records.people.models import Appointment, OfficeGrant, User

GRANT = f"records.{REPRESENT}"


def grants() -> QuerySet[OfficeGrant]:
    """All rows that say whom a person represents."""
    return OfficeGrant.objects.filter(permission__codename=REPRESENT, permission__content_type__model="office")


def office_of(person: User) -> Office | None:
    """The one office that a person belongs to, whether the account is active or not; None for candidates and who has left."""
    keys = grants().filter(user=person).values_list("object_pk", flat=True)
    return Office.objects.filter(pk__in=[int(key) for key in keys]).order_by("pk").first()


def staff_of(office: Office) -> QuerySet[User]:
    """Everybody who belongs to the office now, deactivated accounts included."""
    return User.objects.filter(pk__in=grants().filter(object_pk=str(office.pk)).values("user"))


def belongs_nowhere() -> Q:
    """The condition on people who belong to no office now and are no candidates."""
    return Q(candidate__isnull=True) & Q(~Exists(grants().filter(user=OuterRef("pk"))))


def former_staff_of(office: Office) -> QuerySet[User]:
    """Those who had a duty at the office and belong to none now."""
    once = Appointment.objects.filter(person=OuterRef("pk"), office=office)
    return User.objects.filter(Q(Exists(once)) & belongs_nowhere())


def visible_to(user: User) -> QuerySet[User]:
    """The members of staff that a person may know of: those of the own office, now or once; for the municipal office all."""
    staff = User.objects.filter(candidate__isnull=True)
    if user.reach.municipal:
        return staff.filter(Exists(grants().filter(user=OuterRef("pk"))) | Exists(_had_a_duty()))
    keys = [str(pk) for pk in user.reach.office_ids]
    mine = Q(Exists(grants().filter(user=OuterRef("pk"), object_pk__in=keys)))
    once = Q(Exists(_had_a_duty().filter(office__in=user.reach.office_ids))) & belongs_nowhere()
    return staff.filter(mine | once)


def _had_a_duty() -> QuerySet[Appointment]:
    return Appointment.objects.filter(person=OuterRef("pk"))


def let_in(person: User, office: Office) -> None:
    """Give the grant on the office."""
    assign_perm(GRANT, person, office)


def let_out(person: User, office: Office) -> None:
    """Take the grant on the office."""
    remove_perm(GRANT, person, office)

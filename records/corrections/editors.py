"""The named editors (K2): who may be the one person that carries a correction out."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from guardian.models import UserObjectPermission

from records.offices.models import Office
from records.offices.reach import REPRESENT
from records.people.models import Appointment, User

CARRY_OUT = "carry_out_correction"


def editors_in_force() -> QuerySet[User]:
    """The active people of the city who hold the editor's duty today and still represent its office."""
    city = Office.objects.filter(kind=Office.Kind.MUNICIPALITY)
    appointed = Appointment.objects.in_force(timezone.localdate()).filter(
        office__in=city, role__permissions__codename=CARRY_OUT, role__permissions__content_type__app_label="records"
    )
    represents = UserObjectPermission.objects.filter(
        permission__codename=REPRESENT,
        content_type__in=ContentType.objects.filter(app_label="records", model="office"),
        object_pk__in=city.annotate(key=Cast("pk", CharField())).values("key"),
    )
    return User.objects.filter(is_active=True, pk__in=appointed.values("person")).filter(pk__in=represents.values("user"))

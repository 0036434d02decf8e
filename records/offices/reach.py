"""Where a person may act: the offices that the person represents by guardian grants, and the person's own record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import BigIntegerField
from django.db.models.functions import Cast
from guardian.models import UserObjectPermission

from records.offices.models import Office

if TYPE_CHECKING:
    from records.people.models import User

REPRESENT = "represent_office"


@dataclass(frozen=True)
class Reach:
    """The ids of the represented offices by kind, and of the person's own record when the person is a candidate."""

    municipal: frozenset[int] = frozenset()
    universities: frozenset[int] = frozenset()
    districts: frozenset[int] = frozenset()
    candidate_id: int | None = None

    @property
    def office_ids(self) -> frozenset[int]:
        return self.municipal | self.universities | self.districts

    @property
    def is_staff(self) -> bool:
        return bool(self.office_ids)


def reach_of(user: User) -> Reach:
    """Read the grants of ``user`` (one query). Inactive people reach nothing, superusers only what is granted to them."""
    if not user.is_active:
        return Reach()
    granted = UserObjectPermission.objects.filter(
        user=user, permission__codename=REPRESENT, permission__content_type__model="office"
    ).values(office=Cast("object_pk", BigIntegerField()))
    ids: dict[str, set[int]] = {kind: set() for kind in Office.Kind.values}
    for pk, kind in Office.objects.filter(pk__in=granted).values_list("pk", "kind"):
        ids[kind].add(pk)
    return Reach(
        municipal=frozenset(ids[Office.Kind.MUNICIPALITY]),
        universities=frozenset(ids[Office.Kind.UNIVERSITY]),
        districts=frozenset(ids[Office.Kind.DISTRICT]),
        candidate_id=user.candidate_id,
    )

"""Which sitting a page is about, and who may see it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from records.people.requests import SignedRequest
from scores.models import Sitting, SittingRegistration

READ = "records.read_record"
SIT = "scores.import_registrations"


def sitting_or_404(request: SignedRequest, name: str) -> Sitting:
    """The sitting: for the municipal office, and for whom a registration of it is visible; others find nothing.

    A sitting of which only marks are there is none for anybody outside the office: they may not know of them.
    """
    sitting = get_object_or_404(Sitting, name=name)
    seen = SittingRegistration.objects.visible_to(request.user).filter(sitting=sitting)
    if not (request.user.reach.municipal or seen.exists()):
        raise Http404(name)
    if not request.user.has_perm(READ):
        raise PermissionDenied(READ)
    return sitting


def desk_sitting_or_404(request: SignedRequest, name: str) -> Sitting:
    """The sitting for those of the municipal office who look after registrations and marks (O3)."""
    if not request.user.reach.municipal:
        raise Http404(name)
    if not request.user.has_perm(SIT):
        raise PermissionDenied(SIT)
    return get_object_or_404(Sitting, name=name)

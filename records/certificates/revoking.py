"""Revoking a certificate: the head's alone, with a reason; nothing brings it back."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.acting import acting, current
from audit.models import Event
from audit.workflow import NotNow, Problem, Refused
from records.certificates.models import Certificate
from records.people.identity import mentions_a_number
from records.people.models import User

REVOKE = "records.revoke_certificate"
LONGEST = 200


def may_revoke(user: User, certificate: Certificate) -> bool:
    """Whether the person is the head of the office that issued it, or of the city."""
    return user.has_perm(REVOKE) and (user.reach.municipal != frozenset() or certificate.office.represented_by(user))


def revoke(certificate: Certificate, reason: str, *, by: User) -> None:
    """Take the certificate back for good.

    Raises ``PermissionDenied``, ``Refused`` without a reason or with a person's number in it, ``NotNow`` for one revoked before.
    """
    if not may_revoke(by, certificate):
        raise PermissionDenied(REVOKE)
    reason = reason.strip()
    _require(reason)
    with transaction.atomic(), acting(purpose=reason):
        standing = Certificate.objects.filter(pk=certificate.pk, revoked_at__isnull=True)
        if not standing.update(revoked_at=timezone.now(), revoked_by=by, revoked_because=reason):
            raise NotNow([Problem("certificate.revoked-already", _("这份证明已经撤销。"))])
        Event.objects.create(
            kind=Event.Kind.STEP,
            verb="revoke-certificate",
            subject_table=Certificate._meta.db_table,
            subject_id=certificate.pk,
            candidate_id=certificate.candidate_id,
            note=reason,
            **current().columns(),
        )


def _require(reason: str) -> None:
    if not reason:
        raise Refused([Problem("certificate.reason-missing", _("撤销要写明原因。"))])
    if len(reason) > LONGEST:
        raise Refused([Problem("certificate.reason-too-long", _("撤销原因请写在200字以内。"))])
    if mentions_a_number(reason):
        raise Refused([Problem("certificate.reason-names-a-number", _("原因里不要写证件号码或手机号码。"))])

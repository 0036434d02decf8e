"""What a requester prepares before anyone else sees it. Writing a draft is no step; moving is the workflow's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.workflow import NotNow, Problem
from records.access.models import AccessRecord, AccessRequest, AccessStatus

if TYPE_CHECKING:
    from records.people.models import User


@dataclass(frozen=True)
class Contents:
    """What a form of a request holds: ``named`` is candidate's id → number as typed, ``query`` as the model keeps it."""

    purpose: str
    days: int = 1
    named: dict[int, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    urgent_reason: str = ""


@transaction.atomic
def draft(requester: User, contents: Contents) -> AccessRequest:
    """A new draft of this member of an office; raises ``ValueError`` for somebody who belongs to none."""
    if requester.office_id is None:
        raise ValueError(requester.pk)
    case = AccessRequest(requester=requester, office_id=requester.office_id)
    return _write(case, contents)


@transaction.atomic
def redraft(case: AccessRequest, contents: Contents) -> AccessRequest:
    """Change a draft; raises ``NotNow`` once it has left the requester."""
    case = AccessRequest.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.status != AccessStatus.DRAFT:
        raise NotNow([Problem("step.moved-on", _("本件已提交，不能再改。请刷新后查看现在的状态。"))])
    return _write(case, contents)


def _write(case: AccessRequest, contents: Contents) -> AccessRequest:
    case.purpose, case.days = contents.purpose, contents.days
    case.query, case.urgent_reason = contents.query, contents.urgent_reason
    case.save()
    case.records.exclude(candidate__in=contents.named).delete()
    known = set(case.records.values_list("candidate_id", flat=True))
    AccessRecord.objects.bulk_create(
        AccessRecord(request=case, candidate_id=pk, number=number) for pk, number in contents.named.items() if pk not in known
    )
    case.refresh_from_db()
    return case

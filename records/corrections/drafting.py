"""What is prepared before the university holds the case: what is to change, why, with which proofs. Creating is no step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.workflow import NotNow, Problem
from records.candidates.models import Candidate
from records.corrections.fields import DATA
from records.corrections.models import (
    CorrectionChange,
    CorrectionKind,
    CorrectionProof,
    CorrectionRequest,
    CorrectionStatus,
)
from records.documents.models import Document
from records.people.models import User

WITH_THE_CANDIDATE = (CorrectionStatus.DRAFT, CorrectionStatus.RETURNED)
ENDED = (CorrectionStatus.DONE, CorrectionStatus.REFUSED, CorrectionStatus.WITHDRAWN)


@dataclass(frozen=True)
class Contents:
    """What a form of a correction holds: the new values by datum, the reason, the proofs under the labels of the kind."""

    values: Mapping[str, str]
    reason: str
    proofs: Sequence[tuple[str, Document]]


def open_case(candidate: Candidate, kind: CorrectionKind) -> CorrectionRequest | None:
    """The candidate's correction of this kind (of whatever version) that is not ended."""
    cases: list[CorrectionRequest] = list(
        CorrectionRequest.objects.filter(candidate=candidate, kind__code=kind.code).exclude(status__in=ENDED)[:1]
    )
    return cases[0] if cases else None


@transaction.atomic
def draft(candidate: Candidate, kind: CorrectionKind, contents: Contents, *, by: User) -> CorrectionRequest:
    """A new draft at the managing university; the one that is open already where there is one, left as it is.

    ``by`` is the candidate, or a clerk of the university with the candidate at the counter.
    """
    candidate = Candidate.objects.select_for_update(of=("self",)).select_related("photo").get(pk=candidate.pk)
    already = open_case(candidate, kind)
    if already is not None:
        return already
    case = CorrectionRequest(
        candidate=candidate,
        university_id=candidate.managing_university_id,
        kind=kind,
        started_by=by,
        started_by_office=by.candidate_id != candidate.pk,
    )
    return _write(case, contents)


@transaction.atomic
def complete(case: CorrectionRequest, contents: Contents) -> CorrectionRequest:
    """Change a draft or a returned case; what stands now is read anew. Raises ``NotNow`` once an office holds it."""
    cases = CorrectionRequest.objects.select_for_update(of=("self",)).select_related("candidate__photo", "kind")
    locked: CorrectionRequest = cases.get(pk=case.pk)
    if locked.status not in WITH_THE_CANDIDATE:
        raise NotNow([Problem("step.moved-on", _("本件已提交，不能再改。请刷新后查看现在的状态。"))])
    return _write(locked, contents)


def _write(case: CorrectionRequest, contents: Contents) -> CorrectionRequest:
    case.reason, case.original_seen, case.editor = contents.reason, None, None
    case.save()
    case.changes.all().delete()
    case.proofs.all().delete()
    CorrectionChange.objects.bulk_create(_change(case, key, value) for key, value in contents.values.items())
    CorrectionProof.objects.bulk_create(
        CorrectionProof(request=case, document=document, label=label) for label, document in dict.fromkeys(contents.proofs)
    )
    return case


def _change(case: CorrectionRequest, key: str, value: str) -> CorrectionChange:
    datum = DATA[key]
    before = datum.read(case.candidate)
    return CorrectionChange(
        request=case,
        field=key,
        before=before,
        after=value,
        before_mask=datum.shown(before)[:300],
        after_mask=datum.shown(value)[:300],
    )

"""What a clerk prepares before the city holds the case: which two records, which one stays, the grounds, the proofs."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem
from records.candidates.models import Candidate
from records.documents.models import Document
from records.merging.models import MergeProof, MergeRequest, MergeStatus
from records.offices.models import Office
from records.people.models import User
from records.registration.models import ProbableDuplicate

WITH_THE_UNIVERSITY = (MergeStatus.DRAFT, MergeStatus.RETURNED)
ENDED = (MergeStatus.DONE, MergeStatus.REFUSED, MergeStatus.WITHDRAWN)


@transaction.atomic
def begin(first: Candidate, second: Candidate, university: Office, *, by: User) -> MergeRequest:
    """A draft about the two; the open case where there is one, whoever began it.

    The record that was opened stays, of two the earlier one, of none the one registered first; the clerk may turn it round.
    What somebody wrote who found the two to be one person stands as the grounds, to be completed.
    """
    both = Candidate.objects.select_for_update(of=("self",)).filter(pk__in=(first.pk, second.pk)).order_by("pk")
    kept, merged = sorted(both, key=_seniority)
    case: MergeRequest
    for case in MergeRequest.objects.filter(merged__in=both).exclude(status__in=ENDED).order_by("pk"):
        if {case.candidate_id, case.merged_id} == {kept.pk, merged.pk}:
            return case
    grounds = _remember_the_finding(kept, merged, by)
    return MergeRequest.objects.create(candidate=kept, merged=merged, university=university, started_by=by, grounds=grounds)


def _seniority(candidate: Candidate) -> tuple[bool, str, int]:
    return candidate.record_opened_on is None, str(candidate.record_opened_on or ""), candidate.pk


def _remember_the_finding(kept: Candidate, merged: Candidate, by: User) -> str:
    """A question whether the two are one person counts as answered, also if the city says no later: that stands in the case.

    Returns on what grounds they were found to be one; empty if nobody found that.
    """
    first, second = sorted((kept.pk, merged.pk))
    asked = ProbableDuplicate.objects.filter(first=first, second=second)
    same = ProbableDuplicate.Finding.SAME
    asked.filter(finding=ProbableDuplicate.Finding.OPEN).update(finding=same, found_by=by, decided_at=timezone.now())
    return asked.filter(finding=same).values_list("grounds", flat=True).first() or ""


@transaction.atomic
def complete(case: MergeRequest, *, kept: int, grounds: str, documents: Sequence[Document]) -> MergeRequest:
    """Change a draft or a returned case; ``kept`` is the id of the record that is to stay. ``NotNow`` once the city holds it."""
    locked: MergeRequest = MergeRequest.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if locked.status not in WITH_THE_UNIVERSITY:
        raise NotNow([Problem("step.moved-on", _("本件已上报，不能再改。请刷新后查看现在的状态。"))])
    if kept == locked.merged_id:
        locked.candidate_id, locked.merged_id = locked.merged_id, locked.candidate_id
    locked.grounds = grounds
    locked.save()
    locked.proofs.all().delete()
    MergeProof.objects.bulk_create(MergeProof(request=locked, document=document) for document in dict.fromkeys(documents))
    return locked

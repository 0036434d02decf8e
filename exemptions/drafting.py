"""What a candidate prepares before anyone else sees it: credentials and drafts. Creating is no step; moving is the workflow's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.workflow import NotNow, Problem
from exemptions.choosing import open_course_ids
from exemptions.models import Credential, ExemptionApplication, Submission
from records.candidates.models import Candidate, Registration
from records.documents.models import Document

WITH_THE_CANDIDATE = ("draft", "returned")
FREE = (*WITH_THE_CANDIDATE, "withdrawn")


@transaction.atomic
def keep_credential(candidate: Candidate, facts: dict[str, Any], documents: Iterable[Document]) -> Credential:
    """The credential with these facts (kind, number, issuer, issued_on, score), entered once however often the form is sent.

    One of the same kind and number that no office holds is brought up to date; otherwise a new one is entered.
    """
    _lock(candidate)
    same = Credential.objects.filter(candidate=candidate, kind=facts["kind"], number=facts["number"]).order_by("-pk")
    credential = next((known for known in same if _is_free(known)), None) or Credential(candidate=candidate)
    return _write(credential, facts, documents)


@transaction.atomic
def complete(case: ExemptionApplication, facts: dict[str, Any], documents: Iterable[Document], reason: str) -> None:
    """Change the credential and the reason of a draft or a returned case.

    If another case with an office or decided stands on the same credential, that one keeps it as it was, this one gets a copy.
    Raises ``NotNow`` when the case is not with the candidate any more.
    """
    _lock(case.candidate)
    case = ExemptionApplication.objects.select_for_update(of=("self",)).select_related("credential").get(pk=case.pk)
    if case.status not in WITH_THE_CANDIDATE:
        raise NotNow([Problem("step.moved-on", _("本件已提交，不能再改。请刷新后查看现在的状态。"))])
    credential = case.credential
    if not _is_free(credential, besides=case.pk):
        credential = Credential(candidate=case.candidate)
    case.credential = _write(credential, facts, documents)
    case.reason = reason
    case.save(update_fields=["credential", "reason"])


@transaction.atomic
def draft(
    credential: Credential, registration: Registration, course_ids: Collection[int], reason: str
) -> list[ExemptionApplication]:
    """One draft for each of the courses, bundled in a submission; courses already asked for are left out."""
    _lock(credential.candidate)
    asked = set(open_course_ids(credential.candidate_id))
    wanted = [pk for pk in course_ids if pk not in asked]
    if not wanted:
        return []
    submission = Submission.objects.create(candidate=credential.candidate)
    return [
        ExemptionApplication.objects.create(
            candidate=credential.candidate,
            university=registration.university,
            submission=submission,
            credential=credential,
            course_id=course,
            major=registration.major,
            reason=reason,
        )
        for course in wanted
    ]


def _lock(candidate: Candidate) -> None:
    """What one candidate sends twice at once is done one after the other."""
    Candidate.objects.select_for_update().only("pk").get(pk=candidate.pk)


def _is_free(credential: Credential, besides: int | None = None) -> bool:
    """Whether no case with an office, or decided, stands on this credential."""
    others = credential.applications.exclude(status__in=FREE)
    return not (others if besides is None else others.exclude(pk=besides)).exists()


def _write(credential: Credential, facts: dict[str, Any], documents: Iterable[Document]) -> Credential:
    for name, value in facts.items():
        setattr(credential, name, value)
    credential.save()
    credential.documents.set(documents)
    return credential

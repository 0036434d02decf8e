"""How a photo comes into a record that has none: from a clerk at once, from the candidate after a clerk's eyes.

Every door locks the candidate's row, so that of two photos at the same moment one counts. Another photo in the place of one that
counts is a correction (``records/corrections``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.workflow import NotNow, Problem
from records.candidates.models import Candidate
from records.documents.keeping import keep
from records.documents.models import Document
from records.messages.telling import tell
from records.people.models import User
from records.photos.models import PhotoSubmission

REGISTER = "records.register_candidate"
Decision = PhotoSubmission.Decision
REASONS: Mapping[str, Any] = {
    "face": gettext_lazy("面部不清楚，或被头发、帽子、眼镜反光遮住"),
    "pose": gettext_lazy("不是正面免冠半身照"),
    "recent": gettext_lazy("与本人现在的样子相差太大，请交近期照片"),
    "edited": gettext_lazy("修饰过度，或背景是涂改的"),
    "other-person": gettext_lazy("不是考生本人"),
}
"""What a clerk says of a photo; the candidate reads it in these words."""


def managed_by(user: User) -> QuerySet[Candidate]:
    """The candidates whose photos the person's university takes: those that it manages."""
    return Candidate.objects.filter(managing_university__in=user.reach.universities, merged_into__isnull=True)


def waiting_for(user: User) -> QuerySet[PhotoSubmission]:
    """What lies before the clerks of the person's university, the oldest first."""
    mine = PhotoSubmission.objects.filter(decision=Decision.WAITING, candidate__in=managed_by(user))
    return mine.select_related("candidate", "document").order_by("at", "pk")


def keep_photo(picture: bytes, *, candidate_id: int, by: User) -> Document:
    """Keep the picture of a good verdict as a document; it counts for nothing yet."""
    return keep(SimpleUploadedFile("照片.jpg", picture, "image/jpeg"), candidate_id=candidate_id, by=by)


@transaction.atomic
def hand_in(candidate: Candidate, document: Document, *, by: User) -> PhotoSubmission:
    """The candidate hands a photo in; it waits for a clerk. Raises ``NotNow`` where there is one already, or one waits."""
    if by.candidate_id != candidate.pk:
        raise PermissionDenied("photos.own")
    _locked_without_photo(candidate.pk)
    if PhotoSubmission.objects.filter(candidate=candidate, decision=Decision.WAITING).exists():
        raise NotNow([Problem("photo.waits", _("您已经交了一张照片，正在审核。请等审核结果。"))])
    return PhotoSubmission.objects.create(candidate=candidate, document=document)


@transaction.atomic
def take_in(candidate: Candidate, document: Document, *, by: User) -> PhotoSubmission:
    """A clerk brings a photo in; it counts at once, and a photo that waited goes out. Raises ``NotNow`` where there is one."""
    _require_clerk(by, candidate)
    _locked_without_photo(candidate.pk)
    waiting = PhotoSubmission.objects.select_for_update().filter(candidate=candidate, decision=Decision.WAITING)
    for submission in waiting:
        _decide(submission, Decision.REFUSED, by, str(_("已由主考院校采集照片")))
    _count(candidate.pk, document)
    return PhotoSubmission.objects.create(
        candidate=candidate, document=document, decision=Decision.ACCEPTED, decided_by=by, decided_at=timezone.now()
    )


@transaction.atomic
def accept(submission: PhotoSubmission, *, by: User) -> None:
    """The clerk has seen it: from now on it is the record's photo; the candidate is told."""
    submission = _locked(submission, by)
    _count(submission.candidate_id, submission.document)
    _decide(submission, Decision.ACCEPTED, by, "")
    tell(submission.candidate_id, "photo-accepted", url=reverse("photos:own"))


@transaction.atomic
def refuse(submission: PhotoSubmission, reason: str, *, by: User) -> None:
    """The photo goes back with ``reason`` in words; the candidate is told and may hand in another."""
    submission = _locked(submission, by)
    _decide(submission, Decision.REFUSED, by, reason)
    tell(submission.candidate_id, "photo-refused", url=reverse("photos:own"))


def _locked(submission: PhotoSubmission, by: User) -> PhotoSubmission:
    """The row locked behind its candidate's, still undecided; raises ``PermissionDenied`` or ``NotNow``."""
    _require_clerk(by, submission.candidate)
    _locked_without_photo(submission.candidate_id)
    mine = PhotoSubmission.objects.select_for_update(of=("self",)).select_related("document").get(pk=submission.pk)
    if mine.decision != Decision.WAITING:
        raise NotNow([Problem("photo.decided", _("这张照片已经审核过了。"))])
    return mine


def _locked_without_photo(candidate_id: int) -> None:
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=candidate_id)
    if candidate.merged_into_id is not None:
        raise NotNow([Problem("photo.merged", _("这份考籍已并入另一份，照片交到保留的那份。"))])
    if candidate.photo_id is not None:
        text = _("考籍里已有照片。要换照片，请办理“照片更换”。")
        raise NotNow([Problem("photo.there-is-one", text)])


def _count(candidate_id: int, document: Document) -> None:
    """The first photo of a record, never another in its place."""
    Candidate.objects.filter(pk=candidate_id, photo__isnull=True).update(photo=document)


def _decide(submission: PhotoSubmission, decision: str, by: User, reason: str) -> None:
    submission.decision, submission.reason = decision, reason
    submission.decided_by, submission.decided_at = by, timezone.now()
    submission.save(update_fields=["decision", "reason", "decided_by", "decided_at"])


def _require_clerk(by: User, candidate: Candidate) -> None:
    if not by.has_perm(REGISTER) or candidate.managing_university_id not in by.reach.universities:
        raise PermissionDenied(REGISTER)

"""Who may look at the paper archive and who may work in it; what is out of reach is not there."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from records.archive.keeping import KEEP, may_keep
from records.archive.models import PaperFile, PaperItem
from records.offices.models import Office
from records.people.requests import SignedRequest

READ = "records.read_record"


def require_looker(request: SignedRequest) -> None:
    """Raises ``PermissionDenied`` for whoever may neither read records nor keep paper files."""
    if not (request.user.has_perm(READ) or request.user.has_perm(KEEP)):
        raise PermissionDenied(READ)


def university_of(request: SignedRequest) -> Office:
    """The university whose paper files the person keeps; raises ``PermissionDenied`` where there is none."""
    university = Office.objects.filter(pk__in=request.user.reach.universities).order_by("pk").first()
    if university is None or not may_keep(request.user, university.pk):
        raise PermissionDenied(KEEP)
    return university


def file_or_404(request: SignedRequest, pk: int) -> PaperFile:
    """The file: missing for who is out of reach, forbidden for who may not look."""
    files = PaperFile.objects.visible_to(request.user).select_related("candidate", "university", "handed_to")
    file = get_object_or_404(files, pk=pk)
    require_looker(request)
    return file


def paper_or_404(request: SignedRequest, pk: int) -> PaperItem:
    """The paper, under the same conditions as its file."""
    papers = PaperItem.objects.select_related("file__candidate", "file__university", "file__handed_to", "correction", "filed_by")
    paper = papers.filter(pk=pk, file__in=PaperFile.objects.visible_to(request.user)).first()
    if paper is None:
        raise Http404(pk)
    require_looker(request)
    return paper


def purpose() -> str:
    """What the archive is read for, as the trail keeps it."""
    return _("管理纸质档案")


def context_of(request: SignedRequest, **more: Any) -> dict[str, Any]:
    """What the pages of the archive have in common."""
    return {"may_keep": bool(request.user.reach.universities) and request.user.has_perm(KEEP), **more}

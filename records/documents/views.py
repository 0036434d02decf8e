"""The one way to an uploaded proof: asked for authority every time, logged unless it is one's own, sent so as to be harmless."""

from __future__ import annotations

import re
import uuid

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.reads import reads
from audit.trail import record_read
from records.documents.inspection import PDF
from records.documents.models import Document
from records.lookups import counting
from records.people.requests import SignedRequest

CASE_NUMBER = re.compile(r"[\u4e00-\u9fff]\d{4}-\d{5,}")
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@reads("document")
@require_safe
def open_document(request: SignedRequest, key: uuid.UUID) -> FileResponse:
    """The file itself: pictures in the window, PDF as a download (a sandboxed window shows none). ``?for=`` names the case."""
    document = get_object_or_404(Document.objects.visible_to(request.user), key=key)
    if document.candidate_id == request.user.candidate_id:
        counting.count(counting.DOCUMENT)
    else:
        if not request.user.has_perm("records.read_record"):
            raise PermissionDenied("records.read_record")
        record_read("document", document, candidate_id=document.candidate_id, purpose=_purpose(request))
    try:
        file = document.path.open("rb")
    except FileNotFoundError as gone:
        raise Http404(str(key)) from gone
    as_attachment = document.content_type == PDF.content_type
    return FileResponse(
        file, as_attachment=as_attachment, filename=document.name, content_type=document.content_type, headers=HARMLESS
    )


def _purpose(request: SignedRequest) -> str:
    named = request.GET.get("for", "")
    return named if CASE_NUMBER.fullmatch(named) else _("查阅材料")

"""What the pages about photos have in common: the verdict as a list of points, and the upload that waits to be confirmed.

Between the upload and the confirmation the photo's key lies in the session, never in an address: nobody confirms a file that was
not measured just before.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from records.candidates.models import Candidate
from records.documents.models import Document
from records.people.models import User
from records.photos.checking import examine_upload, measured
from records.photos.findings import Finding, Verdict
from records.photos.forms import PhotoForm
from records.photos.taking import keep_photo

CHOSEN = "photos-chosen"
MOST_CHOSEN = 20


def rules_of(findings: list[Finding]) -> list[dict[str, Any]]:
    """The points as ``components/_rules.html`` draws them: faults first."""
    ordered = sorted(findings, key=_is_good)
    return [
        {
            "verdict": finding.word,
            "sentence": _("%(label)s：%(measured)s") % {"label": finding.label, "measured": finding.measured},
            "source": "",
            "why": _("要求%(expected)s。%(advice)s") % {"expected": finding.expected, "advice": finding.advice},
        }
        for finding in ordered
    ]


def _is_good(finding: Finding) -> bool:
    return finding.is_good


def uploaded(request: HttpRequest, form: PhotoForm, candidate: Candidate, by: User) -> Verdict:
    """Measure what the form brought; a good photo is kept and remembered until it is confirmed."""
    verdict = examine_upload(form.upload)
    if verdict.is_good:
        document = keep_photo(verdict.picture, candidate_id=candidate.pk, by=by)
        others = [pair for pair in request.session.get(CHOSEN, []) if pair[0] != candidate.pk]
        request.session[CHOSEN] = [*others, [candidate.pk, str(document.key)]][-MOST_CHOSEN:]
    return verdict


def chosen(request: HttpRequest, candidate: Candidate, by: User) -> Document | None:
    """The photo of this candidate that this person uploaded in this session and has not confirmed."""
    keys = [uuid.UUID(key) for pk, key in request.session.get(CHOSEN, []) if pk == candidate.pk]
    return Document.objects.filter(key__in=keys, candidate=candidate, uploaded_by=by).first()


def forget(request: HttpRequest, candidate: Candidate) -> None:
    """The upload is confirmed, or another is to be made."""
    request.session[CHOSEN] = [pair for pair in request.session.get(CHOSEN, []) if pair[0] != candidate.pk]


def measures_of(document: Document) -> list[dict[str, Any]]:
    """What was measured of a kept photo; [] when its file is gone."""
    try:
        return rules_of(list(measured(document.path.read_bytes()).findings))
    except FileNotFoundError:
        return []

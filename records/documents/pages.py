"""How a page lists uploaded proofs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.timeline import day
from records.documents.inspection import KINDS
from records.documents.models import Document


@dataclass(frozen=True)
class Listed:
    """A proof as ``components/_docs.html`` draws it."""

    title: str
    url: str
    line: str
    verdict: str = ""


def listed(documents: Iterable[Document], case_number: str = "") -> list[Listed]:
    """The proofs with links that name the case for which they are opened."""
    return [Listed(document.name, url_of(document, case_number), _line(document)) for document in documents]


def url_of(document: Document, case_number: str = "") -> str:
    """The address of the file; the case stands in it as the purpose of opening it."""
    url = reverse("documents:open", args=[document.key])
    return f"{url}?{urlencode({'for': case_number})}" if case_number else url


def _line(document: Document) -> str:
    """PDF · 412 KB · 10月28日上传 · SHA-256 9f31…c07e."""
    word = next((kind.word for kind in KINDS if kind.content_type == document.content_type), document.content_type)
    uploaded = _("%(day)s上传") % {"day": day(document.uploaded_at)}
    return " · ".join([word, filesizeformat(document.size), uploaded, f"SHA-256 {document.sha256[:4]}…{document.sha256[-4:]}"])

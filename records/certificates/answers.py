"""How a certificate's file leaves the portal."""

from __future__ import annotations

from django.http import HttpResponse

from records.certificates.models import Certificate


def pdf_answer(certificate: Certificate, content: bytes) -> HttpResponse:
    """The file under its number, never kept by anything on the way."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{certificate.number}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer

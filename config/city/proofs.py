"""Invented proofs: a page that says of itself that it is one."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from records.documents.keeping import keep
from records.documents.models import Document
from records.people.models import User

_HEAD = b"%PDF-1.4\n"
_PAGE = b"""<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R
   /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"""


def proof(candidate_id: int, by: User, title: str, lines: tuple[str, ...], *, city_only: bool = False) -> Document:
    """Keep a PDF of one page with these lines (ASCII) as a proof of the candidate; ``title`` is the file's name."""
    upload = SimpleUploadedFile(f"{title}.pdf", page(("SPECIMEN - INVENTED", *lines)), content_type="application/pdf")
    return keep(upload, candidate_id=candidate_id, by=by, city_only=city_only)


def page(lines: tuple[str, ...]) -> bytes:
    """A PDF of one A4 page with these lines; ASCII without parentheses or backslashes."""
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    content = f"BT /F1 18 Tf 28 TL 72 740 Td {shown} ET".encode("ascii")
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    )
    written, places = _HEAD, []
    for number, body in enumerate(bodies, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(places) + 1)
    return written + b"xref\n0 %d\n0000000000 65535 f \n%s%sstartxref\n%d\n%%%%EOF\n" % (
        len(places) + 1,
        table,
        trailer,
        len(written),
    )

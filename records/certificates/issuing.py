"""Issuing a certificate: what it says, its number, the signed file and the row in one transaction; and handing the file out.

Asking again while nothing has changed gives the certificate that is there. The candidate's row is locked meanwhile, as the ledger
does, so that a certificate never says what was overtaken while it was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.acting import current
from audit.trail import record_read
from records.candidates.models import Candidate
from records.certificates import filing, numbering
from records.certificates.glyphs import MissingGlyphs
from records.certificates.kinds import Choice, Facts, Kind, digest, kind_of, title_of
from records.certificates.models import Certificate, CertificatePrint
from records.certificates.signing import sign
from records.certificates.stopping import note_stop
from records.certificates.typesetting import qr_code, typeset
from records.certificates.wording import day
from records.jobs.models import Job
from records.offices.models import Office
from records.people.models import User

VERIFY = "verify"
KEYWORD = "kaoji:"
"""In the file's metadata, before number and code: by it a file is known again whose bytes were changed."""


def issue(
    candidate: Candidate,
    kind: str,
    *,
    office: Office,
    by: User | None,
    choice: Mapping[str, Any] | None = None,
    job: Job | None = None,
) -> Certificate:
    """The certificate of ``kind`` that ``office`` issues: the one in force if it still says the truth, else a new one.

    ``choice`` is ``{"courses": [codes]}`` or nothing; ``by`` is None for a machine. Raises ``Refused`` where there is nothing to
    certify, ``MissingGlyphs`` for a name that the font lacks (staff find it in the register of rare names), ``PermissionDenied``.
    """
    entry = kind_of(kind)
    require_issuer(by, entry, candidate, office)
    try:
        with transaction.atomic():
            return _issued(candidate.pk, entry, office, by, _tidy(entry, choice), job)
    except MissingGlyphs as missing:
        note_stop(candidate, missing)
        raise


def require_issuer(by: User | None, kind: Kind, candidate: Candidate, office: Office) -> None:
    """Raises ``PermissionDenied`` for whoever may not: candidates fetch their own, staff what their office issues."""
    if by is None:
        return
    if by.candidate_id is not None:
        is_allowed = by.candidate_id == candidate.pk and kind.is_fetched_alone
    else:
        is_allowed = kind.may_be_issued_by(by) and office.represented_by(by)
    if not is_allowed:
        raise PermissionDenied(kind.slug)


def _tidy(kind: Kind, choice: Mapping[str, Any] | None) -> Choice:
    """The courses chosen, each once and in order, so that the same choice is the same certificate."""
    courses = sorted(set((choice or {}).get("courses", [])))
    return {"courses": courses} if courses and kind.chooses_courses else {}


def _issued(pk: int, kind: Kind, office: Office, by: User | None, choice: Choice, job: Job | None) -> Certificate:
    candidate = Candidate.objects.select_for_update(of=("self",), no_key=True).select_related("managing_university").get(pk=pk)
    facts = kind.facts(candidate, choice)
    same = Certificate.objects.in_force().filter(candidate=pk, kind=kind.slug, choice=choice, office=office)
    standing = same.select_for_update(of=("self",)).order_by("-pk").first()
    if standing is not None and standing.facts_hash == digest(facts) and standing.path.exists():
        return standing
    certificate = Certificate(
        number=numbering.next_number(timezone.localdate()),
        code=numbering.new_code(),
        candidate=candidate,
        office=office,
        kind=kind.slug,
        choice=choice,
        facts=facts,
        facts_hash=digest(facts),
        issued_by=by,
        job=job,
    )
    _file(certificate, kind)
    certificate.save()
    if standing is not None:
        supersede(standing, reasons(kind, standing.facts, facts), replaced_by=certificate)
    return certificate


def reasons(kind: Kind, was: Facts, now: Facts) -> str:
    """Why one set of facts is not the other, in words."""
    return "；".join(str(reason) for reason in kind.differing(was, now)) or _("重新出具")


def supersede(certificate: Certificate, because: str, *, replaced_by: Certificate | None = None) -> None:
    """Take a certificate out of force; the caller has locked it. One that is out of force already stays as it is."""
    Certificate.objects.in_force().filter(pk=certificate.pk).update(
        superseded_at=timezone.now(), superseded_because=because[:200], replaced_by=replaced_by
    )


def _file(certificate: Certificate, kind: Kind) -> None:
    """Set, sign and write the file."""
    pdf = sign(typeset(kind.template, content_of(certificate, kind)), reason=str(title_of(kind.slug)))
    certificate.sha256, certificate.size = hashlib.sha256(pdf).hexdigest(), len(pdf)
    filing.write(certificate.path, pdf)


def content_of(certificate: Certificate, kind: Kind) -> dict[str, Any]:
    """Everything that the template draws."""
    issued_on = day(timezone.localdate().isoformat())
    return kind.paper(certificate.facts) | {
        "title": str(kind.title),
        "number": certificate.number,
        "keywords": [KEYWORD + certificate.number + ":" + certificate.code],
        "under": [_("高等教育自学考试"), _("编号：%(number)s") % {"number": certificate.number}],
        "verification": {
            "qr": qr_code(address_of(certificate)),
            "code": numbering.shown(certificate.code),
            "words": _("扫码，或在%(address)s输入姓名和编号，或上传本文件，可查本证明现行、已被替换、已撤销。")
            % {"address": settings.PUBLIC_ADDRESS + reverse(VERIFY)},
        },
        "issuer": {"office": seal_lines(certificate.office), "date": issued_on},
    }


def seal_lines(office: Office) -> list[str]:
    """The office as it stands within the seal position, line by line."""
    return [office.name, _("自学考试办公室")] if office.kind == Office.Kind.UNIVERSITY else [office.name]


def address_of(certificate: Certificate) -> str:
    """What the QR code holds: the page that verifies this certificate. Number and code, nothing of the person."""
    return f"{settings.PUBLIC_ADDRESS}{reverse(VERIFY)}?{urlencode({'n': certificate.number, 'c': certificate.code})}"


def take_file(certificate: Certificate, *, by: User | None) -> bytes:
    """The signed file, to print or to keep: noted as a print, and of staff as a read for the purpose in force.

    Raises ``FileNotFoundError`` where the file is lost.
    """
    content = certificate.path.read_bytes()
    with transaction.atomic():
        CertificatePrint.objects.create(certificate=certificate, by=by)
        if by is not None and by.candidate_id is None:
            purpose = current().purpose or _("打印证明%(number)s") % {"number": certificate.number}
            record_read("certificate", certificate, candidate_id=certificate.candidate_id, purpose=purpose)
    return content

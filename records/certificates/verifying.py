"""Verification without an account (L7): what is true of a certificate now, and of what it says no more than is needed.

Three ways in: name with number or code, number with code (the QR code), the file itself. The record itself is asked whenever a
certificate is found in force, so that nothing is called 现行 which the feed's follower has not come to yet. A wrong name, a wrong
number and a number that never was give one and the same answer after one and the same statement.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.certificates.issuing import KEYWORD
from records.certificates.kinds import kind_of, kinds
from records.certificates.models import Certificate
from records.certificates.numbering import CODE_LENGTH, typed
from records.certificates.superseding import why_stale
from records.certificates.verdicts import State, verify_signature
from records.certificates.wording import day, labelled, last_four, shortened
from records.lookups.record_number import is_called

NAMES = JSONBAgg(JSONObject(id="pk", name=KT("facts__name")), order_by="pk")
"""One row whatever is found, so that a number that exists is not fetched while one that does not is not."""
NOBODYS = {"id": 0, "name": ""}
MARKED = re.compile(re.escape(KEYWORD.encode()) + rb"(\d{4,40}):([0-9A-Z]{%d})" % CODE_LENGTH)


class Finding(models.TextChoices):
    """The four answers."""

    IN_FORCE = "in-force", gettext_lazy("现行")
    SUPERSEDED = "superseded", gettext_lazy("已被替换")
    REVOKED = "revoked", gettext_lazy("已撤销")
    UNKNOWN = "unknown", gettext_lazy("查无此证")


@dataclass(frozen=True)
class Answer:
    """One of the four, a line that explains it, and of a certificate that exists what it says, masked."""

    finding: Finding
    line: str
    title: Any = ""
    facts: list[tuple[Any, Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)

    @property
    def word(self) -> Any:
        """The answer in a word of the table of states."""
        return self.finding.label


def by_name(name: str, number: str) -> Answer:
    """By the name that stands on the certificate and its number, or its code, however typed."""
    asked = typed(number)
    rows = Certificate.objects.filter(Q(number=asked) | Q(code=asked)).aggregate(rows=NAMES)["rows"] or [NOBODYS]
    if not is_called(rows[0]["name"] or "", name) or not rows[0]["id"]:
        return unknown()
    return answer_for(_with_office().get(pk=rows[0]["id"]))


def by_code(number: str, code: str) -> Answer:
    """By what the QR code holds: both must be of one certificate."""
    found = _with_office().filter(number=typed(number), code=typed(code)).first()
    return unknown() if found is None else answer_for(found)


def by_file(content: bytes) -> Answer:
    """By the file: it is the one that was issued, byte for byte, or it is not genuine; a changed copy is told so."""
    found = _with_office().filter(sha256=hashlib.sha256(content).hexdigest()).first()
    if found is not None:
        return answer_for(found)
    is_altered = _is_marked_as_ours(content) or verify_signature(content).state is State.ALTERED
    return Answer(Finding.UNKNOWN, _altered() if is_altered else _foreign())


def _is_marked_as_ours(content: bytes) -> bool:
    """Whether number and code in the file's metadata are a certificate's; both, so that nobody learns which numbers exist."""
    marks = MARKED.findall(content)[:4]
    pairs = [Q(number=number.decode(), code=code.decode()) for number, code in marks] or [Q(number="", code="")]
    wanted = pairs[0]
    for pair in pairs[1:]:
        wanted |= pair
    return Certificate.objects.filter(wanted).exists()


def _altered() -> str:
    return _("这个文件不是出具时的原样：带有本系统出具证明的标记，但内容已经改动，请不要采信。原件请凭姓名和编号，或扫码查验。")


def _foreign() -> str:
    return _("本系统没有出具过这个文件。纸质件的照片或扫描件不能用文件查验，请凭姓名和编号，或扫码查验。")


def unknown() -> Answer:
    """The one answer for whatever does not fit together."""
    return Answer(Finding.UNKNOWN, _("没有与所填内容相符的证明。请核对姓名和编号；仍查不到的，请不要采信，并向出具单位询问。"))


def _with_office() -> models.QuerySet[Certificate]:
    rows: models.QuerySet[Certificate] = Certificate.objects.select_related("office")
    return rows


def answer_for(certificate: Certificate) -> Answer:
    """What is true of the certificate now."""
    finding, line = _standing(certificate)
    said = _said(certificate)
    return Answer(finding, line, said["title"], _head(certificate), said["tables"])


def _standing(certificate: Certificate) -> tuple[Finding, str]:
    if certificate.revoked_at is not None:
        words = _("%(day)s由出具单位撤销，不再有效。撤销原因请向出具单位询问。")
        return Finding.REVOKED, words % {"day": _day(certificate.revoked_at)}
    if certificate.superseded_at is not None:
        words = _("%(day)s起不再有效，原因：%(because)s。请向本人索取新出具的证明。")
        told = {"day": _day(certificate.superseded_at), "because": certificate.superseded_because}
        return Finding.SUPERSEDED, words % told
    because = why_stale(certificate) if certificate.kind in kinds() else ""
    if because:
        return Finding.SUPERSEDED, _("与考籍现状不符，不再有效，原因：%(because)s。请向本人索取新出具的证明。") % {
            "because": because
        }
    return Finding.IN_FORCE, _("与考籍现状一致。")


def _day(moment: Any) -> str:
    return day(timezone.localdate(moment).isoformat())


def _said(certificate: Certificate) -> dict[str, Any]:
    """What it is called, and its tables; the numbers of the person stay where they are."""
    if certificate.kind not in kinds():
        return {"title": certificate.kind, "tables": []}
    kind = kind_of(certificate.kind)
    return {"title": kind.title, "tables": labelled(kind.said(certificate.facts))}


def _head(certificate: Certificate) -> list[tuple[Any, Any]]:
    facts = certificate.facts
    return [
        (_("证明编号"), certificate.number),
        (_("出具单位"), certificate.office.title),
        (_("出具日期"), _day(certificate.issued_at)),
        (_("姓名"), shortened(facts.get("name", ""))),
        (_("证件号码"), last_four(facts.get("identity", ""))),
    ]

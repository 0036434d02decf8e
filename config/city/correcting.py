"""Corrections at every desk: asked for with proofs, checked, verified and carried out by those whose duty it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.workflow import Refused
from config.city.applicants import Applicant, Staff
from config.city.chance import Dice
from config.city.identities import another_number
from config.city.proofs import proof
from records.corrections.drafting import Contents, draft
from records.corrections.models import CorrectionKind, CorrectionRequest, CorrectionStatus
from records.corrections.workflow import CORRECTION
from records.people.identity import DocumentKind

Status = CorrectionStatus
CHECKED = ("submit", "check")
WAYS: dict[str, tuple[str, ...]] = {
    Status.UNIVERSITY: ("submit",),
    Status.MUNICIPALITY: CHECKED,
    Status.EDITOR: (*CHECKED, "verify"),
    Status.DONE: (*CHECKED, "verify", "carry-out"),
    Status.HEAD: (*CHECKED, "refer"),
    Status.RETURNED: ("submit", "return"),
    Status.REFUSED: (*CHECKED, "refuse"),
    Status.WITHDRAWN: ("submit", "withdraw"),
    Status.DRAFT: (),
}
DUTIES = {"check": "U3", "return": "U3", "verify": "OV", "refer": "OV", "refuse": "OV", "carry-out": "OE"}
NOTES = {
    "return": _("缺户口簿本人页，请补齐后带原件来。"),
    "refuse": _("所交证明与要更改的内容不符，请到出具机关核实。"),
}
REASON = _("登记时填写有误，按有效证件更正。")
ORDINARY = ("other", "ethnicity")
OTHER_GROUPS = ("11", "15", "03", "08")  # Manchu, Tujia, Hui, Zhuang by GB/T 3304


def make_case(applicant: Applicant, status: str, staff: Staff) -> CorrectionRequest | None:
    """Bring a correction of the applicant to this status; None when the rules leave no way to it.

    The head is asked where name and number move together: then there are two cases, the first of them with the verifier.
    """
    dice = Dice(applicant.number)
    try:
        with transaction.atomic():
            if status != Status.HEAD:
                return _moved(applicant, dice.pick(ORDINARY), WAYS[status], staff)
            if applicant.candidate.document_kind != DocumentKind.RESIDENT:
                return None
            _moved(applicant, "name-correction", CHECKED, staff)
            return _moved(applicant, "document-number", WAYS[status], staff)
    except Refused:
        return None


def _moved(applicant: Applicant, code: str, way: tuple[str, ...], staff: Staff) -> CorrectionRequest:
    kind = CorrectionKind.objects.in_force(timezone.localdate()).get(code=code)
    contents = Contents(_values(applicant, code), str(REASON), _proofs(applicant, kind))
    case = draft(applicant.candidate, kind, contents, by=applicant.person)
    for step in way:
        actor = staff.on_duty(DUTIES.get(step, ""), applicant)
        CORRECTION.take(step, case, by=actor, note=str(NOTES.get(step, "")), facts=_facts(step, staff))
    case.refresh_from_db()
    return case


def _values(applicant: Applicant, code: str) -> Mapping[str, str]:
    """What is to stand there instead of what stands there now."""
    candidate = applicant.candidate
    if code == "name-correction":
        return {"name": candidate.name[:-1] + ("昕" if candidate.name[-1] != "昕" else "欣")}
    if code == "document-number":
        return {"document": f"{DocumentKind.RESIDENT.value}:{another_number(candidate.identity_number)}"}
    if code == "ethnicity":
        return {"ethnicity": next(group for group in OTHER_GROUPS if group != candidate.ethnicity)}
    return {"political_status": "中共党员" if candidate.political_status != "中共党员" else "群众"}


def _proofs(applicant: Applicant, kind: CorrectionKind) -> list[tuple[str, Any]]:
    """One invented page for every proof that the kind cannot do without."""
    labels = [each["label"] for each in kind.proofs if each["compulsory"]]
    marks = [f"{kind.code.upper()} {number}" for number in range(len(labels))]
    return [
        (label, proof(applicant.candidate.pk, applicant.person, label, (mark,)))
        for label, mark in zip(labels, marks, strict=True)
    ]


def _facts(step: str, staff: Staff) -> dict[str, Any] | None:
    if step == "check":
        return {"original_seen": True}
    return {"editor": staff.people["oe"]} if step in ("verify", "refer") else None

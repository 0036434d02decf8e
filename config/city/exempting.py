"""Exemption cases at every desk: asked for, checked and decided through the one door by those whose duty it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.workflow import Refused, Status
from config.city.applicants import Applicant, Staff
from config.city.chance import Dice
from config.city.proofs import proof
from exemptions.basis import codes_of, is_listed, rows_for
from exemptions.choosing import choices_for, courses_of
from exemptions.drafting import draft, keep_credential
from exemptions.models import Credential, ExemptionApplication
from exemptions.workflow import EXEMPTION
from records.candidates.models import Candidate
from records.catalogue.models import Course

Kind = Credential.Kind

WAYS: dict[str, tuple[str, ...]] = {
    Status.DRAFT: (),
    Status.UNIVERSITY: ("submit",),
    Status.RETURNED: ("submit", "return"),
    Status.MUNICIPALITY: ("submit", "recommend"),
    Status.GRANTED: ("submit", "recommend", "grant"),
    Status.REFUSED: ("submit", "recommend", "refuse"),
    Status.WITHDRAWN: ("submit", "withdraw"),
}
DUTIES = {"recommend": "U4", "return": "U4", "grant": "O4", "refuse": "O4"}
NOTES = {
    "return": _("上传的证书看不清编号，请重新扫描后提交。"),
    "refuse": _("凭据与所申请的课程要求不同，不符合免考规定。"),
}
CREDENTIALS = (Kind.CET4, Kind.NCRE, Kind.PETS3, Kind.DIPLOMA_BACHELOR, Kind.DIPLOMA_ASSOCIATE)
LAST_RESORT = Kind.SELF_STUDY  # about which a person decides: possible for any course
ISSUERS = {
    Kind.CET4: "教育部教育考试院",
    Kind.PETS3: "教育部教育考试院",
    Kind.NCRE: "教育部教育考试院",
    Kind.DIPLOMA_BACHELOR: "示例师范大学",
    Kind.DIPLOMA_ASSOCIATE: "示例职业技术学院",
    Kind.SELF_STUDY: "外省自学考试委员会",
}


def make_case(applicant: Applicant, status: str, staff: Staff, place: int = 0) -> ExemptionApplication | None:
    """Bring a case of the applicant to this status; None when the rules leave no course or no way to it.

    ``place`` (below ten) tells the cases of one applicant apart.
    """
    number = applicant.number * 10 + place
    dice = Dice(number)
    first = dice.below(len(CREDENTIALS))
    for kind in (*CREDENTIALS[first:], *CREDENTIALS[:first], LAST_RESORT):
        facts = _facts(kind, number, dice)
        courses = _courses(applicant, facts)
        if courses:
            return _moved(applicant, facts, dice.pick(courses), status, staff)
    return None


def _courses(applicant: Applicant, facts: dict[str, Any]) -> Sequence[Course]:
    """Courses for which nothing stands against an exemption by such a credential, looked up anew."""
    credential = Credential(candidate=Candidate.objects.get(pk=applicant.candidate.pk), **facts)
    level = applicant.registration.major.level
    named = set(codes_of(rows_for(credential, level, timezone.localdate())))
    if is_listed(facts["kind"]) and not named & {course.code for course in courses_of(applicant.registration)}:
        return []
    choices = choices_for(credential, applicant.registration)
    return [choice.course for choice in choices if choice.is_open and not choice.with_theory]


def _moved(applicant: Applicant, facts: dict[str, Any], course: Course, status: str, staff: Staff) -> ExemptionApplication | None:
    try:
        with transaction.atomic():
            title = str(Kind(facts["kind"]).label)
            document = proof(applicant.candidate.pk, applicant.person, title, (facts["kind"].upper(), facts["number"]))
            credential = keep_credential(applicant.candidate, facts, [document])
            (case,) = draft(credential, applicant.registration, [course.pk], "")
            for step in WAYS[status]:
                EXEMPTION.take(step, case, by=staff.on_duty(DUTIES.get(step, ""), applicant), note=str(NOTES.get(step, "")))
    except Refused:
        return None
    case.refresh_from_db()
    return case


def _facts(kind: Kind, number: int, dice: Dice) -> dict[str, Any]:
    """What stands on the credential; numbers by the usual length of its kind."""
    scored = kind == Kind.CET4
    length = 15 if scored else 17 if kind in (Kind.DIPLOMA_BACHELOR, Kind.DIPLOMA_ASSOCIATE) else 12
    return {
        "kind": kind.value,
        "number": f"{9_000_000_000 + number:0<{length}}"[:length],
        "issuer": ISSUERS[kind],
        "issued_on": dt.date(2019 + dice.below(6), 1 + dice.below(12), 1 + dice.below(28)),
        "score": Decimal(430 + dice.below(200)) if scored else None,
    }

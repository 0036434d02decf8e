"""One record whole: the numbers, the seven kinds of information that it holds, and the credits; for pages and commands.

Identity and phone numbers only masked; marks only published ones. ``as_json`` is the answer of ``show_record`` (FORMATS).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from audit.workflow import Status
from exemptions.models import ExemptionApplication
from graduation.models import Diploma, GraduationApplication
from records.candidates.models import Candidate, Registration
from records.catalogue.models import Course
from records.ledger.models import Source
from records.ledger.reading import credits_of
from records.penalties.models import Penalty
from records.people.ethnicity import ethnic_group
from scores.models import Mark

EMPTY: list[dict[str, Any]] = []
CREDIT_MEMBERS = ("course", "credits", "source", "mark", "on")


@dataclass(frozen=True)
class Record:
    """The seven kinds, each a list of plain dictionaries but ``personal``, which is one; marks are Decimals or grades."""

    numbers: dict[str, str | None]
    state: str
    personal: dict[str, Any]
    marks: list[dict[str, Any]]
    violations: list[dict[str, Any]]
    transfers: list[dict[str, Any]]
    receptions: list[dict[str, Any]]
    exemptions: list[dict[str, Any]]
    graduations: list[dict[str, Any]]
    credits: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """With dates as ISO text and marks as numbers; of a credit what the contract names."""
        answer = {key: _plain(value) for key, value in asdict(self).items()}
        answer["credits"] = [{key: line[key] for key in CREDIT_MEMBERS} for line in answer["credits"]]
        return answer


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value


def seven_kinds(candidate: Candidate) -> Record:
    """Gather the record of one candidate; the number of queries does not depend on what it holds."""
    credit_lines = _credits(candidate)
    return Record(
        numbers={
            "record": candidate.record_number,
            "ticket": candidate.ticket_number or None,
            "registration": candidate.registration_number,
        },
        state=_state(candidate, has_credits=bool(credit_lines)),
        personal=_personal(candidate),
        marks=_marks(candidate),
        violations=_violations(candidate),
        transfers=EMPTY,
        receptions=[line for line in credit_lines if line["source"] == Source.TRANSFER],
        exemptions=_exemptions(candidate),
        graduations=_graduations(candidate),
        credits=credit_lines,
    )


def _state(candidate: Candidate, *, has_credits: bool) -> str:
    """``registered`` (no record yet), ``open``, or ``empty`` (opened, but no credit stands any more)."""
    if candidate.record_opened_on is None and not candidate.record_number:
        return "registered"
    return "open" if has_credits else "empty"


def _personal(candidate: Candidate) -> dict[str, Any]:
    registrations = candidate.registrations.select_related("major", "university").order_by("registered_on", "pk")
    return {
        "name": candidate.name,
        "sex": candidate.get_sex_display(),
        "ethnicity": ethnic_group(candidate.ethnicity),
        "document": candidate.get_document_kind_display(),
        "identity": candidate.identity_mask,
        "birth_date": candidate.birth_date,
        "phone": candidate.phone_mask,
        "address": candidate.address,
        "postcode": candidate.postcode,
        "household": candidate.household,
        "political_status": candidate.political_status,
        "occupation": candidate.occupation,
        "education": candidate.education,
        "exam_area": candidate.exam_area,
        "candidate_kind": candidate.candidate_kind,
        "study_support": candidate.study_support,
        "managing_university": candidate.managing_university.code,
        "prior_education": candidate.prior_education,
        "prior_major": candidate.prior_major,
        "additional_courses": candidate.additional_courses,
        "record_opened_on": candidate.record_opened_on,
        "majors": [
            {
                "code": each.major.code,
                "name": each.major.name,
                "university": each.university.code,
                "university_name": each.university.name,
                "registered_on": each.registered_on,
                "closed_on": each.closed_on,
                "proof": _proof_in_words(each),
            }
            for each in registrations
        ],
    }


def _proof_in_words(registration: Registration) -> str:
    """What was shown for a restricted major (入学限制); "" where nothing was."""
    if registration.proof_checked_at is None:
        return ""
    return registration.proof_noted or _("已上传证明材料")


def _marks(candidate: Candidate) -> list[dict[str, Any]]:
    marks = Mark.objects.filter(candidate=candidate).select_related("sitting", "course").order_by("sitting__name", "course__code")
    return [
        {
            "sitting": mark.sitting.name,
            "course": mark.course.code,
            "name": mark.course.name,
            "mark": mark.grade or mark.points,
            "flag": mark.flag,
            "practical": mark.practical,
            "on": mark.sitting.last_day,
        }
        for mark in marks
    ]


def _violations(candidate: Candidate) -> list[dict[str, Any]]:
    penalties = Penalty.objects.filter(candidate=candidate).order_by("starts_on", "pk")
    return [
        {
            "penalty": penalty.get_kind_display(),
            "decision": penalty.decision,
            "from": penalty.starts_on,
            "to": penalty.ends_on,
            "revoked": penalty.revoked_at is not None,
        }
        for penalty in penalties
    ]


def _exemptions(candidate: Candidate) -> list[dict[str, Any]]:
    cases = (
        ExemptionApplication.objects.filter(candidate=candidate)
        .exclude(status="draft")
        .select_related("course", "credential")
        .order_by("pk")
    )
    return [
        {
            "number": case.case_number,
            "course": case.course.code,
            "credential": case.credential.get_kind_display(),
            "status": case.status,
            "since": case.status_since,
        }
        for case in cases
    ]


def _graduations(candidate: Candidate) -> list[dict[str, Any]]:
    cases = (
        GraduationApplication.objects.filter(candidate=candidate).exclude(status="draft").select_related("major").order_by("pk")
    )
    diplomas = {each.application_id: each for each in Diploma.objects.filter(candidate=candidate, application__isnull=False)}
    return _earlier_graduations(candidate) + [
        {
            "number": case.case_number,
            "major": case.major.code,
            "name": case.major.name,
            "term": case.term,
            "status": case.status,
            "since": case.status_since,
            "diploma": diplomas[case.pk].number if case.pk in diplomas else None,
        }
        for case in cases
    ]


def _earlier_graduations(candidate: Candidate) -> list[dict[str, Any]]:
    """Diplomas taken over from before Kaoji, which have no case."""
    diplomas = Diploma.objects.filter(candidate=candidate, application__isnull=True).select_related("major")
    return [
        {
            "number": "",
            "major": each.major.code,
            "name": each.major.name,
            "term": f"{each.graduated_on:%Y-%m}",
            "status": Status.GRANTED.value,
            "since": each.issued_at,
            "diploma": each.number,
        }
        for each in diplomas.order_by("graduated_on", "pk")
    ]


def _credits(candidate: Candidate) -> list[dict[str, Any]]:
    held = credits_of([candidate.pk])[candidate.pk]
    known = Course.objects.in_bulk([each.course for each in held], field_name="code")
    return [
        {
            "course": each.course,
            "name": known[each.course].name,
            "credits": known[each.course].credits,
            "source": each.source,
            "mark": each.mark,
            "on": each.on,
        }
        for each in held
    ]

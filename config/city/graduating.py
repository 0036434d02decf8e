"""Graduation applications at every desk, granted ones with their diplomas, through the one door."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.workflow import Refused, Status
from config.city.applicants import Applicant, Staff
from graduation.auditing import audit_one
from graduation.models import GraduationApplication
from graduation.terms import upcoming_terms
from graduation.workflow import GRADUATION

WAYS: dict[str, tuple[str, ...]] = {
    Status.DRAFT: (),
    Status.UNIVERSITY: ("submit",),
    Status.RETURNED: ("submit", "return"),
    Status.MUNICIPALITY: ("submit", "verify", "recommend"),
    Status.GRANTED: ("submit", "verify", "recommend", "grant"),
    Status.REFUSED: ("submit", "verify", "recommend", "refuse"),
    Status.WITHDRAWN: ("submit", "withdraw"),
}
DUTIES = {"verify": "U7", "recommend": "U7", "return": "U7", "grant": "O6", "refuse": "O6"}
NOTES = {
    "return": _("毕业生登记表缺思想品德鉴定意见，请补交。"),
    "refuse": _("前置学历经复核与证书不符，条件具备后可以重新申请。"),
}
SELF_ASSESSMENT = _(
    "报考以来，我利用业余时间学完了计划规定的全部课程，养成了自己安排学习的习惯。"
    "工作中我把学到的知识用到实际问题上，遵守考试纪律和社会公德，尊重老师和同学。"
    "今后我会继续学习，认真工作。"
)


def make_case(applicant: Applicant, status: str, staff: Staff) -> GraduationApplication | None:
    """Bring an application of the applicant to this status; None when the rules leave no way to it."""
    answer = audit_one(applicant.candidate, applicant.registration.major)
    if not answer.plan_complete:
        return None
    try:
        with transaction.atomic():
            case = GraduationApplication.objects.create(
                candidate=applicant.candidate,
                university=applicant.registration.university,
                major=answer.major,
                plan=answer.plan,
                term=upcoming_terms(timezone.localdate())[0],
                self_assessment=str(SELF_ASSESSMENT),
                notice_read_at=timezone.now(),
            )
            for step in WAYS[status]:
                actor = staff.on_duty(DUTIES.get(step, ""), applicant)
                facts = _verified(case) if step == "verify" else None
                GRADUATION.take(step, case, by=actor, note=str(NOTES.get(step, "")), facts=facts)
    except Refused:
        return None
    case.refresh_from_db()
    return case


def _verified(case: GraduationApplication) -> dict[str, Any]:
    """What the university found when it looked at the originals."""
    needs_diploma = bool(case.plan.prior_diploma)
    return {
        "appraisal": GraduationApplication.Appraisal.PASSED.value,
        "identity_confirmed": True,
        "photo_confirmed": True,
        "prior_diploma_verified": True if needs_diploma else None,
        "prior_diploma_how": str(_("学信网在线验证报告")) if needs_diploma else "",
    }

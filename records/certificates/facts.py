"""What the hub's own kinds of certificate say of a candidate: who it is, which courses count, for what the person registered.

Facts are plain JSON: days as ISO text, marks and credits as text, the identity number masked. They hold nothing that changes by
itself (no age, no day of printing), so that the same record always gives the same facts.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from audit.workflow import Problem, Refused
from records.candidates.models import Candidate
from records.catalogue.models import Course
from records.certificates.kinds import Choice, Facts
from records.certificates.wording import plain
from records.ledger.models import Source
from records.ledger.reading import Held, credits_of

EXAMINED = (Source.EXAM, Source.PRACTICAL)


def person_of(candidate: Candidate) -> Facts:
    """Who the candidate is, and the numbers that stand on every certificate."""
    return {
        "name": candidate.name,
        "sex": str(candidate.get_sex_display()),
        "birth_date": candidate.birth_date.isoformat(),
        "document": str(candidate.get_document_kind_display()),
        "identity": candidate.identity_mask,
        "record_number": candidate.record_number or "",
        "ticket_number": candidate.ticket_number,
    }


def transcript_of(candidate: Candidate, choice: Choice) -> Facts:
    """Every course that counts, or the chosen ones (``choice["courses"]``). Raises ``Refused`` where one does not count."""
    held = {each.course: each for each in credits_of([candidate.pk])[candidate.pk]}
    wanted = choice.get("courses") or list(held)
    _require(held, wanted)
    return person_of(candidate) | {"courses": lines_of([held[code] for code in sorted(wanted)]), "is_all": not choice}


def pass_of(candidate: Candidate, choice: Choice) -> Facts:
    """The one chosen course, passed by examination here. Raises ``Refused`` for any other."""
    held = {each.course: each for each in credits_of([candidate.pk])[candidate.pk]}
    wanted = choice.get("courses", [])
    if len(wanted) != 1:
        raise Refused([Problem("certificate.one-course", _("单科合格证书只写一门课程，请选一门。"))])
    _require(held, wanted)
    line = held[wanted[0]]
    if line.source not in EXAMINED:
        words = _("课程%(course)s不是在本市考试或实践考核合格的，不发单科合格证书；可以出具《课程合格成绩证明》。")
        raise Refused([Problem("certificate.not-examined", words % {"course": line.course})])
    return person_of(candidate) | {"courses": lines_of([line])}


def registration_of(candidate: Candidate, _choice: Choice) -> Facts:
    """For what the candidate registered, where and when; also before there is a record."""
    return person_of(candidate) | {
        "registration_number": candidate.registration_number,
        "university": candidate.managing_university.name,
        "record_opened_on": candidate.record_opened_on.isoformat() if candidate.record_opened_on else "",
        "majors": majors_of(candidate),
    }


def majors_of(candidate: Candidate) -> list[dict[str, str]]:
    """The registrations in the order in which they came."""
    rows = candidate.registrations.select_related("major", "university").order_by("registered_on", "pk")
    return [
        {
            "code": each.major.code,
            "name": str(each.major),
            "university": each.university.name,
            "registered_on": each.registered_on.isoformat(),
            "closed_on": each.closed_on.isoformat() if each.closed_on else "",
        }
        for each in rows
    ]


def lines_of(held: list[Held]) -> list[dict[str, str]]:
    """Courses as the ledger has them: an exemption has no mark, a transferred course is called so."""
    known = Course.objects.in_bulk([each.course for each in held], field_name="code")
    return [
        {
            "code": each.course,
            "name": known[each.course].name,
            "credits": plain(known[each.course].credits),
            "source": each.source,
            "mark": plain(each.mark),
            "on": each.on.isoformat(),
        }
        for each in held
    ]


def _require(held: dict[str, Any], wanted: list[str]) -> None:
    if not held:
        raise Refused([Problem("certificate.no-course", _("还没有合格课程，不能出具。第一门课程合格后再办。"))])
    if gone := sorted(set(wanted) - set(held)):
        words = _("课程%(courses)s没有合格记录，不能写进证明。请重新选择。") % {"courses": "、".join(gone)}
        raise Refused([Problem("certificate.course-not-passed", words)])

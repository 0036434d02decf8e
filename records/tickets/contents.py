"""What stands on an admission ticket: the person, the numbers, the majors, how long it holds, what to mind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from records.candidates.models import Candidate, Registration
from records.certificates.issuing import seal_lines
from records.certificates.typesetting import picture, qr_code
from records.photos.checking import printable
from records.settings.values import value_of

MOST_MAJORS = 6
PRINTED_AT = (360, 480)
"""The size in pixels at which a photo is printed, 30 by 40 millimetres: 300 dots an inch."""

open_registrations = Registration.objects.filter(closed_on__isnull=True).select_related("major").order_by("registered_on", "pk")


def with_all(candidates: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """The candidates with everything that a ticket says of them, whatever their number."""
    return candidates.select_related("managing_university", "photo").prefetch_related(
        "tickets", Prefetch("registrations", open_registrations, to_attr="open_registrations")
    )


def content_of(tickets: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The content of ``templates/certificates/ticket.typ`` for these tickets, a page each."""
    return {"title": _("高等教育自学考试准考证"), "tickets": list(tickets)}


def ticket_of(candidate: Candidate) -> dict[str, Any]:
    """One candidate's ticket; ``candidate`` comes from ``with_all``. The code holds the ticket number and nothing else."""
    university = candidate.managing_university
    number = candidate.ticket_number
    return {
        "university": university.title,
        "number": number,
        "facts": facts_of(candidate),
        "photo": _photo(candidate),
        "qr": qr_code(number),
        "instructions": [line for line in str(value_of("ticket.instructions", office_id=university.pk)).splitlines() if line],
        "issuer": seal_lines(university),
        "date": _today(),
    }


def facts_of(candidate: Candidate) -> list[list[list[str]]]:
    """Rows of label and value; the record number from the day on which the record was opened."""
    record = candidate.record_number if candidate.record_opened_on and candidate.record_number else _("尚未建立")
    validity = str(value_of("ticket.validity", office_id=candidate.managing_university_id))
    return [
        [[_("姓名"), candidate.name]],
        [[_("性别"), str(candidate.get_sex_display())], [_("考籍号"), record]],
        [[_("准考证号"), candidate.ticket_number], [_("报名号"), candidate.registration_number]],
        [[_("主考院校"), candidate.managing_university.title]],
        [[_("报考专业"), _majors(candidate)]],
        [[_("有效期"), validity]],
    ]


def _majors(candidate: Candidate) -> str:
    registrations: list[Registration] = candidate.open_registrations  # type: ignore[attr-defined]
    shown = "、".join(f"{each.major.name}（{each.major.code}）" for each in registrations[:MOST_MAJORS])
    if len(registrations) > MOST_MAJORS:
        return _("%(shown)s等%(count)s个专业") % {"shown": shown, "count": len(registrations)}
    return shown or _("无在读专业")


def _photo(candidate: Candidate) -> list[int] | None:
    """The photo as the template takes it; None, for the empty place, where there is none or its file cannot be drawn."""
    if candidate.photo is None or not candidate.photo.content_type.startswith("image/"):
        return None
    try:
        drawn = printable(candidate.photo.path.read_bytes(), PRINTED_AT)
    except FileNotFoundError:
        return None
    return picture(drawn) if drawn else None


def _today() -> str:
    today = timezone.localdate()
    return _("%(year)s年%(month)s月%(day)s日") % {"year": today.year, "month": today.month, "day": today.day}

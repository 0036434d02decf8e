"""The notice of examination (考试通知单): what a candidate sits in a coming sitting, when and where, on one A4 page or two."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.workflow import Problem, Refused
from records.candidates.models import Candidate
from records.certificates.glyphs import MissingGlyphs
from records.certificates.issuing import seal_lines
from records.certificates.typesetting import typeset
from records.certificates.wording import day
from records.offices.models import Office
from records.rare_names.noting import note
from scores.sittings.own import Coming, Paper

TEMPLATE = "statement"


def printed(candidate: Candidate, coming: Coming) -> bytes:
    """The PDF. Raises ``Refused`` for a name with a character that the font lacks; it is noted among the rare names."""
    try:
        return typeset(TEMPLATE, _content(candidate, coming))
    except MissingGlyphs as lacking:
        note(candidate)
        raise Refused([Problem("sitting-slip.glyph", str(lacking))]) from lacking


def _content(candidate: Candidate, coming: Coming) -> dict[str, Any]:
    now = timezone.localtime()
    return {
        "title": _("考试通知单"),
        "number": candidate.ticket_number,
        "made_at": now.isoformat(timespec="seconds"),
        "under": [_("高等教育自学考试 %(sitting)s") % {"sitting": coming.sitting}, _("准考证号 %s") % candidate.ticket_number],
        "facts": [
            [(_("姓名"), candidate.name), (_("准考证号"), candidate.ticket_number)],
            [(_("主考院校"), candidate.managing_university.title), (_("报考"), _("%s门") % len(coming.papers))],
        ],
        "tables": [_table(coming.papers)],
        "closing": _("请凭准考证和有效身份证件参加考试，提前到达考点。时间、地点以考前最后一次下载的通知单为准。"),
        "issuer": {"office": seal_lines(Office.objects.municipality()), "date": day(now.date().isoformat()), "seal": False},
    }


def _table(papers: list[Paper]) -> dict[str, Any]:
    columns = [
        {"label": _("课程"), "width": "1fr", "align": "left"},
        {"label": _("日期"), "width": "auto", "align": "center"},
        {"label": _("时间"), "width": "auto", "align": "center"},
        {"label": _("考点"), "width": "1fr", "align": "left"},
        {"label": _("考场"), "width": "auto", "align": "center"},
        {"label": _("座位号"), "width": "auto", "align": "center"},
    ]
    return {"title": "", "columns": columns, "rows": [_row(paper) for paper in papers]}


def _row(paper: Paper) -> list[str]:
    course = f"{paper.course.code} {paper.course.name}"
    where = [paper.site or _("待安排"), paper.room or "—", paper.seat or "—"]
    return [f"{course}（{_('实践')}）" if paper.practical else course, paper.day, paper.hours or "—", *where]

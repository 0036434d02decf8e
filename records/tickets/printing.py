"""One ticket as a PDF."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit.workflow import NotNow, Problem, Refused
from records.candidates.models import Candidate
from records.certificates.glyphs import MissingGlyphs
from records.certificates.typesetting import typeset
from records.rare_names.noting import note
from records.tickets.contents import content_of, ticket_of, with_all

TEMPLATE = "ticket"


def printed(candidate_id: int) -> bytes:
    """The ticket of this candidate. Raises ``Refused``: no number yet, merged into another record, a character without glyph.

    A name that cannot be printed is noted among the rare names.
    """
    candidate = with_all(Candidate.objects.all()).get(pk=candidate_id)
    if problem := why_not(candidate):
        raise NotNow([problem])
    try:
        return typeset(TEMPLATE, content_of([ticket_of(candidate)]))
    except MissingGlyphs as lacking:
        note(candidate)
        raise Refused([Problem("ticket.glyph", str(lacking))]) from lacking


def why_not(candidate: Candidate) -> Problem | None:
    """Why somebody has no ticket to print; None where there is one."""
    if candidate.merged_into_id is not None:
        return Problem("ticket.merged", _("这份考籍已并入另一份，请打印保留的那份。"))
    if not candidate.ticket_number:
        return Problem("ticket.no-number", _("还没有准考证号。请先办理报名注册。"))
    return None

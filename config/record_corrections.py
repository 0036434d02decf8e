"""更改记录: what was corrected in a record, with the case and the day, as staff and the candidate read it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from config import space_kinds
from config.record_parts import Part, text
from config.wording import written_date
from records.candidates.models import Candidate
from records.corrections.history import corrections_of


def part_of(candidate: Candidate) -> Part:
    """The sheet of the staff's page of a record."""
    rows = [
        [
            text(each.label),
            text(each.before),
            text(each.after),
            text(each.case.case_number),
            text(written_date(timezone.localdate(each.at))),
        ]
        for each in corrections_of(candidate)
    ]
    heads = [(_("项目"), False), (_("更改前"), False), (_("更改后"), False), (_("依据"), False), (_("更改日期"), False)]
    return Part(_("更改记录"), _("没有更改记录。更改申请办结后记在这里。"), heads=heads, rows=rows)


def own_part_of(candidate: Candidate) -> space_kinds.Part:
    """The sheet of the candidate's own page."""
    cell = space_kinds.Cell
    rows = [
        [
            cell(_("项目"), each.label),
            cell(_("更改前"), each.before),
            cell(_("更改后"), each.after),
            cell(_("依据"), each.case.case_number),
            cell(_("更改日期"), written_date(timezone.localdate(each.at))),
        ]
        for each in corrections_of(candidate)
    ]
    return space_kinds.Part(_("更改记录"), _("没有更改记录。更改申请办结后记在这里。"), rows=rows)

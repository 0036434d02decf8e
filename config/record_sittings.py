"""考试报考: which papers a candidate is registered for, in which sitting and where, as staff read it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from config.record_parts import Part, text
from records.candidates.models import Candidate
from scores.models import SittingRegistration

MOST = 40


def part_of(candidate: Candidate) -> Part:
    """The sheet of the staff's page of a record, the latest sitting first."""
    mine = SittingRegistration.objects.filter(candidate=candidate).select_related("sitting", "course")
    rows = [
        [
            text(str(each.sitting)),
            text(str(each.course)),
            text(_("实践") if each.practical else _("笔试")),
            text(each.site),
            text(each.room),
            text(each.seat),
        ]
        for each in mine.order_by("-sitting__name", "course__code")[:MOST]
    ]
    heads = [(_("考次"), False), (_("课程"), False), (_("类别"), False), (_("考点"), False), (_("考场"), False)]
    return Part(_("考试报考"), _("没有报考记录。报考文件入库后记在这里。"), heads=[*heads, (_("座位号"), False)], rows=rows)

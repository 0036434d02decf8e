"""The list of reviews: its filters, and the list as a table to take along."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.listing import CaseFilter
from records.workbooks import new_workbook
from scores.models import Sitting
from scores.reviews.models import Origin, ReviewRequest, Scope
from scores.reviews.workflow import REVIEW

AT_MOST = 20_000


class ReviewFilter(CaseFilter):
    """Every case's filters, and the sitting, what is to be looked for, who began it."""

    sitting = forms.ModelChoiceField(
        label=gettext_lazy("考次"),
        queryset=Sitting.objects.all(),
        required=False,
        empty_label=gettext_lazy("全部"),
        to_field_name="name",
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("复核内容"),
        required=False,
        choices=[("", gettext_lazy("全部")), *((each.value, each.label) for each in Scope)],
    )
    origin = forms.ChoiceField(
        label=gettext_lazy("提出方式"),
        required=False,
        choices=[("", gettext_lazy("全部")), *((each.value, each.label) for each in Origin)],
    )

    def narrowed(self, cases: QuerySet[Any]) -> QuerySet[Any]:
        """As every list of cases, and by the fields of its own."""
        found = super().narrowed(cases)
        if not self.is_valid():
            return found
        if self.cleaned_data["sitting"]:
            found = found.filter(mark__sitting=self.cleaned_data["sitting"])
        for name in ("scope", "origin"):
            if self.cleaned_data[name]:
                found = found.filter(**{name: self.cleaned_data[name]})
        return found


HEADS = (
    "编号",
    "准考证号",
    "姓名",
    "考次",
    "课程代码",
    "课程",
    "复核内容",
    "提出方式",
    "主考院校",
    "状态",
    "到达日期",
    "办结日期",
)


def table_of(cases: QuerySet[ReviewRequest]) -> tuple[bytes, int]:
    """The cases as an Excel file, without any mark, and how many rows it has."""
    written = io.BytesIO()
    book = new_workbook(written, constant_memory=True, in_memory=True)
    sheet = book.add_worksheet(_("成绩复核"))
    sheet.write_row(0, 0, HEADS)
    count = 0
    for count, case in enumerate(cases[:AT_MOST], start=1):
        for place, text in enumerate(_cells(case)):
            sheet.write_string(count, place, text)
    book.close()
    return written.getvalue(), count


def _cells(case: ReviewRequest) -> list[str]:
    decided = case.decided_at
    return [
        case.case_number,
        case.candidate.ticket_number or "",
        case.candidate.name,
        case.mark.sitting.name,
        case.mark.course.code,
        case.mark.course.name,
        case.scope_in_short,
        str(case.get_origin_display()),
        str(case.university),
        str(REVIEW.word_of(case.status)),
        timezone.localdate(case.status_since).isoformat(),
        timezone.localdate(decided).isoformat() if decided else "",
    ]

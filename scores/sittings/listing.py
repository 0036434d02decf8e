"""Who is registered in a sitting, as a list with filters, by pages, and as a table to take along."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.candidates.models import Candidate
from records.candidates.searching import meant_by
from records.listing import SearchForm
from records.offices.models import Office
from records.people.models import User
from records.workbooks import new_workbook
from scores.models import Sitting, SittingRegistration
from scores.sittings.missing import heads, missing_in, rows_of
from scores.sittings.models import PRACTICAL, WRITTEN
from scores.sittings.overview import KINDS

PAGE = 50
AT_MOST = 50_000


class RegisteredFilter(SearchForm):
    """Kind, university (where there are several), course, person."""

    kind = forms.ChoiceField(label=gettext_lazy("类别"), required=False, choices=list(KINDS.items()))
    university = forms.ModelChoiceField(
        label=gettext_lazy("主考院校"), queryset=Office.objects.universities(), required=False, empty_label=gettext_lazy("全部")
    )
    course = forms.CharField(label=gettext_lazy("课程代码"), required=False, max_length=20)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.reach.municipal:
            del self.fields["university"]

    @property
    def is_practical(self) -> bool:
        """The kind that the list shows; the written papers where the address says nothing."""
        return bool(self.is_valid() and self.cleaned_data["kind"] == PRACTICAL)

    @property
    def kind_shown(self) -> str:
        return PRACTICAL if self.is_practical else WRITTEN

    def narrowed(self, rows: QuerySet[SittingRegistration]) -> QuerySet[SittingRegistration]:
        """``rows`` by what the form says; an unreadable form narrows nothing, a refused search term to nothing."""
        if not self.is_valid():
            return rows.none() if self.is_refused else rows
        wanted = self.cleaned_data
        if wanted.get("university"):
            rows = rows.filter(candidate__managing_university=wanted["university"])
        if wanted["course"]:
            rows = rows.filter(course__code=wanted["course"].strip())
        return rows.filter(candidate__in=Candidate.objects.filter(meant_by(wanted["q"]))) if wanted["q"] else rows


def registered(sitting: Sitting, user: User, form: RegisteredFilter) -> QuerySet[SittingRegistration]:
    """Whom this person sees registered in the sitting, as the form says."""
    rows = SittingRegistration.objects.visible_to(user).filter(sitting=sitting, practical=form.is_practical)
    return form.narrowed(rows).order_by("pk")


def lacking(sitting: Sitting, form: RegisteredFilter) -> QuerySet[SittingRegistration]:
    """Who is registered and has no mark, as the form says; for the municipal office."""
    return form.narrowed(missing_in(sitting.pk, practical=form.is_practical))


def page_of(rows: QuerySet[SittingRegistration], request: HttpRequest) -> tuple[list[SittingRegistration], dict[str, Any]]:
    """One page by key, ``?after=`` says behind which, and how to leaf."""
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    read = rows.select_related("candidate__managing_university", "course").prefetch_related("candidate__tickets")
    found = list(read.filter(pk__gt=key)[: PAGE + 1])
    shown, query = found[:PAGE], request.GET.copy()
    query.pop("after", None)
    first = f"?{query.urlencode()}" if key else ""
    query["after"] = str(shown[-1].pk) if shown else ""
    return shown, {
        "shown": len(shown),
        "unit": _("条"),
        "previous_url": first,
        "next_url": f"?{query.urlencode()}" if len(found) > PAGE else "",
    }


def table_of(rows: QuerySet[SittingRegistration], title: str) -> tuple[bytes, int]:
    """The lines as an Excel file with one sheet called ``title``, and how many there are.

    Of more than ``AT_MOST`` the first, and a last line saying that there are more. The same lines give the same file all day.
    """
    written = io.BytesIO()
    book = new_workbook(written, constant_memory=True, in_memory=True)
    sheet = book.add_worksheet(title)
    count = _write(sheet, heads(), rows_of(rows[:AT_MOST]))
    if count == AT_MOST and rows[AT_MOST : AT_MOST + 1]:
        sheet.write_string(count + 1, 0, _("只列出前%(most)s条，请按主考院校或课程筛选后分别导出。") % {"most": f"{AT_MOST:,}"})
    book.close()
    return written.getvalue(), count


def _write(sheet: Any, head: list[str], lines: Iterable[list[str]]) -> int:
    sheet.write_row(0, 0, head)
    count = 0
    for count, line in enumerate(lines, start=1):
        for place, text in enumerate(line):
            sheet.write_string(count, place, text or "")
    return count

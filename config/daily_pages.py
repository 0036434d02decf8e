"""The pages of the daily reports: the list by month, the sheet to print and bind."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import segno
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, register_converter, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.models import DailyReport
from audit.reads import reads_nothing
from config.daily import NotReportable, draw_up, first_day, missing_days
from config.daily_words import sections
from config.wording import grouped, written_date, written_month
from records.offices.models import Office
from records.people.requests import SignedRequest

READ = "audit.view_dailyreport"


@reads_nothing
@permission_required(READ, raise_exception=True)
@require_safe
def report_list(request: SignedRequest) -> HttpResponse:
    """The reports of one month, and the days of it that lack one."""
    first = _month_of(request.GET.get("month", ""))
    after = _next_month(first)
    reports = list(DailyReport.objects.filter(day__gte=first, day__lt=after).order_by("-day").defer("figures"))
    before = first - dt.timedelta(days=1)
    context = {
        "month": written_month(first),
        "reports": reports,
        "missing": list(reversed(missing_days(first, after))),
        "pages": {
            "previous_url": f"?month={before:%Y-%m}" if before >= first_day() else "",
            "next_url": f"?month={after:%Y-%m}" if after <= timezone.localdate() else "",
        },
    }
    return render(request, "config/daily/list.html", context)


def _month_of(text: str) -> dt.date:
    """The first day of ``2026-11``; of yesterday's month for anything else."""
    named = _day_of(f"{text}-01")
    latest = (timezone.localdate() - dt.timedelta(days=1)).replace(day=1)
    return min(named, latest) if named else latest


def _next_month(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1)


@reads_nothing
@permission_required(READ, raise_exception=True)
@require_safe
def report(request: SignedRequest, day: dt.date) -> HttpResponse:
    """The sheet of one day."""
    found = get_object_or_404(DailyReport, day=day)
    context = {
        "report": found,
        "office": Office.objects.municipality(),
        "sections": sections(found.figures),
        "hash": grouped(found.seal_hash, 4),
        "qr": _qr(found) if found.seal_number else "",
        "crumbs": [(_("工作台"), reverse("desk")), (_("日报"), _url_of_month(found.day)), (written_date(found.day), "")],
    }
    return render(request, "config/daily/report.html", context)


def _url_of_month(day: dt.date) -> str:
    return f"{reverse('daily:list')}?month={day:%Y-%m}"


def _qr(found: DailyReport) -> SafeString:
    """``NUMBER:HASH`` as ``verify_trail --against`` takes it."""
    drawn = io.BytesIO()
    code = segno.make(f"{found.seal_number}:{found.seal_hash}", error="m", micro=False)
    code.save(drawn, kind="svg", xmldecl=False, svgclass="qr", lineclass=None, omitsize=True, title=_("封存号和校验值二维码"))
    return SafeString(drawn.getvalue().decode())


@reads_nothing
@permission_required(READ, raise_exception=True)
@require_POST
def draw_up_missing_day(request: SignedRequest) -> HttpResponse:
    """Draw up the report of a day that lacks one; only days that the list offers."""
    day = _day_of(request.POST.get("day", ""))
    if day is None:
        raise Http404
    try:
        return redirect("daily:report", draw_up(day).day)
    except NotReportable as unknown:
        raise Http404 from unknown


def _day_of(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


class DayConverter:
    """A day in an address: 2026-11-22."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        return dt.date.fromisoformat(value)

    def to_url(self, value: dt.date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns: list[Any] = [
    path("", report_list, name="list"),
    path("draw-up/", draw_up_missing_day, name="draw-up"),
    path("<day:day>/", report, name="report"),
]

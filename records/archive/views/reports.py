"""Reports upward: the university draws one up and hands it in, the city sees what is in and what is missing, and receives it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.reads import reads
from audit.trail import record_export, record_list
from audit.workflow import NotNow, Refused
from records.archive import reporting
from records.archive.exporting import write_workbook
from records.archive.forms import PeriodForm
from records.archive.models import ArchiveReport
from records.archive.reporting import FIGURES, RECEIVE, Content, Period
from records.archive.views.reaching import context_of, require_looker, university_of
from records.archive.views.shelves import XLSX
from records.offices.models import Office
from records.people.requests import SignedRequest

HALF_YEARS = 4
SHOWN = 50
SHOWN_LINES = 500


@reads("list")
@require_safe
def report_list(request: SignedRequest) -> HttpResponse:
    """The reports within reach, the newest first; for the city also who owes one for which half-year."""
    require_looker(request)
    reports = ArchiveReport.objects.visible_to(request.user).defer("content").select_related("university")
    context = context_of(
        request,
        reports=[{"report": each, "state": state_of(each)} for each in reports.order_by("-first_day", "university")[:SHOWN]],
        crumbs=[(_("纸质档案"), reverse("archive:list")), (_("档案变动报告"), "")],
    )
    if request.user.reach.municipal:
        context |= _overview()
    return render(request, "records/archive/reports.html", context)


def state_of(report: ArchiveReport) -> str:
    """Whether the city has received it, in words."""
    return _("已签收") if report.received_at else _("已上报，待签收")


def _overview() -> dict[str, Any]:
    """For each university the last half-years: reported, in part, not at all."""
    periods = [reporting.half_year_before(reporting.half_year(timezone.localdate()))]
    while len(periods) < HALF_YEARS:
        periods.append(reporting.half_year_before(periods[-1]))
    reports: dict[int, list[ArchiveReport]] = defaultdict(list)
    for report in ArchiveReport.objects.within(periods[-1].first_day, periods[0].last_day).defer("content"):
        reports[report.university_id].append(report)
    rows = [
        {"university": university, "states": [_covered(reports[university.pk], period) for period in periods]}
        for university in Office.objects.universities()
    ]
    return {"periods": periods, "rows": rows}


def _covered(reports: list[ArchiveReport], period: Period) -> dict[str, Any]:
    missing = reporting.days_missing(reports, period)
    here = [each for each in reports if each.first_day <= period.last_day and each.last_day >= period.first_day]
    if not here:
        return {"state": _("未上报"), "report": None}
    if missing:
        return {"state": _("部分上报"), "report": here[0]}
    return {"state": state_of(next((each for each in here if each.received_at is None), here[0])), "report": here[0]}


@reads("list")
@require_http_methods(["GET", "POST"])
def draft(request: SignedRequest) -> HttpResponse:
    """Draw a report up, look at exactly what would be handed in, and hand it in."""
    university = university_of(request)
    proposed = reporting.next_period(university, timezone.localdate())
    typed = request.POST if request.method == "POST" else request.GET
    form = PeriodForm(typed if "first_day" in typed else _as_typed(proposed))
    if not form.is_valid():
        crumbs = _crumbs(_("新报告"))
        return render(request, "records/archive/report_new.html", context_of(request, form=form, crumbs=crumbs), status=422)
    period = Period(form.cleaned_data["first_day"], form.cleaned_data["last_day"])
    problems = reporting.problems_of(university, period)
    if request.method == "POST":
        try:
            report = reporting.hand_in(university, period, shown=request.POST.get("shown", ""), by=request.user)
        except Refused as refusal:
            problems = refusal.problems
        else:
            messages.success(request, _("已上报市自考办。"))
            return redirect("archive:report", report.pk)
    content = reporting.draw_up(university, period)
    context = _shown(request, university, period, content)
    context |= context_of(
        request,
        form=form,
        problems=problems,
        may_hand_in=not reporting.problems_of(university, period),
        shown=reporting.digest_of(content),
        crumbs=_crumbs(_("新报告")),
    )
    return render(request, "records/archive/report_new.html", context, status=409 if request.method == "POST" else 200)


def _as_typed(period: Period) -> dict[str, str]:
    return {"first_day": period.first_day.isoformat(), "last_day": period.last_day.isoformat()}


@reads("list", "export")
@require_safe
def report(request: SignedRequest, pk: int) -> HttpResponseBase:
    """A report as it was handed in; with ``?format=xlsx`` as a workbook."""
    found = _report_or_404(request, pk)
    period = Period(found.first_day, found.last_day)
    if request.GET.get("format") == "xlsx":
        return _workbook(found, period)
    context = _shown(request, found.university, period, found.content)
    context |= context_of(
        request,
        report=found,
        state=state_of(found),
        may_receive=found.received_at is None and _may_receive(request),
        crumbs=_crumbs(f"{found.university} {found.first_day.isoformat()}"),
    )
    return render(request, "records/archive/report.html", context)


@reads("list")
@require_safe
def print_out(request: SignedRequest, pk: int) -> HttpResponse:
    """A report on a sheet of paper, to be signed and sealed."""
    found = _report_or_404(request, pk)
    context = _shown(request, found.university, Period(found.first_day, found.last_day), found.content)
    crumbs = _crumbs(f"{found.university} {found.first_day.isoformat()}")
    return render(request, "records/archive/report_print.html", context_of(request, **context, report=found, crumbs=crumbs))


def _shown(request: SignedRequest, university: Office, period: Period, content: Content) -> dict[str, Any]:
    """The figures, and the list behind the one that ``?list=`` names."""
    chosen = request.GET.get("list", "")
    chosen = chosen if chosen in FIGURES else ""
    lines = content["lists"].get(chosen, [])
    record_list("archive-report", ArchiveReport, len(lines[:SHOWN_LINES]), purpose=_("档案变动报告"))
    figures = reporting.figures_of(content)
    return {
        "university": university,
        "period": period,
        "files": content["files"],
        "figures": [
            {"label": FIGURES[name], "value": value, "url": _with(request, name), "current": name == chosen}
            for name, value in figures.items()
        ],
        "chosen": FIGURES.get(chosen, ""),
        "lines": [_as_read(line) for line in lines[:SHOWN_LINES]],
        "left_out": max(0, len(lines) - SHOWN_LINES),
    }


def _with(request: SignedRequest, name: str) -> str:
    query = request.GET.copy()
    query["list"] = name
    return f"?{query.urlencode()}#list"


def _as_read(line: reporting.Line) -> dict[str, Any]:
    file, number, day, what = line
    return {"file": file, "number": number, "day": dt.date.fromisoformat(day) if day else None, "what": what}


def _workbook(found: ArchiveReport, period: Period) -> FileResponse:
    """A sheet with the figures, and one for each list."""
    figures = reporting.figures_of(found.content)
    titles = [_("档案编号"), _("日期"), _("事项")]
    sheets = [(_("汇总"), [_("项目"), _("数量")], [[str(FIGURES[name]), value] for name, value in figures.items()])]
    for name in FIGURES:
        lines = found.content["lists"].get(name, [])
        sheets.append((str(FIGURES[name]).replace("，", " ")[:31], titles, [line[1:] for line in lines]))
    record_export("archive-report", found, sum(figures.values()), purpose=_("档案变动报告"))
    name = f"archive-report-{found.university.code}-{period.first_day:%Y%m%d}-{period.last_day:%Y%m%d}.xlsx"
    return FileResponse(write_workbook(sheets), as_attachment=True, filename=name, content_type=XLSX)


@reads("list")
@require_POST
def receive(request: SignedRequest, pk: int) -> HttpResponse:
    """The city's receipt."""
    found = _report_or_404(request, pk)
    if not _may_receive(request):
        raise PermissionDenied(RECEIVE)
    try:
        reporting.confirm_receipt(found, by=request.user)
    except NotNow as late:
        messages.info(request, " ".join(str(problem.message) for problem in late.problems))
    else:
        messages.success(request, _("已签收。"))
    return redirect("archive:report", pk)


def _may_receive(request: SignedRequest) -> bool:
    return bool(request.user.reach.municipal) and request.user.has_perm(RECEIVE)


def _report_or_404(request: SignedRequest, pk: int) -> ArchiveReport:
    reports = ArchiveReport.objects.visible_to(request.user).select_related("university", "handed_in_by", "received_by")
    found = get_object_or_404(reports, pk=pk)
    require_looker(request)
    return found


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("纸质档案"), reverse("archive:list")), (_("档案变动报告"), reverse("archive:reports")), (last, "")]

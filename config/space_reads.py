"""谁看过我的考籍: who looked when, for which office, in which duty, what for; and the same to take along."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.reads import reads_nothing
from config.looks import Look, all_looks_at, looks_at, years_of
from config.record import seven_kinds
from config.space import own, who
from records.archive.exporting import as_csv
from records.lookups import counting

PAGE = 50


@reads_nothing
@require_safe
def reads(request: HttpRequest) -> HttpResponse:
    """The looks of all years or of one, the latest first, by key."""
    _person, candidate = own(request)
    counting.count(counting.OWN_READS)
    years = years_of(candidate)
    year, before = _chosen_year(request), _number(request.GET.get("before", ""))
    looks = looks_at(candidate, most=PAGE + 1, before=before, year=year)
    shown = looks[:PAGE]
    context = {
        "who": who(candidate, seven_kinds(candidate)),
        "university": candidate.managing_university.title,
        "looks": shown,
        "year": year,
        "years": _years(years, year) if years else [],
        "pages": _pages(shown, has_more=len(looks) > PAGE, before=before, year=year),
        "export_query": urlencode({"year": year}) if year else "",
        "today": timezone.localdate(),
    }
    return render(request, "config/reads.html", context)


@reads_nothing
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same as a table, whole."""
    _person, candidate = own(request)
    counting.count(counting.OWN_READS)
    year = _chosen_year(request)
    titles = [_("时间"), _("机构"), _("职责"), _("经办人"), _("做了什么"), _("用途"), _("查阅申请"), _("准许至"), _("紧急查阅")]
    lines = as_csv(titles, (_cells(look) for look in all_looks_at(candidate, year=year)))
    name = f"reads-{year}.csv" if year else "reads.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _cells(look: Look) -> list[str]:
    moment = f"{timezone.localtime(look.event.at):%Y-%m-%d %H:%M:%S}"
    urgent = _("是") if look.is_urgent else ""
    return [moment, look.office, look.duties, look.name, str(look.what), look.purpose, look.leave, look.until, urgent]


def _chosen_year(request: HttpRequest) -> int | None:
    year = _number(request.GET.get("year", ""))
    return year if year is not None and 2000 <= year <= 9998 else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _years(years: list[int], chosen: int | None) -> list[dict[str, Any]]:
    everything = {"label": _("全部"), "url": "?", "is_current": chosen is None}
    each = [{"label": _("%(year)s年") % {"year": year}, "url": f"?year={year}", "is_current": year == chosen} for year in years]
    return [everything, *each]


def _pages(shown: list[Look], *, has_more: bool, before: int | None, year: int | None) -> dict[str, Any] | None:
    """The way on and back to the first page; None where one page holds all."""
    if not has_more and before is None:
        return None
    kept = {"year": year} if year else {}
    following = f"?{urlencode({**kept, 'before': shown[-1].event.pk})}" if has_more else ""
    first = f"?{urlencode(kept)}" if before is not None else ""
    return {"shown": len(shown), "unit": _("次"), "previous_url": first, "next_url": following}

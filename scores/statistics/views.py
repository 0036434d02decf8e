"""Statistics: the sittings, and the figures of one narrowed by university, major and course; a university sees its own rows."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.reads import reads_nothing
from records.people.requests import SignedRequest
from records.workbooks import new_workbook
from scores.models import Publication, Sitting, SittingStatistic, StatisticQuerySet
from scores.statistics import charts
from scores.statistics.figures import Figures
from scores.statistics.forms import StatisticsFilter

READ = "scores.read_statistics"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOXES = 12
COURSES_A_PAGE = 50
COUNTED = ("registered", "present", "absent", "barred", "passed", "distribution")


@dataclass(frozen=True)
class CourseLine:
    """A row of the table: a course and its figures."""

    code: str
    name: str
    figures: Figures


@reads_nothing
@require_safe
@permission_required(READ, raise_exception=True)
def sittings(request: SignedRequest) -> HttpResponse:
    """The sittings of which this person may see figures, the newest first."""
    rows = SittingStatistic.objects.visible_to(request.user)
    lines = (
        rows.values("sitting__name")
        .annotate(
            registered=Sum("registered"),
            present=Sum("present"),
            passed=Sum("passed"),
            courses=Count("course", distinct=True),
        )
        .order_by("-sitting__name")
    )
    return render(request, "scores/sittings.html", {"sittings": [_listed(line) for line in lines]})


def _listed(line: Mapping[str, Any]) -> dict[str, Any]:
    rate = line["passed"] / line["present"] if line["present"] else None
    return {**line, "sitting": Sitting(name=line["sitting__name"]), "rate": rate}


@reads_nothing
@require_safe
def sitting(request: SignedRequest, name: str) -> HttpResponse:
    """Figures, charts and the table of a sitting; with ``?format=xlsx`` the table as a workbook."""
    found = get_object_or_404(Sitting, name=name)
    rows = SittingStatistic.objects.visible_to(request.user)
    mine = rows.filter(sitting=found)
    if not request.user.reach.municipal and not mine.exists():
        raise Http404(name)
    if not request.user.has_perm(READ):
        raise PermissionDenied(READ)
    others = list(Sitting.objects.filter(name__lt=name, pk__in=rows.values("sitting"))[:20])
    form = StatisticsFilter(request.GET, others=others, offers=_offers(mine))
    chosen = form.cleaned_data if form.is_valid() else {}
    courses = _sorted(_by_course(_narrowed(mine, chosen)), request.GET.get("sort", "code"))
    if request.GET.get("format") == "xlsx":
        return _workbook(found, courses)
    before = next((each for each in others if each.name == chosen.get("compare")), None) or _previous(found, others)
    return render(request, "scores/statistics.html", _context(request, found, form, chosen, rows, courses, before))


def _previous(found: Sitting, others: list[Sitting]) -> Sitting | None:
    """The latest of the earlier sittings of the same kind: those with written papers, or those of practicals alone."""
    out = Publication.objects.filter(kind=Publication.Kind.WRITTEN, published_at__isnull=False)
    written = set(out.filter(sitting__in=[found, *others]).values_list("sitting", flat=True))
    return next((each for each in others if (each.pk in written) == (found.pk in written)), None)


def _context(
    request: SignedRequest,
    found: Sitting,
    form: StatisticsFilter,
    chosen: dict[str, str],
    rows: StatisticQuerySet,
    courses: list[CourseLine],
    before: Sitting | None,
) -> dict[str, Any]:
    course = chosen.get("course", "")
    shown = _total([line.figures for line in courses if course in ("", line.code)])
    earlier = _earlier(rows, before, chosen)
    query = request.GET.copy()
    query["format"] = "xlsx"
    return {
        "sitting": found,
        "form": form,
        "filters_label": _("筛选统计"),
        "filters_reset": request.path if request.GET else "",
        "counts": _counts(shown),
        "figures": shown,
        "before": before,
        "course": next((f"{line.code} {line.name}" for line in courses if line.code == course), _("全部课程")),
        "histogram": charts.histogram(shown.histogram, earlier.histogram if earlier else ()),
        "rates": charts.rates(_rates(rows, found, before, chosen)),
        "boxes": charts.boxes([(line.name or line.code, line.figures) for line in _largest(courses)]),
        "boxes_height": 32 * min(len(courses), BOXES) + 56,
        "box_grid": charts.BOX_GRID,
        **_paged(request, courses),
        "default_sort": "code",
        "published_at": _published_at(found),
        "xlsx_url": f"?{query.urlencode()}",
        "crumbs": [(_("统计"), reverse("scores:statistics")), (str(found), "")],
    }


def _paged(request: SignedRequest, courses: list[CourseLine]) -> dict[str, Any]:
    """The table's page that ``?page=`` asks for, and the way to its neighbours; a page that there is not is the nearest one."""
    pages = Paginator(courses, COURSES_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return {
        "courses": page.object_list,
        "pages": {
            "first": page.start_index(),
            "last": page.end_index(),
            "total": pages.count,
            "unit": _("门"),
            "previous_url": _address(request, page.number - 1) if page.has_previous() else "",
            "next_url": _address(request, page.number + 1) if page.has_next() else "",
        }
        if pages.num_pages > 1
        else None,
    }


def _address(request: SignedRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return f"?{query.urlencode()}#courses"


def _offers(rows: StatisticQuerySet) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer: whatever occurs in the sitting."""
    offers = {}
    for name in ("university", "major", "course"):
        pairs = rows.exclude(**{name: None}).values_list(f"{name}__code", f"{name}__name").distinct().order_by(f"{name}__code")
        offers[name] = [(code, f"{code} {label}".strip()) for code, label in pairs]
    return offers


def _narrowed(rows: StatisticQuerySet, chosen: dict[str, str]) -> StatisticQuerySet:
    for name in ("university", "major"):
        if chosen.get(name):
            rows = rows.filter(**{f"{name}__code": chosen[name]})
    return rows


def _by_course(rows: StatisticQuerySet) -> list[CourseLine]:
    lines: dict[str, CourseLine] = {}
    for row in rows.select_related("course").only("course__code", "course__name", *COUNTED).iterator():
        line = lines.setdefault(row.course.code, CourseLine(row.course.code, row.course.name, Figures()))
        line.figures.add(row)
    return list(lines.values())


SORTS = {"present", "absent", "passed", "pass_rate", "mean", "stdev", "q1", "median", "q3"}


def _sorted(courses: list[CourseLine], wanted: str) -> list[CourseLine]:
    """In the order of a column; courses without that figure come last."""
    key = wanted.removeprefix("-")
    if key not in SORTS:
        return sorted(courses, key=_by_code, reverse=wanted == "-code")
    known = [line for line in courses if getattr(line.figures, key) is not None]
    rest = [line for line in courses if getattr(line.figures, key) is None]
    known.sort(key=_by_code)
    known.sort(key=attrgetter(f"figures.{key}"), reverse=wanted.startswith("-"))
    return [*known, *sorted(rest, key=_by_code)]


def _by_code(line: CourseLine) -> str:
    return line.code


def _total(figures: list[Figures]) -> Figures:
    total = Figures()
    for each in figures:
        total.registered += each.registered
        total.present += each.present
        total.absent += each.absent
        total.barred += each.barred
        total.passed += each.passed
        total.marks.update(each.marks)
    return total


def _earlier(rows: StatisticQuerySet, before: Sitting | None, chosen: dict[str, str]) -> Figures | None:
    """The same selection in the sitting compared with."""
    if before is None:
        return None
    mine = _narrowed(rows.filter(sitting=before), chosen)
    if chosen.get("course"):
        mine = mine.filter(course__code=chosen["course"])
    return Figures.of(mine.only(*COUNTED).iterator())


def _rates(
    rows: StatisticQuerySet, now: Sitting, before: Sitting | None, chosen: dict[str, str]
) -> list[tuple[str, float, float | None]]:
    """Pass rates of the universities over all courses, now and before."""
    chosen = {"major": chosen.get("major", "")}
    current = _pass_rates(_narrowed(rows.filter(sitting=now), chosen))
    past = _pass_rates(_narrowed(rows.filter(sitting=before), chosen)) if before else {}
    return [(name, rate, past.get(name)) for name, rate in current.items()]


def _pass_rates(rows: StatisticQuerySet) -> dict[str, float]:
    sums = rows.values("university__code", "university__short_name", "university__name").annotate(
        p=Sum("present"), q=Sum("passed")
    )
    return {
        line["university__short_name"] or line["university__name"]: line["q"] / line["p"]
        for line in sums.order_by("university__code")
        if line["p"]
    }


def _largest(courses: list[CourseLine]) -> list[CourseLine]:
    """The courses with the most people, for the chart."""
    return sorted(courses, key=_by_size)[:BOXES]


def _by_size(line: CourseLine) -> tuple[int, str]:
    return -line.figures.marked, line.code


def _counts(figures: Figures) -> list[dict[str, str]]:
    q1, q3 = figures.q1, figures.q3
    quartiles = "" if q1 is None or q3 is None else _("四分位%(q1)s–%(q3)s") % {"q1": _plain(q1), "q3": _plain(q3)}
    stdev = "" if figures.stdev is None else _("标准差%(stdev)s") % {"stdev": _plain(figures.stdev)}
    return [
        {"label": _("报考"), "value": f"{figures.registered:,}"},
        {"label": _("到考"), "value": f"{figures.present:,}", "small": _percent(figures.presence)},
        {"label": _("缺考"), "value": f"{figures.absent:,}"},
        {"label": _("取消成绩"), "value": f"{figures.barred:,}"},
        {"label": _("合格"), "value": f"{figures.passed:,}", "small": _percent(figures.pass_rate)},
        {"label": _("均值"), "value": _plain(figures.mean), "small": stdev},
        {"label": _("中位数"), "value": _plain(figures.median), "small": quartiles},
    ]


def _plain(value: float | None) -> str:
    """A figure to one decimal, without an idle one."""
    return "—" if value is None else f"{value:.1f}".removesuffix(".0")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.1f}%"


def _published_at(found: Sitting) -> Any:
    out = Publication.objects.filter(sitting=found, credits_entered_at__isnull=False).order_by("-credits_entered_at").first()
    return out.credits_entered_at if out else None


def _workbook(found: Sitting, courses: list[CourseLine]) -> HttpResponse:
    """The table of the page as .xlsx, numbers as numbers."""
    heads = [_("代码"), _("课程"), _("报考"), _("到考"), _("缺考"), _("取消成绩"), _("合格"), _("合格率"), _("均值"), _("标准差")]
    heads += [_("最低"), _("下四分位"), _("中位数"), _("上四分位"), _("最高")]
    keys = ["registered", "present", "absent", "barred", "passed", "pass_rate", "mean", "stdev"]
    keys += ["lowest", "q1", "median", "q3", "highest"]
    content = io.BytesIO()
    with new_workbook(content, in_memory=True) as book:
        sheet = book.add_worksheet(found.name)
        sheet.write_row(0, 0, heads)
        for place, line in enumerate(courses, start=1):
            sheet.write_string(place, 0, line.code)
            sheet.write_string(place, 1, line.name)
            sheet.write_row(place, 2, [getattr(line.figures, key) for key in keys])
    name = f"{found.name}-statistics.xlsx"
    return HttpResponse(content.getvalue(), content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})

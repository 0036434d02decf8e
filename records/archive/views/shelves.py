"""The shelves as lists: the files, the candidates without one, the papers owed to a file; and the list as a file."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.reads import reads
from audit.trail import record_export
from records.archive import exporting, searching
from records.archive.forms import FileFilter, PersonFilter
from records.archive.models import PaperFile, PaperItem
from records.archive.searching import Page, Show
from records.archive.views.reaching import context_of, purpose, require_looker
from records.candidates.models import Candidate
from records.candidates.searching import meant_by
from records.listing import record_page
from records.people.requests import SignedRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@reads("list", "search")
@require_safe
def file_list(request: SignedRequest) -> HttpResponse:
    """The files within reach, shelf by shelf."""
    require_looker(request)
    form = FileFilter(request.GET, user=request.user)
    page = searching.page_of_files(_narrowed(request, form), request)
    record_page(request, "paper-files", PaperFile, page.shown, purpose=purpose(), form=form)
    query = request.GET.copy()
    query.pop("after", None)
    context = context_of(
        request,
        form=form,
        rows=page.rows,
        pages=page,
        query=query.urlencode(),
        place=form.cleaned_data.get("place", "") if form.is_valid() else "",
        filters_reset=reverse("archive:list") if request.GET else "",
        counts=_counts(request),
    )
    return render(request, "records/archive/list.html", context)


def _narrowed(request: SignedRequest, form: FileFilter) -> QuerySet[PaperFile]:
    """The files that the form asks for; none for a term that must not be searched for."""
    if not form.is_valid():
        return PaperFile.objects.none() if form.is_refused else searching.files_of(request.user)
    wanted = form.cleaned_data
    files = searching.files_of(request.user, wanted["show"]).filter(searching.meaning(wanted["q"]))
    if wanted["place"]:
        files = files.filter(place__startswith=wanted["place"])
    if wanted.get("university"):
        files = files.filter(university=wanted["university"])
    return files


def _counts(request: SignedRequest) -> list[dict[str, Any]]:
    """What is to be done on a university's shelves; each figure opens its list. The city has too many shelves to count them."""
    if request.user.reach.municipal:
        return []
    lists = reverse("archive:list")
    return [
        _count(_("在馆档案"), searching.files_of(request.user), lists),
        _count(_("未上架"), searching.files_of(request.user, Show.UNPLACED), f"{lists}?show={Show.UNPLACED}"),
        _count(_("未立卷"), searching.without_file(request.user), reverse("archive:missing")),
        _count(_("待归档"), searching.owed_papers(request.user), reverse("archive:owed")),
    ]


def _count(label: str, rows: QuerySet[Any], url: str) -> dict[str, Any]:
    return {"label": label, "value": f"{rows.count():,}", "url": url}


@reads("export")
@require_safe
def export(request: SignedRequest, suffix: str) -> HttpResponseBase:
    """Exactly the list that the address asks for, as .csv however long it is, or as .xlsx up to what a workbook bears."""
    require_looker(request)
    form = FileFilter(request.GET, user=request.user)
    files = _narrowed(request, form)
    count = files.count()
    if suffix == "xlsx" and count > exporting.MOST_IN_A_WORKBOOK:
        return render(request, "records/archive/too_many.html", context_of(request, count=count), status=409)
    record_export("paper-files", PaperFile, count, purpose=purpose(), format=suffix)
    name = f"paper-files-{timezone.localdate():%Y%m%d}.{suffix}"
    titles, rows = exporting.heads(), exporting.rows_of(files)
    if suffix == "xlsx":
        book = exporting.write_workbook([(_("纸质档案"), titles, rows)])
        return FileResponse(book, as_attachment=True, filename=name, content_type=XLSX)
    answer = StreamingHttpResponse(exporting.as_csv(titles, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@reads("list", "search")
@require_safe
def missing(request: SignedRequest) -> HttpResponse:
    """The candidates whose paper file nobody has opened yet."""
    require_looker(request)
    form = PersonFilter(request.GET)
    people = searching.without_file(request.user).select_related("managing_university").prefetch_related("tickets")
    people = people.filter(meant_by(form.searched_for)) if form.is_valid() else people.none()
    page = searching.page_by_id(people, request, _("人"))
    return _listed(request, "missing", Candidate, page, form)


@reads("list")
@require_safe
def owed(request: SignedRequest) -> HttpResponse:
    """The papers that stand in a list of contents and still have to be put into the file."""
    require_looker(request)
    page = searching.page_by_id(searching.owed_papers(request.user), request, _("件"))
    return _listed(request, "owed", PaperItem, page, None)


def _listed(request: SignedRequest, name: str, model: type[Any], page: Page, form: PersonFilter | None) -> HttpResponse:
    record_page(request, f"paper-files-{name}", model, page.shown, purpose=purpose(), form=form)
    reset = reverse(f"archive:{name}") if request.GET else ""
    crumbs = [(_("纸质档案"), reverse("archive:list")), ({"missing": _("未立卷"), "owed": _("待归档")}[name], "")]
    context = context_of(request, form=form, rows=page.rows, pages=page, filters_reset=reset, crumbs=crumbs)
    return render(request, f"records/archive/{name}.html", context)

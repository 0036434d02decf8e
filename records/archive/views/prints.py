"""What is printed: the cover label, the list of contents, the list of a box, the change note of a correction."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.reads import reads
from audit.trail import record_read
from records.archive import searching
from records.archive.models import PaperFile, PaperItem
from records.archive.note import note_of
from records.archive.printing import contents_of, pages_in, qr_of
from records.archive.views.reaching import context_of, file_or_404, paper_or_404, purpose, require_looker
from records.listing import record_page
from records.people.requests import SignedRequest

MOST_IN_A_BOX = 500


@reads("paper-file")
@require_safe
def label(request: SignedRequest, pk: int) -> HttpResponse:
    """The label of the cover (档案袋封面) with the file's number as QR code."""
    return _printed(request, "label", file_or_404(request, pk))


@reads("paper-file")
@require_safe
def contents(request: SignedRequest, pk: int) -> HttpResponse:
    """The list of contents (卷内目录) with running pages."""
    return _printed(request, "contents", file_or_404(request, pk))


def _printed(request: SignedRequest, name: str, file: PaperFile) -> HttpResponse:
    record_read("paper-file", file.candidate, candidate_id=file.candidate_id, purpose=purpose())
    entries = contents_of(file.items.select_related("filed_by").order_by("pk"))
    title = {"label": _("档案袋封面"), "contents": _("卷内目录")}[name]
    context = context_of(
        request,
        file=file,
        qr=qr_of(file),
        entries=entries,
        pages=pages_in(entries),
        today=timezone.localdate(),
        crumbs=[(_("纸质档案"), reverse("archive:list")), (file.number, reverse("archive:detail", args=[file.pk])), (title, "")],
    )
    return render(request, f"records/archive/{name}.html", context)


@reads("list")
@require_safe
def box(request: SignedRequest) -> HttpResponse:
    """The list of a box: whatever lies at exactly the place that the address names, of one university."""
    require_looker(request)
    place = request.GET.get("place", "")
    files = searching.files_of(request.user).filter(place=place)
    university = request.GET.get("university", "")
    if university.isascii() and university.isdigit() and len(university) < 19:
        files = files.filter(university=int(university))
    rows = list(files[: MOST_IN_A_BOX + 1]) if place else []
    if not rows:
        raise Http404(place)
    shown = rows[:MOST_IN_A_BOX]
    record_page(request, "paper-box", PaperFile, len(shown), purpose=purpose())
    context = context_of(
        request,
        place=place,
        university=shown[0].university,
        rows=shown,
        is_cut=len(rows) > MOST_IN_A_BOX,
        most=MOST_IN_A_BOX,
        today=timezone.localdate(),
        crumbs=[(_("纸质档案"), reverse("archive:list")), (_("盒内清单"), "")],
    )
    return render(request, "records/archive/box.html", context)


@reads("paper-file")
@require_safe
def change_note(request: SignedRequest, pk: int) -> HttpResponse:
    """The change note of a correction, for the file."""
    paper = paper_or_404(request, pk)
    if paper.kind != PaperItem.Kind.CHANGE_NOTE or paper.correction is None:
        raise Http404(pk)
    file = paper.file
    record_read("paper-file", file.candidate, candidate_id=file.candidate_id, purpose=paper.correction.case_number)
    context = context_of(
        request,
        paper=paper,
        file=file,
        qr=qr_of(file),
        note=note_of(paper.correction),
        crumbs=[
            (_("纸质档案"), reverse("archive:list")),
            (file.number, reverse("archive:detail", args=[file.pk])),
            (_("更改记录单"), ""),
        ],
    )
    return render(request, "records/archive/note.html", context)

"""Addresses of the paper archive."""

from django.urls import URLPattern, path, re_path

from records.archive.views import batches, files, prints, reports, shelves

app_name = "archive"

urlpatterns: list[URLPattern] = [
    path("", shelves.file_list, name="list"),
    re_path(r"^export\.(?P<suffix>csv|xlsx)$", shelves.export, name="export"),
    path("missing/", shelves.missing, name="missing"),
    path("owed/", shelves.owed, name="owed"),
    path("<int:pk>/", files.detail, name="detail"),
    path("<int:pk>/move/", files.move, name="move"),
    path("<int:pk>/papers/", files.add_paper, name="add-paper"),
    path("<int:pk>/label/", prints.label, name="label"),
    path("<int:pk>/contents/", prints.contents, name="contents"),
    path("open/", batches.open_many, name="open-many"),
    path("open/<int:candidate>/", files.open_one, name="open"),
    path("move/", batches.move_many, name="move-many"),
    path("box/", prints.box, name="box"),
    path("papers/<int:pk>/", files.paper, name="paper"),
    path("papers/<int:pk>/note/", prints.change_note, name="note"),
    path("papers/<int:pk>/<slug:name>/", files.paper_step, name="paper-step"),
    path("reports/", reports.report_list, name="reports"),
    path("reports/new/", reports.draft, name="report-new"),
    path("reports/<int:pk>/", reports.report, name="report"),
    path("reports/<int:pk>/print/", reports.print_out, name="report-print"),
    path("reports/<int:pk>/receive/", reports.receive, name="report-receive"),
]

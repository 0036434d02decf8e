"""Addresses of the scores app for staff; ``public_urls.py`` has the one that needs no account."""

from django.urls import path

from scores.entry import views as batches
from scores.publishing import views as publications
from scores.statistics import views as statistics

app_name = "scores"

urlpatterns = [
    path("batches/", batches.batch_list, name="batches"),
    path("batches/new/", batches.upload, name="upload"),
    path("batches/<int:pk>/", batches.detail, name="batch"),
    path("batches/<int:pk>/confirm/", batches.confirm, name="confirm"),
    path("batches/<int:pk>/undo/", batches.undo_batch, name="undo"),
    path("batches/<int:pk>/faults.xlsx", batches.faults, name="faults"),
    path("batches/publications/<int:pk>/", publications.detail, name="publication"),
    path("batches/publications/<int:pk>/<slug:name>/", publications.step, name="publication-step"),
    path("statistics/", statistics.sittings, name="statistics"),
    path("statistics/<str:name>/", statistics.sitting, name="sitting"),
]

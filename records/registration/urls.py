"""Addresses of registration: one person at the counter (``single``), many by file."""

from django.urls import URLPattern, path

from records.registration import batch_views, duplicate_views, single_views

app_name = "registration"

urlpatterns: list[URLPattern] = [
    path("new/", single_views.new, name="new"),
    path("candidates/<int:pk>/", single_views.done, name="done"),
    path("candidates/<int:pk>/second/", single_views.second, name="second"),
    path("conditions/<int:pk>/", single_views.condition, name="condition"),
    path("batches/", batch_views.batch_list, name="batches"),
    path("batches/new/", batch_views.upload, name="upload"),
    path("batches/<int:pk>/", batch_views.detail, name="batch"),
    path("batches/<int:pk>/confirm/", batch_views.confirm_batch, name="confirm"),
    path("batches/<int:pk>/discard/", batch_views.discard_batch, name="discard"),
    path("batches/<int:pk>/undo/", batch_views.undo_batch, name="undo"),
    path("batches/<int:pk>/faults.xlsx", batch_views.faults, name="faults"),
    path("duplicates/", duplicate_views.pair_list, name="duplicates"),
    path("duplicates/<int:pk>/", duplicate_views.pair_detail, name="duplicate"),
]

"""Addresses of photos."""

from django.urls import URLPattern, path

from records.photos import batches, own, views

app_name = "photos"

urlpatterns: list[URLPattern] = [
    path("space/photo/", own.own, name="own"),
    path("space/photo/preview/", own.own_preview, name="own-preview"),
    path("photos/", views.photo_list, name="list"),
    path("photos/submissions/<int:pk>/", views.submission, name="submission"),
    path("photos/submissions/<int:pk>/accept/", views.accept_one, name="accept"),
    path("photos/submissions/<int:pk>/refuse/", views.refuse_one, name="refuse"),
    path("photos/candidates/<int:pk>/", views.one, name="one"),
    path("photos/candidates/<int:pk>/preview/", views.preview, name="preview"),
    path("photos/batches/", batches.new, name="batch-new"),
    path("photos/batches/<int:pk>/", batches.report, name="batch"),
]

"""Addresses of records/documents."""

from django.urls import URLPattern, path

from records.documents import views

app_name = "documents"

urlpatterns: list[URLPattern] = [
    path("<uuid:key>/", views.open_document, name="open"),
]

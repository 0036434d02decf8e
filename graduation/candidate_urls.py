"""Addresses of graduation in a candidate's personal space; they have no namespace."""

from django.urls import URLPattern, path

from graduation.views.progress import progress_page

urlpatterns: list[URLPattern] = [path("space/progress/", progress_page, name="progress")]
